"""Labels of chapter 5's experiments: each number is that of the network, state, layer or map that it is filed under."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.data.mnist import Split
from mnist_interp.experiments import (
    layer_dimension,
    projection_reliability,
    recordings,
    subset_scores,
    subset_sizes,
    training_moments,
    within_class_variation,
)
from mnist_interp.methods import (
    ablation,
    bias_refit,
    evaluate,
    gaussian_twins,
    intrinsic_dimension,
    neighbor_graph,
    probes,
    projection_quality,
    projections,
    unit_subsets,
)
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run


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
    twin = gaussian_twins.rectified(recordings.points(run, "linear2", per_class=500).astype(float), seed=run.seed)
    own = found["twin"].sel(seed=run.seed, state="trained", layer="relu2").item()
    assert own == pytest.approx(intrinsic_dimension.intrinsic(twin))
    last = layer_dimension.trained(alone, "relu2")["dimension"]
    np.testing.assert_array_equal(last, found["dimension"].sel(state="trained", layer="relu2"))


def test_scores_are_of_their_map_and_setting(run: training.Run) -> None:
    points, labels = recordings.points(run, "relu2", per_class=20), recordings.labels(per_class=20)
    found = projection_reliability.sweep(points, labels, {"t-SNE": [5], "UMAP": [5, 15]}, [0, 3])["scores"]
    assert dict(found.sizes) == {"map": 3, "seed": 2, "score": len(projection_quality.SCORES)}
    placed = projections.umap(points, neighbors=15, seed=3)["map"]
    own = found.sel(projector="UMAP", setting=15, seed=3).squeeze()
    np.testing.assert_allclose(own, projection_quality.score(points, placed, labels))


def test_gains_are_of_the_layer_and_of_its_twin(run: training.Run, alone: Population) -> None:
    found = projection_reliability.gains(alone).sel(seed=run.seed)
    points, labels = recordings.points(run, "relu2", per_class=200), recordings.labels(per_class=200)
    twin = gaussian_twins.by_label(points.astype(float), labels, seed=run.seed).astype(np.float32)
    for cloud, name in ((points, "layer 2"), (twin, "Gaussian twin")):
        own = found.sel(cloud=name)
        placed = projections.umap(cloud, neighbors=15, seed=run.seed)["map"]
        for space, seen in (("layer", cloud), ("map", placed)):
            silhouette, vote = (own[score].sel(space=space).item() for score in ("silhouette", "neighbors"))
            assert silhouette == pytest.approx(unit_subsets.silhouette(seen, labels), abs=1e-6)
            assert vote == projection_quality.knn_accuracy(seen, labels)
        assert own["along_graph"].item() == pytest.approx(neighbor_graph.silhouette(cloud, labels))


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


def test_fives_are_read_with_the_others_at_their_means_and_by_a_probe(run: training.Run, alone: Population) -> None:
    found = subset_scores.measure(alone).sel(seed=run.seed)
    learned, test = recordings.stage(run, "relu2", "train", per_class=200), recordings.stage(run, "relu2")
    mean = ablation.mean(recordings.stage(run, "relu2", "train"))
    live = training_moments.live(run, "relu2")
    random = live[subset_scores.random_fives(len(live), seed=run.seed)]
    for units, name, place in (
        (found["best"].to_numpy(), "best", {}),
        (subset_scores.selective_live_fives(run)[4], "selective", {"digit": 4}),
        (random[17], "random", {"draw": 17}),
    ):
        logits = []
        for stage in (learned, test):
            held = mean.repeat(len(stage.values), 1)
            held[:, units] = stage.values[:, units]
            logits.append(stage.linear(held))
        refitted = logits[1] + bias_refit.output_biases(logits[0], learned.labels)
        own = found[f"{name}_refitted"].sel(place).item()
        assert own == pytest.approx(evaluate.accuracy(refitted, test.labels), abs=2e-4)
    probe = probes.logistic_accuracy(
        learned.levels[:, random[17]], learned.labels, test.levels[:, random[17]], test.labels
    )
    assert found["random_probe"].sel(draw=17).item() == pytest.approx(probe, abs=2e-4)
    assert found["best_kept"] <= found["best_refitted"]


def test_no_five_that_is_drawn_or_selective_holds_a_dead_unit(run: training.Run) -> None:
    weights = {name: weight.copy() for name, weight in run.weights.items()}
    weights["linear2.bias"][-1, [3, 11]] = -1e6
    dead = Run(run.recipe, run.seed, weights, run.loss, run.accuracy)
    live = training_moments.live(dead, "relu2")
    assert not np.isin([3, 11], live).any()
    assert not np.isin([3, 11], subset_scores.selective_live_fives(dead)).any()
    weights["linear2.bias"][-1, :13] = -1e6
    three = Run(run.recipe, run.seed, weights, run.loss, run.accuracy)
    assert subset_scores.selective_live_fives(three).shape == (10, 5), "where three live, the dead have to help out"
    assert len(subset_scores.random_fives(6, seed=1)) == 6


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


def test_curves_are_of_their_digit_and_permuted_images_say_nothing(run: training.Run, alone: Population) -> None:
    found = within_class_variation.curves(alone).sel(seed=run.seed)
    assert dict(found.sizes) == {"digit": 10, "shape": 3}
    units = subset_scores.selective_fives(run)[6]
    counts: dict[Split, int] = {"train": within_class_variation.FITTED_PER_CLASS, "test": 890}
    mine = {split: recordings.labels(split, per_class=count) == 6 for split, count in counts.items()}
    cloud = {
        split: recordings.points(run, "relu2", split, per_class=counts[split])[mine[split]][:, units]
        for split in counts
    }
    forms = {split: within_class_variation.shapes(split, counts[split])[mine[split]] for split in counts}
    place = neighbor_graph.first_coordinate(cloud["train"][:400], cloud["test"])
    parts = forms["train"][:400], place[0][:, None], forms["test"], place[1][:, None]
    assert found["along"].sel(digit=6).item() == pytest.approx(probes.kernel_r_squared(*parts)[0], abs=1e-3)
    held = probes.kernel_r_squared(cloud["train"][:400], forms["train"][:400], cloud["test"], forms["test"])
    np.testing.assert_allclose(found["held"].sel(digit=6), held, atol=1e-3)
    assert (found["along_permuted"] < 0.1).all()
    assert (found["held_permuted"] < 0.1).all()
