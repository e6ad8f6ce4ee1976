"""Measures of maps over pixels, on maps drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import map_shapes

ROWS, COLUMNS = np.mgrid[:28, :28]
AWAY = np.hypot(ROWS - 13.5, COLUMNS - 13.5)
NOISE = np.random.default_rng(2).normal(size=784)


def _map(drawn: np.ndarray) -> np.ndarray:
    return drawn.reshape(1, 784).astype(float)


def test_a_spot_is_as_far_from_the_center_as_it_lies() -> None:
    middle, side = np.exp(-(AWAY**2) / 8), np.exp(-((ROWS - 13.5) ** 2 + (COLUMNS - 3.5) ** 2) / 8)
    maps = np.vstack([_map(middle), _map(side)])
    # Of a disk the mean distance from its center is two thirds of the radius.
    assert map_shapes.from_the_center(maps) == pytest.approx([2 / 3 * (39 / np.pi) ** 0.5, 10], abs=0.4)


def test_weak_and_negative_pixels_do_not_count() -> None:
    spot, far = AWAY < 3.6, AWAY > 15
    assert map_shapes.from_the_center(_map(spot - 9.0 * far)) < 3.6
    assert map_shapes.from_the_center(_map(-1.0 * spot + far)) > 15


def test_all_pixels_lie_as_far_as_the_docstring_says() -> None:
    assert f"{AWAY.mean():.1f}" in (map_shapes.from_the_center.__doc__ or "")


def test_lying_stripes_are_above_one_and_standing_ones_below() -> None:
    lying, standing = np.sin(ROWS) + 0.1 * np.cos(COLUMNS), np.sin(COLUMNS) + 0.1 * np.cos(ROWS)
    found = map_shapes.striped(np.vstack([_map(lying), _map(standing), _map(AWAY)]))
    assert found[0] > 50
    assert found[1] == pytest.approx(1 / found[0])
    assert found[2] == pytest.approx(1)


def test_likeness_is_of_each_map_with_each_image() -> None:
    images = np.vstack([_map(AWAY), _map(ROWS)])
    found = map_shapes.likeness(np.vstack([3 - 2 * images[:1], 5 * images[1:], NOISE[None]]), images)
    assert found.shape == (3, 2)
    assert found[[0, 1], [0, 1]] == pytest.approx([-1, 1])
    assert found[2] == pytest.approx([np.corrcoef(NOISE, image)[0, 1] for image in images])
