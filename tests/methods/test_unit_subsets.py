"""Subsets of units: scikit-learn's silhouette and the plain intervention as oracles, and the published silhouettes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_score

from mnist_interp import training
from mnist_interp.chapters.geometry import named_subsets, size_lines
from mnist_interp.data import published
from mnist_interp.experiments import all_subsets, recordings, subset_scores
from mnist_interp.methods import ablation, probes, selectivity, unit_subsets
from mnist_interp.training import registry

GENERATOR = np.random.default_rng(8)


def cloud(n_units: int = 6, per_digit: int = 7) -> tuple[np.ndarray, np.ndarray]:
    labels = GENERATOR.permutation(np.repeat(np.arange(10), per_digit))
    return GENERATOR.normal(size=(len(labels), n_units)) + labels[:, None] * GENERATOR.random(n_units), labels


def test_every_subset_once_in_order() -> None:
    found = unit_subsets.every(6, 3)
    assert [tuple(row) for row in found] == list(combinations(range(6), 3))
    assert len(unit_subsets.every(16, 5)) == 4_368


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_silhouettes_are_scikit_learns(size: int) -> None:
    points, labels = cloud()
    chosen = unit_subsets.every(6, size)
    expected = [silhouette_score(points[:, units], labels) for units in chosen]
    np.testing.assert_allclose(unit_subsets.silhouettes(points, labels, chosen), expected, atol=2e-6)


def test_the_order_of_subsets_does_not_matter() -> None:
    points, labels = cloud()
    chosen = unit_subsets.every(6, 4)
    order = GENERATOR.permutation(len(chosen))
    one = unit_subsets.silhouettes(points, labels, chosen)
    np.testing.assert_allclose(unit_subsets.silhouettes(points, labels, chosen[order]), one[order], atol=1e-6)


def test_points_that_coincide_score_zero() -> None:
    _, labels = cloud()
    silent = np.zeros((len(labels), 3))
    assert unit_subsets.silhouette(silent, labels) == 0
    np.testing.assert_array_equal(unit_subsets.silhouettes(silent, labels, np.array([[0, 1], [1, 2]])), 0)
    np.testing.assert_array_equal(unit_subsets.standardized(silent), 0)


def test_a_digit_with_one_image_is_refused() -> None:
    points, labels = cloud(per_digit=2)
    with pytest.raises(ValueError, match="two or more of each"):
        unit_subsets.silhouettes(points[labels != 3], labels[labels != 3], np.array([[0, 1]]))


@pytest.fixture(scope="module")
def run() -> training.Run:
    return training.run(registry.PUBLISHED)


def test_kept_accuracies_are_the_plain_interventions(run: training.Run) -> None:
    stage = recordings.stage(run, "relu2")
    mean = ablation.mean(stage)
    chosen = [(0, 5, 9), tuple(range(16)), ()]
    for units, found in zip(chosen, unit_subsets.kept_accuracies(stage, mean, chosen), strict=True):
        out = [unit for unit in range(16) if unit not in units]
        logits = ablation.intervene(stage, out, mean)
        expected = (logits.argmax(1) == torch.from_numpy(stage.labels)).float().mean().item()
        assert found == pytest.approx(expected, abs=2e-4)


def test_the_published_native_silhouettes_come_back(run: training.Run) -> None:
    """On all 10,000 test images, each of the fourteen named subsets to the rounding of what was printed."""
    stage = recordings.stage(run, "relu2")
    subsets = named_subsets.subsets(run)
    found = [
        unit_subsets.silhouettes(stage.values.numpy(), stage.labels, np.array([units]))[0] for units in subsets.values()
    ]
    np.testing.assert_allclose(found, named_subsets.published_silhouettes("native"), atol=0.01)


def test_thirty_random_fives_are_in_the_published_distribution(run: training.Run) -> None:
    points, labels = recordings.points(run, "relu2", per_class=100), recordings.labels(per_class=100)
    every = unit_subsets.silhouettes(points, labels, unit_subsets.every(16, 5))
    standard_error = every.std() / np.sqrt(30)
    assert abs(every.mean() - published.figure("silhouette.native.random_5_mean_of_30")) < 3 * standard_error + 0.005


def test_the_most_frequent_five_are_those_of_the_published_table() -> None:
    counts = np.bincount(np.ravel(published.figure("top3_selectivity")), minlength=16)
    five = named_subsets.HAND_PICKED["most frequent: 5, 6, 7, 8, 0"]
    assert sorted(counts[list(five)])[0] >= np.sort(counts)[-5]


def test_the_best_five_are_the_best_of_all_on_their_images(run: training.Run) -> None:
    best = subset_scores.best_five(run, size=2)
    points, labels = recordings.points(run, "relu2", "train", per_class=200), recordings.labels("train", per_class=200)
    every = unit_subsets.every(16, 2)
    scores = unit_subsets.silhouettes(points, labels, every)
    assert best.units.tolist() == every[scores.argmax()].tolist()
    assert best.silhouette == pytest.approx(scores.max(), abs=1e-6)


def test_random_fives_differ_and_repeat() -> None:
    drawn = subset_scores.random_fives(16, seed=4, count=50)
    assert len(np.unique(drawn, axis=0)) == 50
    np.testing.assert_array_equal(drawn, subset_scores.random_fives(16, seed=4, count=50))
    assert (np.diff(drawn, axis=1) > 0).all()


def test_a_probe_reads_what_is_separable_and_no_more() -> None:
    labels = np.repeat(np.arange(10), 40)
    apart = np.eye(10)[labels] + GENERATOR.normal(scale=0.05, size=(400, 10))
    half = np.arange(400) % 2 == 0
    assert probes.logistic_accuracy(apart[half], labels[half], apart[~half], labels[~half]) == 1
    noise = GENERATOR.normal(size=(400, 5))
    assert probes.logistic_accuracy(noise[half], labels[half], noise[~half], labels[~half]) < 0.25


def test_a_five_is_found_by_its_units_in_any_order(run: training.Run) -> None:
    every = unit_subsets.every(16, subset_scores.SIZE)
    points, labels = recordings.points(run, "relu2", per_class=100), recordings.labels(per_class=100)
    chosen = every[[7, 0, 4_000]]
    found = all_subsets.everything(run)["silhouette"].sel(subset=all_subsets.labels(chosen[:, ::-1]))
    np.testing.assert_allclose(found, unit_subsets.silhouettes(points, labels, chosen), atol=1e-5)


def test_random_fives_know_their_units(run: training.Run) -> None:
    holds = all_subsets.sampled(run)["holds"]
    for subset in holds["subset"].to_numpy()[:4]:
        own = holds.sel(subset=subset)
        assert all_subsets.label(own["unit"].to_numpy()[own.to_numpy()].tolist()) == subset


def test_neighbors_read_a_five_as_often_as_counted_by_hand(run: training.Run) -> None:
    asked = all_subsets.by_reader(run)
    assert list(asked) == list(all_subsets.READERS)
    fourth = asked["nearest neighbors"].isel(subset=3)
    units = [int(unit) for unit in fourth["subset"].item().split(", ")]
    few, labels = recordings.points(run, "relu2", per_class=200)[:, units], recordings.labels(per_class=200)
    distances = cdist(few, few) + np.diag(np.full(len(few), np.inf))
    votes = np.eye(10)[labels[np.argsort(distances, axis=1)[:, :10]]].sum(1).argmax(1)
    assert fourth.item() == pytest.approx((votes == labels).mean(), abs=2e-3)


def test_a_layer_has_one_subset_of_its_own_size(run: training.Run) -> None:
    lines = size_lines.lines({"one": run})
    whole = lines[lines["size"] == 16].set_index(["score", "chosen"])
    points, labels = recordings.points(run, "relu2", per_class=100), recordings.labels(per_class=100)
    np.testing.assert_allclose(whole.loc["silhouette", "value"], unit_subsets.silhouette(points, labels), atol=1e-5)
    np.testing.assert_allclose(whole.loc["accuracy", "value"], 0.948, atol=1e-3)
    assert (lines["low"] <= lines["value"]).all()
    assert (lines["value"] <= lines["high"]).all()


def test_selective_fives_beside_random_ones_are_those_of_single_interventions(run: training.Run) -> None:
    found = subset_scores.against_random(run, "relu2")
    assert dict(found.sizes) == {"digit": 10, "draw": subset_scores.N_RANDOM}
    learned = recordings.stage(run, "relu2", "train", per_class=1_000)
    scores = selectivity.class_selectivity(selectivity.class_means(learned.values.numpy(), learned.labels))
    test, digit = recordings.stage(run, "relu2"), 7
    others = sorted(set(range(16)) - set(np.argsort(-scores[digit], kind="stable")[:5].tolist()))
    read = ablation.intervene(test, others, ablation.mean(learned)).argmax(1).numpy()
    assert found["selective_accuracy"].sel(digit=digit).item() == pytest.approx((read == test.labels).mean(), abs=2e-4)
