"""On how many settings and seeds a map's scores depend, and what drawing one seems to gain over a population.

A map of 1,000 points takes about 2 s, its scores 0.2 s; the store keeps both.
"""

from __future__ import annotations

import numpy as np

from mnist_interp.experiments import recordings, subset_scores
from mnist_interp.methods import projection_quality, projections, unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

FULL_PER_CLASS, SELECTIVE_PER_CLASS = map(preview.reduced, (200, 100))


def _one(points: np.ndarray, labels: np.ndarray, method: str, setting: int, seed: int) -> np.ndarray:
    if method == "t-SNE":
        projected = projections.tsne(points, perplexity=setting, seed=seed)["map"]
    else:
        projected = projections.umap(points, neighbors=setting, seed=seed)["map"]
    return projection_quality.score(points, projected, labels)


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
    found = iter(parallel.each(_one, ((points, labels, *job) for job in jobs)))
    return {method: np.array([[next(found) for _ in seeds] for _ in values]) for method, values in settings.items()}


def digits_of(seed: int) -> tuple[int, int]:
    """Return the two digits whose selective five are mapped for a seed: over ten seeds each digit comes up twice."""
    return seed % 10, (seed + 5) % 10


def _gain(points: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    projected = projections.umap(points, neighbors=15, seed=seed)["map"]
    spaces = (points, projected)
    return np.array(
        [[unit_subsets.silhouette(one, labels), projection_quality.knn_accuracy(one, labels)] for one in spaces]
    )


def _gains(run: Run) -> np.ndarray:
    full = recordings.points(run, "relu2", per_class=FULL_PER_CLASS)
    some = recordings.points(run, "relu2", per_class=SELECTIVE_PER_CLASS)
    chosen = subset_scores.selective_fives(run)
    labels = recordings.labels(per_class=SELECTIVE_PER_CLASS)
    selective = [_gain(np.ascontiguousarray(some[:, chosen[digit]]), labels, run.seed) for digit in digits_of(run.seed)]
    return np.stack([_gain(full, recordings.labels(per_class=FULL_PER_CLASS), run.seed), *selective])


@store.cached
def gains(population: Population) -> store.Arrays:
    """Score layer 2 before and after UMAP: whole on 2,000 test images, two class-selective fives on 1,000.

    Returns
    -------
    dict of numpy.ndarray of shape (n_runs, 3, 2)
        Whole layer, then the fives of `digits_of`; in the layer, then on the map: ``silhouette`` and ``knn``.
    """
    found = np.stack(parallel.each(_gains, ((run,) for run in population)))
    return {"silhouette": found[..., 0], "knn": found[..., 1]}
