"""How far to trust a projection: what it preserves of its points, and what it invents.

Trustworthiness asks whether the neighbors on a map are neighbors in truth, continuity whether true neighbors are
neighbors on the map (Venna and Kaski 2001). Beside them stand two scores that take labels, the silhouette and what
nearest neighbors vote for. 1,000 points take about 0.2 s.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from mnist_interp.methods import unit_subsets

SCORES = ("silhouette", "neighbors vote right", "trustworthiness", "continuity", "true neighbors kept")
NEIGHBORS = 10


def knn_accuracy(points: np.ndarray, labels: np.ndarray, *, neighbors: int = 10) -> float:
    """Return how often a point's nearest neighbors, itself left out, vote for its own label.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        A layer's activations, or a map of them.
    labels : numpy.ndarray of shape (n_points,)
        The digits.
    neighbors : int
        Voters.

    Returns
    -------
    float
        A fraction.
    """
    model = KNeighborsClassifier(neighbors).fit(points, labels)
    # Given no points, scikit-learn leaves each training point out of its own neighbors.
    nearest = model.kneighbors(return_distance=False)
    votes = np.eye(10)[labels[nearest]].sum(1)
    return float((votes.argmax(1) == labels).mean())


def center_agreement(points: np.ndarray, projected: np.ndarray, labels: np.ndarray) -> float:
    """Return how well a map preserves the order of distances between the digits' centers: a rank correlation.

    Parameters
    ----------
    points, projected : numpy.ndarray of shape (n_points, n_dimensions) and (n_points, 2)
        The same points before and after projection.
    labels : numpy.ndarray of shape (n_points,)
        The digits.

    Returns
    -------
    float
        Spearman's correlation over the 45 pairs of digits, -1 to 1.
    """
    before, after = (
        pdist(np.stack([space[labels == digit].mean(0) for digit in range(10)])) for space in (points, projected)
    )
    return float(spearmanr(before, after).statistic)


def neighbor_recall(points: np.ndarray, projected: np.ndarray, *, neighbors: int = 10) -> float:
    """Return the share of each point's nearest neighbors that are among its nearest on the map, averaged.

    Parameters
    ----------
    points, projected : numpy.ndarray of shape (n_points, n_dimensions) and (n_points, 2)
        The same points before and after projection.
    neighbors : int
        How many are compared.

    Returns
    -------
    float
        A fraction; about ``neighbors / n_points`` by chance.
    """
    before, after = (
        NearestNeighbors(n_neighbors=neighbors).fit(space).kneighbors(return_distance=False)
        for space in (points, projected)
    )
    shared = [len(np.intersect1d(a, b, assume_unique=True)) for a, b in zip(before, after, strict=True)]
    return float(np.mean(shared) / neighbors)


def score(points: np.ndarray, projected: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Score a map of some points, or, given the points twice, the points themselves.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        What was projected.
    projected : numpy.ndarray of shape (n_points, 2)
        The map.
    labels : numpy.ndarray of shape (n_points,)
        The digits.

    Returns
    -------
    numpy.ndarray of shape (5,)
        In the order of `SCORES`; each at most 1, the last four about ten neighbors.
    """
    return np.array(
        [
            unit_subsets.silhouette(projected, labels),
            knn_accuracy(projected, labels, neighbors=NEIGHBORS),
            trustworthiness(points, projected, n_neighbors=NEIGHBORS),
            trustworthiness(projected, points, n_neighbors=NEIGHBORS),
            neighbor_recall(points, projected, neighbors=NEIGHBORS),
        ]
    )


def scores(points: np.ndarray, maps: Mapping[str, np.ndarray], labels: np.ndarray) -> pd.DataFrame:
    """Score the points themselves and each of their maps: one row each, columns `SCORES`."""
    rows = {"in the space itself": score(points, points, labels)}
    rows |= {name: score(points, projected, labels) for name, projected in maps.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(SCORES))


def nearest(points: np.ndarray, chosen: np.ndarray, *, count: int) -> np.ndarray:
    """Return the nearest neighbors of some of the points, nearest first.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        A layer's activations, or a map of them.
    chosen : numpy.ndarray of int, shape (n_chosen,)
        Whose neighbors.
    count : int
        How many.

    Returns
    -------
    numpy.ndarray of int, shape (n_chosen, count)
        Places in `points`; never the point itself.
    """
    found = NearestNeighbors(n_neighbors=count).fit(points).kneighbors(return_distance=False)
    return found[chosen]


def displacement(points: np.ndarray, projected: np.ndarray, labels: np.ndarray, *, count: int) -> np.ndarray:
    """Return how near, among their own digit's images, a map still puts the neighbors that it loses.

    Parameters
    ----------
    points, projected : numpy.ndarray of shape (n_points, n_dimensions) and (n_points, 2)
        The same images in a layer and on a map of it.
    labels : numpy.ndarray of shape (n_points,)
        The digits.
    count : int
        How many of a point's neighbors are looked at, in the layer and on the map.

    Returns
    -------
    numpy.ndarray of shape (n_lost,)
        For each neighbor in the layer that is of the point's digit and not among its neighbors on the map: the share
        of that digit's other images that lie nearer to the point on the map. A half on average if neighbors were
        scattered over their digit.
    """
    everyone = np.arange(len(points))
    true, shown = (nearest(one, everyone, count=count) for one in (points, projected))
    found = []
    for place, (neighbors, there) in enumerate(zip(true, shown, strict=True)):
        own = np.flatnonzero((labels == labels[place]) & (everyone != place))
        apart = np.linalg.norm(projected[own] - projected[place], axis=1)
        lost = np.isin(own, np.setdiff1d(neighbors, there))
        found.extend((apart < apart[lost][:, None]).mean(1))
    return np.array(found)


def trust(values: np.ndarray, projected: np.ndarray, *, neighbors: int = NEIGHBORS) -> dict[str, float]:
    """Return how far to trust a map of a layer, without labels.

    Parameters
    ----------
    values, projected : numpy.ndarray of shape (n_images, n_units) and (n_images, 2)
        The same images in the layer and on the map.
    neighbors : int
        How many of each image's neighbors are compared.

    Returns
    -------
    dict of float
        ``trustworthiness``, ``continuity`` and ``true neighbors kept``, each at most 1.
    """
    return {
        "trustworthiness": float(trustworthiness(values, projected, n_neighbors=neighbors)),
        "continuity": float(trustworthiness(projected, values, n_neighbors=neighbors)),
        "true neighbors kept": neighbor_recall(values, projected, neighbors=neighbors),
    }
