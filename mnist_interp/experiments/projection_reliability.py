"""On how many settings and seeds a map's scores depend, and what drawing one seems to gain over a population.

A map of 1,000 points takes about 2 s, its scores 0.2 s; the store keeps both.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.experiments import recordings, subset_scores
from mnist_interp.methods import projection_quality, projections, unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

FULL_PER_CLASS, SELECTIVE_PER_CLASS = map(preview.reduced, (200, 100))
WHOLE, SELECTIVE = "all units", ["selective for one digit", "selective for another"]


def _one(points: np.ndarray, labels: np.ndarray, method: str, setting: int, seed: int) -> np.ndarray:
    if method == "t-SNE":
        projected = projections.tsne(points, perplexity=setting, seed=seed)["map"]
    else:
        projected = projections.umap(points, neighbors=setting, seed=seed)["map"]
    return projection_quality.score(points, projected, labels)


@store.cached
def sweep(points: np.ndarray, labels: np.ndarray, settings: dict[str, list[int]], seeds: list[int]) -> xr.Dataset:
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
    xarray.Dataset
        ``scores`` (map, seed, score): a map has a ``projector`` and a ``setting``; scores are those of
        `projection_quality.SCORES`.
    """
    maps = [(method, setting) for method, values in settings.items() for setting in values]
    found = parallel.each(_one, ((points, labels, *one, seed) for one in maps for seed in seeds))
    index = pd.MultiIndex.from_tuples(maps, names=["projector", "setting"])
    return xr.Dataset(
        {"scores": (("map", "seed", "score"), np.array(found).reshape(len(maps), len(seeds), -1))},
        coords=xr.Coordinates.from_pandas_multiindex(index, "map").assign(
            seed=seeds, score=list(projection_quality.SCORES)
        ),
    )


def digits_of(seed: int) -> tuple[int, int]:
    """Return the two digits whose selective five are mapped for a seed: over ten seeds each digit comes up twice."""
    return seed % 10, (seed + 5) % 10


def _gain(points: np.ndarray, labels: np.ndarray, seed: int) -> xr.Dataset:
    spaces = {"layer": points, "map": projections.umap(points, neighbors=15, seed=seed)["map"]}
    return xr.Dataset(
        {
            "silhouette": ("space", [unit_subsets.silhouette(one, labels) for one in spaces.values()]),
            "neighbors": ("space", [projection_quality.knn_accuracy(one, labels) for one in spaces.values()]),
        },
        coords={"space": list(spaces)},
    )


def _gains(run: Run) -> xr.Dataset:
    full = recordings.points(run, "relu2", per_class=FULL_PER_CLASS)
    some = recordings.points(run, "relu2", per_class=SELECTIVE_PER_CLASS)
    chosen = subset_scores.selective_fives(run)
    labels = recordings.labels(per_class=SELECTIVE_PER_CLASS)
    selective = [_gain(np.ascontiguousarray(some[:, chosen[digit]]), labels, run.seed) for digit in digits_of(run.seed)]
    whole = _gain(full, recordings.labels(per_class=FULL_PER_CLASS), run.seed)
    return xr.concat([whole, *selective], "subset").assign_coords(subset=[WHOLE, *SELECTIVE])


@store.cached
def gains(population: Population) -> xr.Dataset:
    """Score layer 2 before and after UMAP: whole on 2,000 test images, two class-selective fives on 1,000.

    Returns
    -------
    xarray.Dataset
        ``silhouette``, and ``neighbors``, the accuracy of nearest neighbors, by seed, ``subset`` (`WHOLE`, and
        `SELECTIVE`, of the digits of `digits_of`) and ``space`` ("layer", "map").
    """
    found = parallel.each(_gains, ((run,) for run in population))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
