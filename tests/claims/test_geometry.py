"""Effects of chapter 5's claims on made-up measurements: of two networks one bears a claim out, the other does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import geometry
from mnist_interp.experiments import (
    cross_seed_similarity,
    layer_dimension,
    projection_reliability,
    subset_scores,
    within_class_variation,
)
from mnist_interp.training import registry
from tests.claims import made
from tests.claims.made import shows

NETWORKS = made.population()
OTHERWISE = 9.0  # what is measured of all that a claim is not about


def _gains(monkeypatch: pytest.MonkeyPatch, score: str, subsets: list[str], layer: object, umap: object) -> None:
    """Stand in for a score in the layer and on its map, (2, subsets), where all else is different."""
    axes = {
        "seed": made.SEEDS,
        "subset": [projection_reliability.WHOLE, *projection_reliability.SELECTIVE],
        "space": ["layer", "map"],
    }
    shape = [len(labels) for labels in axes.values()]
    noise = np.arange(np.prod(shape)).reshape(shape) * 5.0
    found = made.labeled(axes, silhouette=noise, neighbors=noise)
    for space, values in (("layer", layer), ("map", umap)):
        found[score].loc[{"subset": subsets, "space": space}] = np.reshape(values, (2, len(subsets)))
    monkeypatch.setattr(projection_reliability, "gains", made.by_population((NETWORKS, found)))


def test_a_umap_gains_what_its_score_is_beyond_the_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    _gains(monkeypatch, "silhouette", [projection_reliability.WHOLE], [0.3, 0.3], [0.6, 0.4])
    shows("geometry-umap-raises-silhouette", NETWORKS, effects=[0.3, 0.1])
    _gains(monkeypatch, "neighbors", [projection_reliability.WHOLE], [0.95, 0.94], [0.945, 0.96])
    shows("geometry-umap-adds-nothing", NETWORKS, effects=[-0.005, 0.02])


def test_what_a_umap_of_selective_fives_gains_is_the_mean_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, umap = [[0.1, 0.2], [0.1, 0.2]], [[0.2, 0.16], [0.3, 0.4]]
    _gains(monkeypatch, "silhouette", projection_reliability.SELECTIVE, layer, umap)
    shows("geometry-umap-spares-selective", NETWORKS, effects=[0.03, 0.2])


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
    best = {"best_silhouette": [0.4, 0.2], "best_accuracy": [0.45, 0.72], "best_probe": [0.75, 0.77]}
    _fives(monkeypatch, **whole, **best)
    shows("geometry-five-keep-silhouette", NETWORKS, effects=[0.8, 0.5])
    shows("geometry-five-lose-accuracy", NETWORKS, effects=[0.5, 0.9])
    shows("geometry-five-know-more", NETWORKS, effects=[0.3, 0.05])


def test_a_layer_that_holds_nothing_apart_gives_a_share_that_is_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    _fives(monkeypatch, silhouette=[0.0, -0.1], best_silhouette=[0.0, -0.1])
    assert np.isfinite(geometry.best_silhouette(NETWORKS)).all()


@pytest.mark.parametrize(
    ("claim", "score", "effects"),
    [
        ("geometry-selective-like-random", "silhouette", [0.01, 0.2]),
        ("geometry-selective-read-like-random", "accuracy", [-0.04, -0.1]),
    ],
)
def test_selective_fives_are_held_against_random_ones(
    monkeypatch: pytest.MonkeyPatch, claim: str, score: str, effects: list[float]
) -> None:
    random = np.array([[0.2, 0.3, 0.4], [0.5, 0.4, 0.6]])
    tilt = np.arange(10) - 4.5
    selective = [0.3 + effects[0] + tilt / 10, 0.5 + effects[1] - tilt]
    other = {"accuracy": "silhouette", "silhouette": "accuracy"}[score]
    scores = {f"selective_{score}": selective, f"random_{score}": random}
    _fives(monkeypatch, **scores, **{f"selective_{other}": np.ones((2, 10)), f"random_{other}": np.zeros((2, 3))})
    shows(claim, NETWORKS, effects=effects)


def _pairs(monkeypatch: pytest.MonkeyPatch, **variables: Sequence[Sequence[float]]) -> None:
    """Stand in for two pairs of networks, untrained and trained."""
    axes = {"state": made.STATES, "pair": ["0 and 1", "2 and 3"]}
    others = dict.fromkeys(("cka", "cka_within", "procrustes", "partner", "rotated"), np.full((2, 2), OTHERWISE))
    others |= dict.fromkeys(("partner_share", "together_share"), np.full((2, 2), OTHERWISE))
    found = made.labeled(axes, **(others | variables))
    monkeypatch.setattr(cross_seed_similarity, "of_pairs", made.by_population((NETWORKS, found)))


def test_pairs_are_compared_trained_and_untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    _pairs(monkeypatch, cka=[[0.2, 0.5], [0.9, 0.7]])
    shows("geometry-same-geometry", NETWORKS, effects=[0.7, 0.2])


def test_neurons_of_a_pair_are_compared_once_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    _pairs(monkeypatch, together_share=[[0, 0], [0.9, 0.6]], partner_share=[[5, 5], [0.5, 0.5]])
    shows("geometry-other-neurons", NETWORKS, effects=[0.4, 0.1])
    _pairs(monkeypatch, partner=[[0, 0], [0.7, 0.6]], rotated=[[5, 5], [0.5, 0.58]])
    shows("geometry-neurons-privileged", NETWORKS, effects=[0.2, 0.02])


def test_neuron_0_is_that_of_the_published_run(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"state": made.STATES, "seed": made.SEEDS, "unit": [geometry.NEURON_0]}
    found = made.labeled(
        axes,
        alone=[[[0.2], [0.3]], [[0.6], [0.9]]],
        together=[[[0.4], [0.5]], [[0.95], [0.7]]],
        within=np.full((2, 2, 1), OTHERWISE),
    )
    asked = []

    def counterparts(published: object, population: object, units: list[int]) -> xr.Dataset:
        asked.append((published, population, units))
        return found

    published = made.population()[0]
    runs = {registry.PUBLISHED: published}
    monkeypatch.setattr(geometry.training, "run", runs.__getitem__)
    monkeypatch.setattr(cross_seed_similarity, "counterparts", counterparts)
    shows("geometry-neuron0-no-twin", NETWORKS, effects=[0.6, 0.9])
    shows("geometry-neuron0-everywhere", NETWORKS, effects=[0.95, 0.7])
    assert asked == [(published, NETWORKS, [0])] * 2


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
    found = made.labeled(axes, dimension=np.ones((2, 2, 2)), gaussian=np.full((2, 2, 2), OTHERWISE))
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
