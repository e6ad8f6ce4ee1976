"""How far a map may be believed: what it keeps of its points, what it makes up, and on how many settings that depends.

Trustworthiness asks whether the neighbors on a map are neighbors in truth, continuity whether true neighbors are
neighbors on the map (Venna and Kaski 2001). Beside them stand two scores that take labels, the silhouette and what
nearest neighbors vote for. A map of 1,000 points takes about 2 s, its scores 0.2 s; the store keeps both.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from mnist_interp import clouds, fives, geometry, pool, recipes, store, subspaces
from mnist_interp.training import Population, Run

SCORES = ("silhouette", "neighbors vote right", "trustworthiness", "continuity", "true neighbors kept")
NEIGHBORS = 10
FULL_PER_CLASS, SELECTIVE_PER_CLASS = map(recipes.few_in_preview, (200, 100))


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
            subspaces.silhouette(projected, labels),
            geometry.knn_accuracy(projected, labels, neighbors=NEIGHBORS),
            trustworthiness(points, projected, n_neighbors=NEIGHBORS),
            trustworthiness(projected, points, n_neighbors=NEIGHBORS),
            geometry.neighbor_recall(points, projected, neighbors=NEIGHBORS),
        ]
    )


def scores(points: np.ndarray, maps: Mapping[str, np.ndarray], labels: np.ndarray) -> pd.DataFrame:
    """Score the points themselves and each of their maps: a row each, columns `SCORES`."""
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


def _one(points: np.ndarray, labels: np.ndarray, method: str, setting: int, seed: int) -> np.ndarray:
    if method == "t-SNE":
        projected = geometry.tsne(points, perplexity=setting, seed=seed)["map"]
    else:
        projected = geometry.umap(points, neighbors=setting, seed=seed)["map"]
    return score(points, projected, labels)


@store.cached
def sweep(points: np.ndarray, labels: np.ndarray, settings: dict[str, list[int]], seeds: list[int]) -> store.Arrays:
    """Score maps at several settings and seeds.

    Parameters
    ----------
    points, labels
        As of `score`.
    settings : dict of str to list of int
        ``t-SNE`` to perplexities and ``UMAP`` to numbers of neighbors.
    seeds : list of int
        Of the layouts.

    Returns
    -------
    dict of numpy.ndarray
        For each method (n_settings, n_seeds, 5 of `SCORES`).
    """
    jobs = [(method, setting, seed) for method, values in settings.items() for setting in values for seed in seeds]
    found = iter(pool.each(_one, ((points, labels, *job) for job in jobs)))
    return {method: np.array([[next(found) for _ in seeds] for _ in values]) for method, values in settings.items()}


def digits_of(seed: int) -> tuple[int, int]:
    """Return the two digits whose selective five are mapped for a seed: over ten seeds each digit comes up twice."""
    return seed % 10, (seed + 5) % 10


def _gain(points: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    projected = geometry.umap(points, neighbors=15, seed=seed)["map"]
    spaces = (points, projected)
    return np.array([[subspaces.silhouette(one, labels), geometry.knn_accuracy(one, labels)] for one in spaces])


def _gains(run: Run) -> np.ndarray:
    full = clouds.points(run, "relu2", per_class=FULL_PER_CLASS)
    some = clouds.points(run, "relu2", per_class=SELECTIVE_PER_CLASS)
    chosen = fives.selective_fives(run)
    labels = clouds.labels(per_class=SELECTIVE_PER_CLASS)
    selective = [_gain(np.ascontiguousarray(some[:, chosen[digit]]), labels, run.seed) for digit in digits_of(run.seed)]
    return np.stack([_gain(full, clouds.labels(per_class=FULL_PER_CLASS), run.seed), *selective])


@store.cached
def gains(population: Population) -> store.Arrays:
    """Score layer 2 before and after UMAP: whole on 2,000 test images, two class-selective fives on 1,000.

    Returns
    -------
    dict of numpy.ndarray of shape (n_runs, 3, 2)
        Whole layer, then the fives of `digits_of`; in the layer, then on the map: ``silhouette`` and ``knn``.
    """
    found = np.stack(pool.each(_gains, ((run,) for run in population)))
    return {"silhouette": found[..., 0], "knn": found[..., 1]}
