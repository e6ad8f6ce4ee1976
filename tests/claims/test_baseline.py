"""Effects of chapter 1's claims on arrays whose answer is plain, and against the networks themselves."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.claims import baseline
from mnist_interp.data import mnist
from mnist_interp.experiments import correctness, recordings, training_dynamics
from mnist_interp.methods import activations, projection_quality, projections
from mnist_interp.training import registry
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run
from tests.claims import made
from tests.claims.made import shows, shows_deviation

NETWORKS, SHUFFLED = made.population(recipe=Recipe()), made.population(recipe=Recipe())


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def alone(run: Run) -> Population:
    return Population(run.recipe, (run,))


def test_agreement_is_that_beyond_all_permutations_of_units() -> None:
    early, late = np.array([[1, 2, -1, 3]]), np.array([[1, 3, 5, 3]])
    # of the three units active at both, two agree; of their nine pairings three do
    np.testing.assert_allclose(baseline.agreement(early, late), [2 / 3 - 3 / 9])


def test_growth_is_from_the_epoch_to_the_end(run: Run, alone: Population) -> None:
    pixels = mnist.load("test").pixels
    then, end = (
        activations.record(run.model(checkpoint), pixels, ["linear2"])["linear2"].double().std(correction=0)
        for checkpoint in (baseline.checkpoint_at(run, 5), -1)
    )
    np.testing.assert_allclose(baseline.growth(alone, "linear2", 5), [float(end / then) - 1], atol=1e-4)


def test_landmarks_are_found_by_their_checkpoints(run: Run, alone: Population) -> None:
    found = baseline.at_landmarks(alone)
    assert found["checkpoint"].to_numpy().tolist() == baseline.landmarks(run)
    assert run.epochs[baseline.landmarks(run)[-1]] == run.recipe.epochs


def test_profiles_are_compared_by_their_correlation_over_digits(run: Run, alone: Population) -> None:
    means = training_dynamics.class_means(alone).isel(seed=0).sel(layer="relu2")
    then, end = (means.sel(checkpoint=baseline.checkpoint_at(run, epoch)).to_numpy() for epoch in (1, 20))
    varied = (np.ptp(then, axis=0) > 0) & (np.ptp(end, axis=0) > 0)
    expected = [np.corrcoef(then[:, unit], end[:, unit])[0, 1] for unit in np.flatnonzero(varied)]
    np.testing.assert_allclose(baseline.profile_agreement(alone, 1), [np.mean(expected)])
    assert not varied.all(), "neuron 11 is dead, and left out"


def test_favorites_are_the_digits_of_the_greatest_mean(alone: Population) -> None:
    found = baseline.favorites(alone).isel(seed=0, checkpoint=-1)
    means = training_dynamics.class_means(alone).isel(seed=0, checkpoint=-1).sel(layer="relu2")
    assert int(found.sel(unit=0)) == int(means.sel(unit=0).argmax("digit")) == 1
    assert int(found.sel(unit=11)) == -1


def _spreads(layer: str, by_epoch: dict[int, list[float]]) -> xr.Dataset:
    """Make spreads of two networks that have these values after some epochs, and others in between."""
    run = NETWORKS[0]
    axes = {"seed": made.SEEDS, "checkpoint": range(len(run.steps)), "layer": list(training_dynamics.LAYERS)}
    shape = [len(labels) for labels in axes.values()]
    found = made.labeled(axes, std_overall=np.random.default_rng(0).uniform(50, 90, shape))
    for epoch, values in by_epoch.items():
        found["std_overall"].loc[{"layer": layer, "checkpoint": baseline.checkpoint_at(run, epoch)}] = values
    return found


@pytest.mark.parametrize(
    ("claim", "layer", "since", "then", "end", "effects"),
    [
        ("baseline-layer1-keeps-growing", "linear1", 5, [2, 2], [3, 2.1], [0.5, 0.05]),
        ("baseline-layer2-stands-still", "linear2", 5, [2, 2], [1.9, 2.5], [-0.05, 0.25]),
        ("baseline-no-explosion", "linear1", 15, [2, 2], [2 * 1.005**5, 2 * 1.03**5], [0.005, 0.03]),
    ],
)
def test_a_spread_grows_from_an_epoch_to_the_end(
    monkeypatch: pytest.MonkeyPatch,
    claim: str,
    layer: str,
    since: int,
    then: list[float],
    end: list[float],
    effects: list[float],
) -> None:
    monkeypatch.setattr(
        training_dynamics, "summary", made.by_population((NETWORKS, _spreads(layer, {since: then, 20: end})))
    )
    shows(claim, NETWORKS, effects=effects)


def test_growth_is_held_against_that_under_shuffled_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    true, shuffled = _spreads("linear1", {0: [1, 2], 20: [6, 6]}), _spreads("linear1", {0: [1, 1], 20: [2, 2]})
    monkeypatch.setattr(training_dynamics, "summary", made.by_population((NETWORKS, true), (SHUFFLED, shuffled)))
    shows("baseline-growth-is-learning", NETWORKS, SHUFFLED, effects=[6 / 2 - 1, 3 / 2 - 1])


def test_seeds_differ_beyond_what_images_add(monkeypatch: pytest.MonkeyPatch) -> None:
    right = np.ones((2, 2, 100))
    right[0, 1, :20] = 0  # the second network fails on 20 of 100 images that the first one reads
    right[1, 0, :10] = right[1, 1, 10:20] = 0  # each fails on 10, but not on the same
    apart, alike = made.population(), made.population()
    monkeypatch.setattr(correctness, "final", made.by_population((apart, right[0]), (alike, right[1])))
    by_images = 0.2 * 0.8 / 99  # the variance that images give to the mean of differences which are 1 in a fifth
    shows_deviation("baseline-seeds-differ-beyond-images", apart, alike, effects=[np.sqrt((0.2**2 - by_images) / 2), 0])


def test_roles_agree_with_those_of_the_end_beyond_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    run, end, turned = NETWORKS[0], [0, 1, 2, 3], [1, 2, 3, 0]
    digits = {0: [[0, 1, 3, 2], turned], 1: [end, turned], 20: [end, end]}  # of two networks, by epoch
    labels = recordings.neuron_labels({"relu1": 2, "relu2": 5})  # the last unit is dead
    means = np.zeros((2, len(run.steps), 10, 7))
    means[:, :, 8, :6] = 1
    for epoch, favorites in digits.items():
        for seed, row in enumerate(favorites):
            for unit, digit in enumerate(row):
                means[seed, baseline.checkpoint_at(run, epoch), digit, 2 + unit] = 2
    coordinates = labels.assign(seed=made.SEEDS, checkpoint=range(len(run.steps)), digit=range(10))
    found = xr.DataArray(means, dims=("seed", "checkpoint", "digit", "neuron"), coords=coordinates)
    monkeypatch.setattr(training_dynamics, "class_means", made.by_population((NETWORKS, found)))
    shows("baseline-roles-come-early", NETWORKS, effects=[1 - 1 / 4, 0 - 1 / 4])
    shows("baseline-roles-from-birth", NETWORKS, effects=[1 / 2 - 1 / 4, 0 - 1 / 4])


def test_maps_are_compared_by_their_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = {"umap": [0.9, 0.95], "tsne": [0.905, 0.9], "recall": [0.6, 0.5], "recall_short": [0.4, 0.49]}
    found = made.labeled({"seed": made.SEEDS}, **scores)
    monkeypatch.setattr(baseline, "map_scores", made.by_population((NETWORKS, found)))
    shows("baseline-umap-no-better", NETWORKS, effects=[-0.005, 0.05])
    shows("baseline-tsne-too-short", NETWORKS, effects=[-0.2, -0.01])


def test_each_score_is_of_its_own_map(monkeypatch: pytest.MonkeyPatch) -> None:
    maps = {"PCA": "pca", "UMAP": "umap", "t-SNE": "tsne", "t-SNE cut short": "short"}
    monkeypatch.setattr(baseline, "layer2_points", lambda run, checkpoint: f"seed {run.seed} at {checkpoint}")
    monkeypatch.setattr(baseline, "projected_labels", lambda: "labels")
    monkeypatch.setattr(projections, "maps", lambda points, *, seed: {k: f"{v} of {points}" for k, v in maps.items()})
    accuracy = {("umap of seed 3 at 0", "labels"): 1.0, ("tsne of seed 3 at 0", "labels"): 2.0}
    accuracy |= {("umap of seed 8 at 0", "labels"): 3.0, ("tsne of seed 8 at 0", "labels"): 4.0}
    recall = {
        (f"seed {seed} at 0", f"{kind} of seed {seed} at 0"): seed + len(kind)
        for seed in (3, 8)
        for kind in maps.values()
    }
    monkeypatch.setattr(projection_quality, "knn_accuracy", lambda *asked: accuracy[asked])
    monkeypatch.setattr(projection_quality, "neighbor_recall", lambda *asked: recall[asked])
    monkeypatch.setattr(baseline.parallel, "each", lambda function, jobs: [function(*job) for job in jobs])
    found = baseline.map_scores.__wrapped__(NETWORKS, checkpoint=0)
    values = {name: found[name].to_numpy().tolist() for name in found}
    assert values == {"umap": [1, 3], "tsne": [2, 4], "recall_short": [3 + 5, 8 + 5], "recall": [3 + 4, 8 + 4]}
    assert found["seed"].to_numpy().tolist() == made.SEEDS


def test_what_is_projected_are_as_many_images_of_each_digit_with_their_labels(run: Run) -> None:
    labels, points = baseline.projected_labels(), baseline.layer2_points(run, 4)
    assert np.bincount(labels).tolist() == [baseline.PROJECTED_PER_CLASS] * 10
    test = mnist.load("test")
    every = activations.record(run.model(4), test.pixels, ["relu2"])["relu2"].numpy()
    for digit in (0, 7):
        own = every[test.labels == digit]
        nearest = np.abs(points[labels == digit][:, None] - own).max(2).min(1)
        np.testing.assert_allclose(nearest, 0, atol=1e-5)
