"""Regions of linear readouts of two numbers: known ones, and what holds of all."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from mnist_interp.methods import decision_regions

GENERATOR = np.random.default_rng(7)
SQUARE = decision_regions.rectangle((0, 0), (1, 1))


def _random() -> tuple[np.ndarray, np.ndarray]:
    return GENERATOR.normal(size=(10, 2)), GENERATOR.normal(scale=0.3, size=10)


def _inside(polygon: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Say which points lie in a convex polygon, counterclockwise: to the left of each edge."""
    edges = np.roll(polygon, -1, axis=0) - polygon
    away = points[:, None] - polygon
    return (edges[:, 0] * away[..., 1] - edges[:, 1] * away[..., 0] >= -1e-12).all(1)


def test_three_known_regions() -> None:
    weight, bias = np.array([[1.0, 0], [0, 1], [0, 0]]), np.array([0, 0, 0.5])
    right, upper, corner = decision_regions.regions(weight, bias, SQUARE)
    np.testing.assert_allclose(sorted(map(tuple, right)), [(0.5, 0), (0.5, 0.5), (1, 0), (1, 1)])
    np.testing.assert_allclose(sorted(map(tuple, upper)), [(0, 0.5), (0, 1), (0.5, 0.5), (1, 1)])
    np.testing.assert_allclose(sorted(map(tuple, corner)), [(0, 0), (0, 0.5), (0.5, 0), (0.5, 0.5)])
    areas = [decision_regions.area(one) for one in (right, upper, corner)]
    np.testing.assert_allclose(areas, [3 / 8, 3 / 8, 1 / 4])


def test_regions_fill_the_box_and_are_those_of_argmax() -> None:
    box = decision_regions.rectangle((-1, 0), (2, 1.5))
    points = GENERATOR.uniform((-1, 0), (2, 1.5), size=(4000, 2))
    for weight, bias in (_random() for _ in range(20)):
        found = decision_regions.regions(weight, bias, box)
        assert sum(map(decision_regions.area, found)) == pytest.approx(4.5)
        read = (points @ weight.T + bias).argmax(1)
        for own, polygon in enumerate(found):
            inside = _inside(polygon, points) if len(polygon) else np.zeros(len(points), bool)
            np.testing.assert_array_equal(inside, read == own)


def test_a_class_that_is_nowhere_largest_has_no_region_and_of_equal_ones_the_first_has_it() -> None:
    weight, bias = np.array([[1.0, 0], [0, 1], [0.5, 0.5], [1, 0]]), np.array([0.0, 0, -0.1, 0])
    right, upper, never, again = decision_regions.regions(weight, bias, SQUARE)
    assert (len(never), len(again)) == (0, 0)
    assert decision_regions.area(right) + decision_regions.area(upper) == pytest.approx(1)


def test_ten_points_on_a_circle_are_told_apart_without_biases() -> None:
    angles = 2 * np.pi * np.arange(10) / 10
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    logits = places @ places.T
    np.testing.assert_array_equal(logits.argmax(1), np.arange(10))
    assert (np.sort(logits, 1)[:, -1] - np.sort(logits, 1)[:, -2]).min() == pytest.approx(1 - np.cos(np.pi / 5))
    assert decision_regions.extreme(places).all()


def test_ten_points_on_a_line_are_told_apart_with_biases() -> None:
    places = np.stack([np.arange(10.0), np.zeros(10)], axis=1)
    logits = places @ places.T - np.square(places).sum(1) / 2
    np.testing.assert_array_equal(logits.argmax(1), np.arange(10))
    assert decision_regions.extreme(places).sum() == 2
    box = decision_regions.rectangle((-0.5, -1), (9.5, 1))
    found = decision_regions.regions(places, -np.square(places).sum(1) / 2, box)
    np.testing.assert_allclose([decision_regions.area(one) for one in found], 2.0)


def test_corners_are_those_of_the_hull() -> None:
    for points in (_random()[0] for _ in range(20)):
        np.testing.assert_array_equal(
            np.flatnonzero(decision_regions.extreme(points)), np.sort(ConvexHull(points).vertices)
        )


def test_only_corners_have_regions_without_end() -> None:
    for weight, bias in (_random() for _ in range(20)):
        far = [decision_regions.rectangle((-size, -size), (size, size)) for size in (1e4, 2e4)]
        near, away = (
            [decision_regions.area(one) for one in decision_regions.regions(weight, bias, box)] for box in far
        )
        np.testing.assert_array_equal(np.array(away) > 1.5 * np.array(near), decision_regions.extreme(weight))


def test_before_the_relu_pieces_fill_the_box_and_are_those_of_the_network() -> None:
    low, high = np.array([-1.0, -0.5]), np.array([2.0, 3.0])
    points = GENERATOR.uniform(low, high, size=(3000, 2))
    for weight, bias in (_random() for _ in range(10)):
        pieces = decision_regions.before_relu(weight, bias, low, high)
        assert sum(decision_regions.area(part) for _, _, part in pieces) == pytest.approx(10.5)
        read = (np.maximum(points, 0) @ weight.T + bias).argmax(1)
        for own, beyond, part in pieces:
            inside = _inside(part, points)
            assert (read[inside] == own).all()
            assert ((points[inside] < 0).any(1) == beyond).all()


def test_without_a_negative_side_there_is_only_the_quadrant() -> None:
    weight, bias = _random()
    pieces = decision_regions.before_relu(weight, bias, np.zeros(2), np.ones(2))
    assert not any(beyond for _, beyond, _ in pieces)
    assert sum(decision_regions.area(part) for _, _, part in pieces) == pytest.approx(1)


@pytest.mark.parametrize(
    ("polygon", "radius"),
    [(SQUARE, 0.5), (np.array([[0, 0], [4, 0], [0, 3.0]]), 1.0), (decision_regions.rectangle((0, 0), (10, 1)), 0.5)],
)
def test_the_roomiest_circle_fits(polygon: np.ndarray, radius: float) -> None:
    center, found = decision_regions.roomiest(polygon, np.empty((0, 2)))
    assert 0.9 * radius < found <= radius
    around = 2 * np.pi * np.arange(60) / 60
    circle = center + found * np.stack([np.cos(around), np.sin(around)], axis=1)
    assert _inside(polygon, circle).all()


def test_the_roomiest_circle_holds_no_point() -> None:
    points = GENERATOR.uniform(size=(40, 2))
    center, found = decision_regions.roomiest(SQUARE, points)
    free = decision_regions.roomiest(SQUARE, points + 5)[1]
    assert 0 < found <= np.linalg.norm(points - center, axis=1).min()
    assert found < free
