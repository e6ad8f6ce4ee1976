"""Effects of chapter 5's claims on made-up measurements: of two networks one bears a claim out, the other does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import geometry
from mnist_interp.experiments import (
    cross_seed_similarity,
    interpolation,
    layer_dimension,
    layer_parts,
    map_curves,
    projection_reliability,
    subset_scores,
    training_moments,
    within_class_variation,
)
from mnist_interp.training import registry
from mnist_interp.training.runs import Population
from tests.claims import made
from tests.claims.made import shows

NETWORKS = made.population()
OTHERWISE = 9.0  # what is measured of all that a claim is not about


def _gains(monkeypatch: pytest.MonkeyPatch, **scores: object) -> None:
    """Stand in for scores before and after UMAP, (2, cloud, space); all else is different from seed to seed."""
    axes = {
        "seed": made.SEEDS,
        "cloud": [projection_reliability.REAL, projection_reliability.TWIN],
        "space": [projection_reliability.LAYER_ITSELF, projection_reliability.MAP],
    }
    noise = np.arange(8.0).reshape(2, 2, 2) * OTHERWISE
    along_graph = np.asarray(scores.pop("along_graph", noise[..., 0]))
    found = made.labeled(axes, **({"silhouette": noise, "neighbors": noise} | scores))
    found["along_graph"] = ("seed", "cloud"), along_graph
    monkeypatch.setattr(projection_reliability, "gains", made.by_population((NETWORKS, found)))


def test_a_umap_adds_what_its_score_is_beyond_the_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    _gains(monkeypatch, neighbors=[[[0.95, 0.945], [5, 9]], [[0.94, 0.96], [9, 5]]])
    shows("geometry-umap-adds-nothing", NETWORKS, effects=[-0.005, 0.02])


def test_the_graph_is_held_against_the_map_of_the_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    silhouette = [[[9, 0.5], [9, 5]], [[5, 0.5], [5, 9]]]
    _gains(monkeypatch, silhouette=silhouette, along_graph=[[0.45, 9], [0.3, 5]])
    shows("geometry-graph-says-so-too", NETWORKS, effects=[-0.05, -0.2])


def test_what_a_umap_adds_is_held_against_what_it_adds_to_a_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    _gains(monkeypatch, silhouette=[[[0.2, 0.5], [0.1, 0.4]], [[0.2, 0.6], [0.3, 0.6]]])
    shows("geometry-twin-rises-as-much", NETWORKS, effects=[0, 0.1])


def test_parts_of_the_layer_are_held_against_it_and_against_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS, "part": list(layer_parts.PARTS)}
    found = made.labeled(axes, silhouette=[[0.2, 0.25, -0.05], [0.2, 0.21, 0.15]])
    monkeypatch.setattr(layer_parts, "measure", made.by_population((NETWORKS, found)))
    shows("geometry-row-space-clearer", NETWORKS, effects=[0.05, 0.01])
    shows("geometry-null-space-knows-nothing", NETWORKS, effects=[-0.05, 0.15])


def _fives(monkeypatch: pytest.MonkeyPatch, **variables: object) -> None:
    """Stand in for scores of fives: by seed, by (seed, digit) where they are selective, (seed, draw) where random."""
    axes = {"selective": ("seed", "digit"), "random": ("seed", "draw")}
    found = xr.Dataset(
        {name: (axes.get(name.partition("_")[0], ("seed",)), np.asarray(one)) for name, one in variables.items()},
        coords={"seed": made.SEEDS, "digit": range(10)},
    )
    monkeypatch.setattr(subset_scores, "measure", made.by_population((NETWORKS, found)))


def test_the_best_five_are_held_against_the_whole_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {"silhouette": [0.5, 0.4], "accuracy": [0.9, 0.8]}
    _fives(monkeypatch, **whole, best_silhouette=[0.4, 0.2], best_refitted=[0.45, 0.72])
    shows("geometry-five-keep-silhouette", NETWORKS, effects=[0.8, 0.5])
    shows("geometry-five-lose-accuracy-refitted", NETWORKS, effects=[[0.45, 0.9], [0.72, 0.8]])


def test_what_a_probe_gains_is_held_against_any_five_live_neurons(monkeypatch: pytest.MonkeyPatch) -> None:
    nan = np.nan
    random = {"random_probe": [[0.7, 0.6, nan], [0.7, 0.5, 0.9]], "random_refitted": [[0.6, 0.5, nan], [0.6, 0.4, 0.8]]}
    _fives(monkeypatch, best_probe=[0.8, 0.9], best_refitted=[0.68, 0.6], **random)
    shows("geometry-five-know-no-more-than-any", NETWORKS, effects=[0.02, 0.2])


def test_a_layer_that_holds_nothing_apart_gives_a_share_that_is_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    _fives(monkeypatch, silhouette=[0.0, -0.1], best_silhouette=[0.0, -0.1])
    assert np.isfinite(geometry.best_silhouette(NETWORKS)).all()


@pytest.mark.parametrize(
    ("claim", "score", "effects"),
    [
        ("geometry-selective-like-random-live", "silhouette", [0.01, 0.2]),
        ("geometry-selective-accurate-like-random-live", "refitted", [-0.04, -0.1]),
    ],
)
def test_selective_fives_are_held_against_random_ones(
    monkeypatch: pytest.MonkeyPatch, claim: str, score: str, effects: list[float]
) -> None:
    random = np.array([[0.2, 0.3, 0.4], [0.5, 0.4, 0.6]])
    tilt = np.arange(10) - 4.5
    selective = [0.3 + effects[0] + tilt / 10, 0.5 + effects[1] - tilt]
    other = {"refitted": "silhouette", "silhouette": "refitted"}[score]
    scores = {f"selective_{score}": selective, f"random_{score}": random}
    _fives(monkeypatch, **scores, **{f"selective_{other}": np.ones((2, 10)), f"random_{other}": np.zeros((2, 3))})
    shows(claim, NETWORKS, effects=effects)


def _pairs(monkeypatch: pytest.MonkeyPatch, **variables: Sequence[Sequence[float]]) -> None:
    """Stand in for two pairs of networks, untrained and trained."""
    axes = {"state": made.STATES, "pair": ["0 and 1", "2 and 3"]}
    names = ("cka", "cka_within", "cka_pixels", "cka_logits", "live_partner", "live_rotated")
    names += ("partner_share", "together_share")
    found = made.labeled(axes, **(dict.fromkeys(names, np.full((2, 2), OTHERWISE)) | variables))
    monkeypatch.setattr(cross_seed_similarity, "of_pairs", made.by_population((NETWORKS, found)))


def test_likeness_within_digits_is_held_against_pixels_and_against_no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    _pairs(monkeypatch, cka_within=[[5, 5], [0.8, 0.6]], cka_pixels=[[7, 7], [0.4, 0.5]])
    shows("geometry-same-geometry-within", NETWORKS, effects=[0.4, 0.1])
    _pairs(monkeypatch, cka_within=[[0.5, 0.6], [0.8, 0.65]])
    shows("geometry-same-geometry-by-training", NETWORKS, effects=[0.3, 0.05])


def test_logits_are_held_against_layer_2(monkeypatch: pytest.MonkeyPatch) -> None:
    _pairs(monkeypatch, cka=[[7, 7], [0.9, 0.8]], cka_logits=[[5, 5], [0.92, 0.9]])
    shows("geometry-logits-as-alike", NETWORKS, effects=[0.02, 0.1])


def test_neurons_of_a_pair_are_compared_once_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    _pairs(monkeypatch, together_share=[[0, 0], [0.9, 0.6]], partner_share=[[5, 5], [0.5, 0.5]])
    shows("geometry-other-neurons", NETWORKS, effects=[0.4, 0.1])
    _pairs(monkeypatch, live_partner=[[0, 0], [0.7, 0.6]], live_rotated=[[5, 5], [0.5, 0.58]])
    shows("geometry-neurons-privileged-live", NETWORKS, effects=[0.2, 0.02])


ONE = made.population()[0]
PUBLISHED = Population(made.RECIPE, (ONE,))


@pytest.fixture
def neurons(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what stands in for shares of neurons 0 and 7 of the published network, (2, unit), once trained."""
    monkeypatch.setattr(geometry.training, "run", {registry.PUBLISHED: ONE}.__getitem__)
    monkeypatch.setattr(training_moments, "live", lambda run, layer: {(ONE, "relu2"): np.array([0, 7])}[run, layer])

    def stand_in(pixels: Sequence[float] = (9, 9), **shares: object) -> None:
        axes = {"state": made.STATES, "seed": made.SEEDS, "unit": [0, 7]}
        names = ("alone", "together", "logits", "directions")
        otherwise = np.full((2, 2), OTHERWISE)
        values = {name: np.stack([otherwise, np.asarray(shares.get(name, otherwise))]) for name in names}
        found, seen = made.labeled(axes, **values), made.labeled({"unit": [0, 7]}, share=pixels)

        def counterparts(published: object, population: object, units: list[int]) -> xr.Dataset:
            assert published is ONE
            assert population is NETWORKS
            assert units == list(range(16)), "all of them at once, as the page does"
            return found

        def by_pixels(published: object, units: list[int]) -> xr.Dataset:
            assert published is ONE
            assert units == list(range(16))
            return seen

        monkeypatch.setattr(cross_seed_similarity, "counterparts", counterparts)
        monkeypatch.setattr(cross_seed_similarity, "explained_by_pixels", by_pixels)

    return stand_in


def test_neuron_0_is_that_of_the_published_run(neurons: Callable[..., None]) -> None:
    neurons(alone=[[0.6, 5], [0.9, 5]])
    shows("geometry-neuron0-no-twin", NETWORKS, effects=[0.6, 0.9])


def test_what_neurons_explain_is_held_against_pixels(neurons: Callable[..., None]) -> None:
    neurons(pixels=[0.8, 0.5], together=[[0.95, 0.8], [0.82, 0.5]])
    shows("geometry-neuron0-beyond-pixels", NETWORKS, PUBLISHED, effects=[0.15, 0.02])
    shows("geometry-neurons-beyond-pixels", NETWORKS, PUBLISHED, effects=[0.225, 0.01])


def test_what_logits_explain_is_held_against_random_directions(neurons: Callable[..., None]) -> None:
    neurons(logits=[[0.9, 1], [0.9, 1]], directions=[[0.8, 5], [0.88, 5]])
    shows("geometry-neuron0-beyond-the-answer", NETWORKS, PUBLISHED, effects=[0.1, 0.02])


@pytest.mark.parametrize(
    ("claim", "layer", "untrained", "trained", "effects"),
    [
        ("geometry-dimension-layer1", "relu1", [10, 8], [6, 7.6], [-0.4, -0.05]),
        ("geometry-dimension-layer2", "relu2", [5, 4], [4.5, 4.4], [-0.1, 0.1]),
    ],
)
def test_a_dimension_changes_relative_to_what_it_was_untrained(
    monkeypatch: pytest.MonkeyPatch,
    claim: str,
    layer: str,
    untrained: list[float],
    trained: list[float],
    effects: list[float],
) -> None:
    axes = {"seed": made.SEEDS, "state": made.STATES, "layer": ["relu1", "relu2"]}
    found = made.labeled(axes, dimension=np.ones((2, 2, 2)), twin=np.full((2, 2, 2), OTHERWISE))
    found["dimension"].loc[{"layer": layer}] = np.transpose([untrained, trained])

    def of_layers(population: object, layers: list[str]) -> xr.Dataset:
        assert population is NETWORKS
        return found.sel(layer=layers)

    monkeypatch.setattr(layer_dimension, "of_layers", of_layers)
    shows(claim, NETWORKS, effects=effects)


@pytest.mark.parametrize(
    ("claim", "effects"), [("geometry-shapes-baseline", [0.6, 0.3]), ("geometry-shapes-normalized", [0.1, 0.25])]
)
def test_shapes_predict_a_mean_share_over_digits(
    monkeypatch: pytest.MonkeyPatch, claim: str, effects: list[float]
) -> None:
    axes = {"seed": made.SEEDS, "digit": range(10), "predictor": list(within_class_variation.PREDICTORS)}
    found = made.labeled(axes, share=np.full([len(labels) for labels in axes.values()], OTHERWISE))
    tilt = (np.arange(10) - 4.5) / 10
    found["share"].loc[{"predictor": "all shapes"}] = [effects[0] + tilt, effects[1] - tilt]
    monkeypatch.setattr(within_class_variation, "measure", made.by_population((NETWORKS, found)))
    shows(claim, NETWORKS, effects=effects)


def test_a_dimension_is_held_against_that_of_a_rectified_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS, "state": made.STATES, "layer": ["relu1", "relu2"]}
    found = made.labeled(axes, dimension=np.full((2, 2, 2), OTHERWISE), twin=np.ones((2, 2, 2)))
    for name, values in (("dimension", [6, 7.6]), ("twin", [8, 8])):
        found[name].loc[{"layer": "relu2", "state": "trained"}] = values
    monkeypatch.setattr(layer_dimension, "of_layers", lambda population, layers: found.sel(layer=layers))
    shows("geometry-dimension-below-rectified-twin", NETWORKS, effects=[-0.25, -0.05])


def test_what_runs_along_a_curve_and_what_five_hold_are_means_over_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS, "digit": range(10), "shape": ["slant", "thickness", "loop"]}
    tilt = (np.arange(10) - 4.5) / 10
    held = np.stack([0.3 + tilt, 0.1 - tilt])[:, :, None] + np.array([-0.1, 0, 0.1])
    found = made.labeled(axes, held=held, held_permuted=np.full((2, 10, 3), OTHERWISE))
    found["along"] = ("seed", "digit"), np.stack([0.1 + tilt, 0.5 - tilt])
    monkeypatch.setattr(within_class_variation, "curves", made.by_population((NETWORKS, found)))
    shows("geometry-shapes-along-a-curve", NETWORKS, effects=[0.1, 0.5])
    shows("geometry-shapes-are-in-the-five", NETWORKS, effects=[0.3, 0.1])


def test_curves_on_maps_are_held_against_those_of_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS, "digit": range(10), "cloud": list(map_curves.CLOUDS), "space": list(map_curves.SPACES)}
    found = made.labeled(axes, share=np.full((2, 10, 2, 2), OTHERWISE))
    tilt = (np.arange(10) - 4.5) / 100
    for cloud, values in ((map_curves.REAL, [0.9, 0.9]), (map_curves.TWIN, [0.88, 0.7])):
        found["share"].loc[{"cloud": cloud, "space": map_curves.MAP}] = np.add.outer(values, tilt)
    monkeypatch.setattr(map_curves, "measure", made.by_population((NETWORKS, found)))
    shows("geometry-shadows-of-a-twin", NETWORKS, effects=[0.02, 0.2])


def _paths(monkeypatch: pytest.MonkeyPatch, matched: Sequence[Sequence[float]], come: Sequence[float]) -> None:
    """Stand in for two paths: start, middle and end where units are matched; the middle where they come as they are."""
    axes = {"pair": ["0 and 1", "2 and 3"], "order": list(interpolation.ORDERS), "share": list(interpolation.SHARES)}
    found = made.labeled(axes, accuracy=np.full((2, 2, 11), OTHERWISE))["accuracy"]
    found.loc[{"order": interpolation.MATCHED, "share": [0, 0.5, 1]}] = matched
    found.loc[{"order": interpolation.AS_THEY_COME, "share": 0.5}] = come
    paths = found.to_dataset(name="accuracy")
    monkeypatch.setattr(interpolation, "paths", made.by_population((NETWORKS, paths)))


def test_a_barrier_is_what_the_middle_lacks_of_the_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    _paths(monkeypatch, [[0.9, 0.7, 1.0], [0.9, 0.93, 0.96]], [0.4, 0.9])
    shows("geometry-barrier-stays", NETWORKS, effects=[0.25, 0])
    shows("geometry-matching-lowers-barrier", NETWORKS, effects=[0.3, 0.03])
