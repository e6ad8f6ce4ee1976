"""Detectors: against every threshold tried in turn."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import detection

LABELS = np.random.default_rng(0).integers(0, 3, 60)
CLASSES = np.array([0, 1, 2, 1])
OWN = np.equal.outer(LABELS, CLASSES)
VALUES = np.random.default_rng(1).integers(0, 6, size=(60, 4)) + 2 * OWN  # with many ties


def _reports(column: np.ndarray, own: np.ndarray) -> list[tuple[float, float]]:
    """Return precision and recall at each threshold, the highest first."""
    reported = [column >= threshold for threshold in np.unique(column)[::-1]]
    return [((own & one).sum() / one.sum(), (own & one).sum() / own.sum()) for one in reported]


def test_average_precision_is_the_area_in_steps_of_recall() -> None:
    expected = []
    for unit, digit in enumerate(CLASSES):
        before, area = 0.0, 0.0
        for precision, recall in _reports(VALUES[:, unit], digit == LABELS):
            area, before = area + precision * (recall - before), recall
        expected.append(area)
    np.testing.assert_allclose(detection.average_precision(VALUES, LABELS, CLASSES), expected)


@pytest.mark.parametrize("precision", [0.3, 0.5, 0.7, 0.9, 1.0])
def test_recall_is_the_largest_at_which_precision_is_reached(precision: float) -> None:
    expected = [
        max([recall for right, recall in _reports(VALUES[:, unit], digit == LABELS) if right >= precision], default=0)
        for unit, digit in enumerate(CLASSES)
    ]
    found = detection.recall_at_precision(VALUES, LABELS, CLASSES, precision=precision)
    np.testing.assert_allclose(found, expected)


def test_a_perfect_detector_and_one_that_says_nothing() -> None:
    values = np.stack([LABELS == 1, np.zeros(60)], axis=1).astype(float)
    classes = np.array([1, 1])
    share = (LABELS == 1).mean()
    np.testing.assert_allclose(detection.average_precision(values, LABELS, classes), [1, share])
    np.testing.assert_array_equal(detection.recall_at_precision(values, LABELS, classes, precision=0.9), [1, 0])
    np.testing.assert_array_equal(detection.recall_at_precision(values, LABELS, classes, precision=share / 2), [1, 1])
