"""Distances along a cloud of points instead of across it: shortest paths on the graph of nearest neighbors.

They are what Isomap (Tenenbaum et al. 2000) lays out, and the graph is that from which UMAP draws its map. So whatever
a map shows of clusters that a straight ruler misses, such paths should show without one. 2,000 points take about half a
second.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree, shortest_path
from sklearn.manifold import Isomap
from sklearn.metrics import pairwise_distances, silhouette_score
from sklearn.neighbors import kneighbors_graph


def _joined(graph: csr_array, points: np.ndarray) -> csr_array:
    """Connect the components of a graph by the shortest edges that do."""
    n_parts, part = connected_components(graph, directed=False)
    if n_parts == 1:
        return graph
    members = [np.flatnonzero(part == k) for k in range(n_parts)]
    between = np.zeros((n_parts, n_parts))
    edges = {}
    for one in range(n_parts):
        for other in range(one):
            distances = pairwise_distances(points[members[one]], points[members[other]])
            first, second = np.unravel_index(distances.argmin(), distances.shape)
            between[one, other] = distances[first, second]
            edges[one, other] = members[one][first], members[other][second]
    rows, columns = minimum_spanning_tree(between).nonzero()
    chosen = np.array([edges[pair] for pair in zip(rows.tolist(), columns.tolist(), strict=True)])
    lengths = between[rows, columns]
    return graph + csr_array((lengths, tuple(chosen.T)), shape=graph.shape)


def path_lengths(points: np.ndarray, *, neighbors: int = 15) -> np.ndarray:
    """Return the lengths of the shortest paths between points along their graph of nearest neighbors.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        A layer's activations, or a map of them. Points that coincide count as one.
    neighbors : int
        Of each point; two points are joined if one is among the nearest of the other.

    Returns
    -------
    numpy.ndarray of shape (n_points, n_points)
        In the unit of the points. Parts of the graph that nothing joins are joined by the shortest edges that make
        it one.
    """
    different, place = np.unique(np.asarray(points, dtype=float), axis=0, return_inverse=True)
    if len(different) == 1:
        return np.zeros((len(points), len(points)))
    graph = csr_array(kneighbors_graph(different, min(neighbors, len(different) - 1), mode="distance"))
    return shortest_path(_joined(graph, different), method="D", directed=False)[np.ix_(place, place)]


def silhouette(points: np.ndarray, labels: np.ndarray, *, neighbors: int = 15) -> float:
    """Return the mean silhouette of labels by `path_lengths`: 0 if all points coincide.

    Parameters
    ----------
    points, neighbors
        As of `path_lengths`.
    labels : numpy.ndarray of shape (n_points,)
        The digits.
    """
    if not np.ptp(points, axis=0).any():
        return 0.0
    return float(silhouette_score(path_lengths(points, neighbors=neighbors), labels, metric="precomputed"))


def first_coordinate(points: np.ndarray, others: np.ndarray, *, neighbors: int = 15) -> tuple[np.ndarray, np.ndarray]:
    """Return the points' positions along the longest path through their cloud: the first coordinate of Isomap.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        What the coordinate is fitted to. Points that coincide count as one.
    others : numpy.ndarray of shape (n_others, n_dimensions)
        More points, which are placed among them.
    neighbors : int
        As of `path_lengths`.

    Returns
    -------
    (numpy.ndarray of shape (n_points,), numpy.ndarray of shape (n_others,))
        Their coordinates, in the unit of the points; 0 for a cloud of fewer than three different points.
    """
    different = np.unique(np.asarray(points, dtype=float), axis=0)
    if len(different) < 3:
        return np.zeros(len(points)), np.zeros(len(others))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that parts had to be joined
        model = Isomap(n_neighbors=min(neighbors, len(different) - 1), n_components=1, eigen_solver="dense")
        model.fit(different)
        return model.transform(points)[:, 0], model.transform(others)[:, 0]
