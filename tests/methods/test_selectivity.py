"""Class tuning: against pandas, sums by hand, and the score's own bounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from mnist_interp import training
from mnist_interp.data import mnist, published
from mnist_interp.experiments import unit_selectivity
from mnist_interp.methods import activations, selectivity
from mnist_interp.training.recipe import Recipe

GENERATOR = np.random.default_rng(0)
VALUES = GENERATOR.random((500, 7)).astype(np.float32)
LABELS = GENERATOR.permutation(np.arange(500) % 10)


def test_class_means_are_those_of_pandas() -> None:
    expected = pd.DataFrame(VALUES).groupby(LABELS).mean().to_numpy()
    np.testing.assert_allclose(selectivity.class_means(VALUES, LABELS), expected, rtol=1e-5)


def test_class_means_refuse_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"values \(500, 7\) and labels \(499,\): expected"):
        selectivity.class_means(VALUES, LABELS[:-1])
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="not all finite"):
            selectivity.class_means(np.where(VALUES > 0.99, bad, VALUES), LABELS)
    with pytest.raises(ValueError, match="below 0: the score is of activations that are not negative"):
        selectivity.class_selectivity(selectivity.class_means(VALUES - 0.5, LABELS))


def test_a_class_without_images_is_left_out_of_the_others() -> None:
    labels = np.where(LABELS == 3, 4, LABELS)
    means = selectivity.class_means(VALUES, labels)
    there = np.arange(10) != 3
    assert np.isnan(means[3]).all()
    squeezed = np.where(labels > 3, labels - 1, labels)
    expected = selectivity.class_means(VALUES, squeezed)
    np.testing.assert_allclose(means[there], expected)
    np.testing.assert_allclose(
        selectivity.class_selectivity(means)[there], selectivity.class_selectivity(expected), rtol=1e-6
    )
    np.testing.assert_allclose(selectivity.morcos_index(means), selectivity.morcos_index(expected), rtol=1e-6)
    np.testing.assert_allclose(selectivity.auroc(VALUES, labels)[there], selectivity.auroc(VALUES, squeezed))


@pytest.mark.parametrize("n_classes", [2, 17])
def test_any_number_of_classes(n_classes: int) -> None:
    labels = np.arange(500) % n_classes
    means = selectivity.class_means(VALUES, labels)
    assert means.shape == (n_classes, 7)
    rest = np.delete(means, 1, axis=0).mean(axis=0)
    found = selectivity.class_selectivity(means)[1]
    np.testing.assert_allclose(found, (means[1] - rest) / (means[1] + rest + 0.001), rtol=1e-4)
    by_sklearn = [roc_auc_score(labels == 1, VALUES[:, k]) for k in range(7)]
    np.testing.assert_allclose(selectivity.auroc(VALUES, labels)[1], by_sklearn)


def test_the_score_is_its_formula_digit_by_digit() -> None:
    means = selectivity.class_means(VALUES.astype(float), LABELS)
    found = selectivity.class_selectivity(means)
    for digit in range(10):
        own, rest = means[digit], np.delete(means, digit, axis=0).mean(axis=0)
        np.testing.assert_allclose(found[digit], (own - rest) / (own + rest + 0.001))
    np.testing.assert_allclose(selectivity.class_selectivity(np.stack([means, means]))[1], found)


def test_the_score_of_units_that_one_digit_drives_alone_of_flat_and_of_dead_ones() -> None:
    means = np.zeros((10, 3))
    means[4, 0] = 5.0
    means[:, 1] = 2.0
    found = selectivity.class_selectivity(means)
    assert found[4, 0] == pytest.approx(5 / 5.001)
    assert (found[np.arange(10) != 4, 0] < -0.99).all()
    np.testing.assert_array_equal(found[:, 1:], np.zeros((10, 2)))
    np.testing.assert_array_equal(selectivity.preferred_class(means), [4, 0, -1])


def test_scores_move_with_their_digits() -> None:
    means = selectivity.class_means(VALUES, LABELS)
    shuffle = GENERATOR.permutation(10)
    moved = selectivity.class_means(VALUES, shuffle[LABELS])
    np.testing.assert_allclose(moved[shuffle], means, rtol=1e-5)
    np.testing.assert_allclose(
        selectivity.class_selectivity(moved)[shuffle], selectivity.class_selectivity(means), rtol=1e-3, atol=1e-6
    )


def test_top_units_come_best_first_and_ties_by_number() -> None:
    scores = np.array([[0.1, 0.9, 0.5, 0.9]] * 10)
    np.testing.assert_array_equal(selectivity.top_units(scores)[7], [1, 3, 2])
    np.testing.assert_array_equal(selectivity.top_units(scores, 1)[:, 0], np.ones(10))


def test_the_index_is_that_of_morcos_by_hand() -> None:
    means = selectivity.class_means(VALUES.astype(float), LABELS)
    expected = [
        (column.max() - np.sort(column)[:-1].mean()) / (column.max() + np.sort(column)[:-1].mean() + 0.001)
        for column in means.T
    ]
    np.testing.assert_allclose(selectivity.morcos_index(means), expected)
    np.testing.assert_array_equal(selectivity.morcos_index(np.zeros((10, 2))), [0, 0])


def test_auroc_is_that_of_scikit_learn_ties_included() -> None:
    values = np.maximum(VALUES - 0.4, 0).round(1)
    found = selectivity.auroc(values, LABELS)
    for digit in range(10):
        for unit in range(values.shape[1]):
            assert found[digit, unit] == pytest.approx(roc_auc_score(digit == LABELS, values[:, unit]))
    np.testing.assert_allclose(selectivity.auroc(np.zeros((500, 1)), LABELS), 0.5)


def test_thresholds_are_the_best_of_all_and_rates_are_counts() -> None:
    values = VALUES.round(1)
    digits = np.arange(7)
    thresholds = selectivity.best_thresholds(values, LABELS, digits)
    hits, alarms, wrong = selectivity.rates(values, LABELS, digits, thresholds)
    for unit, digit in enumerate(digits):
        false, true, _ = roc_curve(digit == LABELS, values[:, unit], drop_intermediate=False)
        assert hits[unit] - alarms[unit] == pytest.approx((true - false).max())
        reported = values[:, unit] > thresholds[unit]
        assert wrong[unit] == pytest.approx((LABELS[reported] != digit).mean())
    silent = np.zeros((500, 1))
    quiet = selectivity.best_thresholds(silent, LABELS, np.array([3]))
    np.testing.assert_array_equal(selectivity.rates(silent, LABELS, np.array([3]), quiet), np.zeros((3, 1)))


def test_permuted_labels_keep_the_mean_and_lose_the_tuning() -> None:
    tuned = (np.eye(10)[LABELS] + 1).astype(np.float32)
    null = selectivity.permuted_means(tuned, LABELS, repeats=20, seed=1)
    np.testing.assert_allclose(null.mean(1), np.tile(tuned.mean(0), (20, 1)), rtol=1e-5)
    assert (
        selectivity.morcos_index(null).max()
        < 0.2
        < selectivity.morcos_index(selectivity.class_means(tuned, LABELS)).min()
    )
    np.testing.assert_array_equal(null, selectivity.permuted_means(tuned, LABELS, repeats=20, seed=1))


def test_each_status_has_its_unit() -> None:
    means = np.ones((10, 6))
    means[:, 0] = 0
    means[3, 2], means[[3, 5], 3] = 9, 9
    active = np.array([0, 0.01, 0.5, 0.5, 0.995, 0.6])
    expected = ["dead", "sparse", "selective", "shared", "always on", "broad"]
    assert selectivity.status(means, active).tolist() == expected


def test_the_published_tables_come_back() -> None:
    run = training.run(Recipe(order="dataloader"))
    digits = mnist.load("test")
    relu2 = activations.record(run.model(), digits.pixels, ["relu2"])["relu2"].numpy()
    means = selectivity.class_means(relu2, digits.labels)
    scores, theirs = selectivity.class_selectivity(means), np.array(published.figure("top3_selectivity"))
    ours = selectivity.top_units(scores)
    assert (ours != theirs).any(1).sum() <= 1, "a near-tie, on some processors: see test_replication"
    tops = [np.take_along_axis(scores, units, axis=1) for units in (ours, theirs)]
    np.testing.assert_allclose(*tops, atol=0.01)
    gradients = unit_selectivity.gradients(training.Population(run.recipe, (run,))).sel(seed=run.seed)
    for name, key in {"loss": "top3_mean_gradient_of_loss", "own": "top3_mean_gradient_of_own_logit"}.items():
        assert selectivity.top_units(gradients[name].to_numpy()).tolist() == published.figure(key)
