"""Class tuning: against pandas, sums by hand, and the score's own bounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mnist_interp import selectivity

GENERATOR = np.random.default_rng(0)
VALUES = GENERATOR.random((500, 7)).astype(np.float32)
LABELS = GENERATOR.permutation(np.arange(500) % 10)


def test_class_means_are_those_of_pandas() -> None:
    expected = pd.DataFrame(VALUES).groupby(LABELS).mean().to_numpy()
    np.testing.assert_allclose(selectivity.class_means(VALUES, LABELS), expected, rtol=1e-5)


def test_class_means_refuse_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="500 rows of values and 499 labels"):
        selectivity.class_means(VALUES, LABELS[:-1])
    with pytest.raises(ValueError, match=r"no image of the digits \[3\]"):
        selectivity.class_means(VALUES, np.where(LABELS == 3, 4, LABELS))


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
