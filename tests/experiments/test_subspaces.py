"""Labels of chapter 5's experiments: each number is that of the network, state, layer or map that it is filed under."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.experiments import (
    layer_dimension,
    projection_reliability,
    recordings,
    subset_scores,
    subset_sizes,
    within_class_variation,
)
from mnist_interp.methods import intrinsic_dimension, projection_quality, projections, unit_subsets
from mnist_interp.training import registry
from mnist_interp.training.runs import Population


@pytest.fixture(scope="module")
def run() -> training.Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def alone(run: training.Run) -> Population:
    return Population(run.recipe, (run,))


def test_dimensions_are_of_their_layer_and_state(run: training.Run, alone: Population) -> None:
    found = layer_dimension.of_layers(alone, ["relu1", "relu2"])
    assert dict(found.sizes) == {"seed": 1, "state": 2, "layer": 2}
    for layer, state, checkpoint in (("relu1", "untrained", 0), ("relu2", "trained", -1)):
        points = recordings.points(run, layer, per_class=500, checkpoint=checkpoint).astype(float)
        own = found["dimension"].sel(seed=run.seed, state=state, layer=layer).item()
        assert own == pytest.approx(intrinsic_dimension.intrinsic(points))
    last = layer_dimension.trained(alone, "relu2")["dimension"]
    np.testing.assert_array_equal(last, found["dimension"].sel(state="trained", layer="relu2"))


def test_scores_are_of_their_map_and_setting(run: training.Run) -> None:
    points, labels = recordings.points(run, "relu2", per_class=20), recordings.labels(per_class=20)
    found = projection_reliability.sweep(points, labels, {"t-SNE": [5], "UMAP": [5, 15]}, [0, 3])["scores"]
    assert dict(found.sizes) == {"map": 3, "seed": 2, "score": len(projection_quality.SCORES)}
    placed = projections.umap(points, neighbors=15, seed=3)["map"]
    own = found.sel(projector="UMAP", setting=15, seed=3).squeeze()
    np.testing.assert_allclose(own, projection_quality.score(points, placed, labels))


def test_gains_are_of_the_whole_layer_and_of_two_fives(run: training.Run, alone: Population) -> None:
    silhouette = projection_reliability.gains(alone)["silhouette"].sel(seed=run.seed)
    points, labels = recordings.points(run, "relu2", per_class=200), recordings.labels(per_class=200)
    whole = silhouette.sel(subset=projection_reliability.WHOLE, space="layer").item()
    assert whole == pytest.approx(unit_subsets.silhouette(points, labels), abs=1e-6)
    few, labels = recordings.points(run, "relu2", per_class=100), recordings.labels(per_class=100)
    fives = subset_scores.selective_fives(run)
    expected = [
        unit_subsets.silhouette(few[:, fives[digit]], labels) for digit in projection_reliability.digits_of(run.seed)
    ]
    own = silhouette.sel(subset=projection_reliability.SELECTIVE, space="layer")
    np.testing.assert_allclose(own, expected, atol=1e-6)


def test_fives_are_scored_under_their_own_names(run: training.Run, alone: Population) -> None:
    found = subset_scores.measure(alone).sel(seed=run.seed)
    points, labels = recordings.points(run, "relu2", per_class=200), recordings.labels(per_class=200)
    assert found["silhouette"].item() == pytest.approx(unit_subsets.silhouette(points, labels), abs=1e-5)
    best = unit_subsets.silhouette(points[:, found["best"].to_numpy()], labels)
    assert found["best_silhouette"].item() == pytest.approx(best, abs=1e-5)
    four = unit_subsets.silhouette(points[:, subset_scores.selective_fives(run)[4]], labels)
    assert found["selective_silhouette"].sel(digit=4).item() == pytest.approx(four, abs=1e-5)
    assert dict(found.sizes) == {"member": 5, "digit": 10, "draw": subset_scores.N_RANDOM}
    assert found["accuracy"].item() == pytest.approx(0.948, abs=1e-3)


def test_random_subsets_are_worst_median_and_best(run: training.Run) -> None:
    found = subset_sizes.measure(run)
    for scores in (found["silhouette"], found["accuracy"]):
        assert (scores.sel(chosen="worst") <= scores.sel(chosen="median")).all()
        assert (scores.sel(chosen="median") <= scores.sel(chosen="best")).all()
    pairs = unit_subsets.every(16, 2)
    points, labels = recordings.points(run, "relu2", per_class=100), recordings.labels(per_class=100)
    every = unit_subsets.silhouettes(points, labels, pairs)
    pair = found["silhouette"].sel(size=2)
    np.testing.assert_allclose(pair.sel(chosen=["worst", "best"]), [every.min(), every.max()], atol=1e-6)


def test_one_measure_predicts_its_squared_correlation_with_the_position(run: training.Run, alone: Population) -> None:
    found = within_class_variation.measure(alone).sel(seed=run.seed, digit=6)
    units = subset_scores.selective_fives(run)[6]
    count = within_class_variation.TEST_PER_CLASS
    mine = recordings.labels(per_class=count) == 6
    cloud = recordings.points(run, "relu2", per_class=count)[mine][:, units].astype(float)
    learned = recordings.labels("train", per_class=1_000) == 6
    axis = within_class_variation.direction(
        recordings.points(run, "relu2", "train", per_class=1_000)[learned][:, units].astype(float)
    )
    thickness = within_class_variation.shapes("test", count)[mine][:, 1]
    squared = np.corrcoef(cloud @ axis, thickness)[0, 1] ** 2
    assert found["share"].sel(predictor="thickness").item() == pytest.approx(squared, abs=0.03)
    assert found["share"].sel(predictor="shuffled").item() < 0.05
    assert found["dimension"].item() == pytest.approx(intrinsic_dimension.intrinsic(cloud))
    assert found["one_active"].item() == ((cloud > 0).sum(1) <= 1).mean()
