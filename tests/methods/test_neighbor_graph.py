"""Paths along a cloud: on curves of known length, in parts that must be joined, and against Floyd and Warshall."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from mnist_interp.methods import neighbor_graph, unit_subsets

GENERATOR = np.random.default_rng(17)


def _naive(points: np.ndarray, neighbors: int) -> np.ndarray:
    """Return path lengths by three loops, of a graph that hangs together."""
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    found = np.full(distances.shape, np.inf)
    for i, row in enumerate(distances):
        for j in np.argsort(row, kind="stable")[: neighbors + 1]:
            found[i, j] = found[j, i] = row[j]
    for k in range(len(points)):
        found = np.minimum(found, found[:, [k]] + found[[k]])
    return found


def test_paths_are_those_of_three_loops() -> None:
    points = GENERATOR.normal(size=(60, 3))
    naive = _naive(points, 8)
    assert np.isfinite(naive).all()
    np.testing.assert_allclose(neighbor_graph.path_lengths(points, neighbors=8), naive, atol=1e-12)


def test_a_horseshoe_is_walked_around() -> None:
    angle = np.linspace(0, 1.8 * np.pi, 200)
    horseshoe = np.column_stack([np.cos(angle), np.sin(angle)])
    found = neighbor_graph.path_lengths(horseshoe, neighbors=3)
    assert found[0, -1] == pytest.approx(1.8 * np.pi, rel=1e-3)


def test_parts_are_joined_by_their_shortest_edges() -> None:
    line = np.column_stack([np.arange(5.0), np.zeros(5)])
    points = np.vstack([line + offset for offset in np.array([[0, 0], [104, 0], [0, 1000]])])
    found = neighbor_graph.path_lengths(points, neighbors=2)
    assert np.isfinite(found).all()
    assert found[0, 5] == 104  # 4 along the first line, then 100 to the second
    assert found[9, 10] == pytest.approx(108 + 1000)


def test_points_that_coincide_are_one() -> None:
    points = GENERATOR.normal(size=(20, 2))
    twice = np.vstack([points, points[:7]])
    once, found = (neighbor_graph.path_lengths(one, neighbors=4) for one in (points, twice))
    np.testing.assert_allclose(found[:20, :20], once)
    np.testing.assert_allclose(found[20:], found[:7])
    assert (neighbor_graph.path_lengths(np.ones((4, 3))) == 0).all()


def test_a_silhouette_along_the_graph_sees_two_arms_that_a_straight_one_mixes() -> None:
    angle = np.linspace(0, np.pi, 60)
    moons = np.vstack(
        [
            np.column_stack([np.cos(angle), np.sin(angle)]),
            np.column_stack([1 - np.cos(angle), 0.4 - np.sin(angle)]),
        ]
    )
    labels = np.repeat([0, 1], 60)
    found = neighbor_graph.silhouette(moons, labels, neighbors=3)
    assert found > unit_subsets.silhouette(moons, labels) + 0.1
    own = silhouette_score(neighbor_graph.path_lengths(moons, neighbors=3), labels, metric="precomputed")
    assert found == pytest.approx(own)
    assert neighbor_graph.silhouette(np.ones((6, 2)), np.arange(6) % 2) == 0


def test_the_first_coordinate_runs_along_a_curve() -> None:
    angle = np.sort(GENERATOR.random(300)) * 1.6 * np.pi
    spiral = np.column_stack([np.cos(angle), np.sin(angle), angle / 20])
    fitted, test = spiral[::2], spiral[1::2]
    first, second = neighbor_graph.first_coordinate(fitted, test, neighbors=5)
    assert abs(np.corrcoef(first, angle[::2])[0, 1]) > 0.999
    assert abs(np.corrcoef(second, angle[1::2])[0, 1]) > 0.999
    np.testing.assert_allclose(neighbor_graph.first_coordinate(fitted, fitted, neighbors=5)[1], first)


def test_a_cloud_without_extent_has_no_coordinate() -> None:
    first, second = neighbor_graph.first_coordinate(np.ones((9, 2)), np.zeros((3, 2)))
    assert first.tolist() == [0] * 9
    assert second.tolist() == [0] * 3
