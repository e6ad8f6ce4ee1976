"""Overlaps and distances of classes whose places are laid out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import class_layout

LABELS = np.repeat(np.arange(10), 200)


def _clouds(centers: np.ndarray, spread: float) -> np.ndarray:
    return centers[LABELS] + spread * np.random.default_rng(3).normal(size=(len(LABELS), 2))


def test_only_the_pair_that_coincides_overlaps() -> None:
    centers = np.stack([100.0 * np.arange(10), np.arange(10) ** 2], axis=1)
    centers[6] = centers[3]
    found = dict(zip(class_layout.PAIRS, class_layout.overlaps(_clouds(centers, 1.0), LABELS), strict=True))
    assert found.pop((3, 6)) == pytest.approx(0.5, abs=0.1)
    assert set(found.values()) == {0}


def test_an_overlap_is_what_a_cut_half_way_leaves_on_the_wrong_side() -> None:
    centers = np.stack([1000.0 * np.arange(10), np.zeros(10)], axis=1)
    centers[1] = centers[0] + [2, 0]
    found = class_layout.overlaps(_clouds(centers, 1.0), LABELS)[class_layout.PAIRS.index((0, 1))]
    assert found == pytest.approx(0.159, abs=0.04)  # a normal tail one standard deviation out


def test_a_center_is_as_far_as_its_nearest_other() -> None:
    line = np.array([0, 1, 3, 6, 10, 15, 21, 28, 36, 45.0])
    points = np.stack([line, 2 * line], axis=1)[LABELS] + np.tile([[1, -1], [-1, 1]], (1000, 1))
    expected = np.sqrt(5) * np.array([1, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert class_layout.to_the_nearest(points, LABELS) == pytest.approx(expected)
