"""On how many settings and seeds a map's scores depend, and what drawing one seems to gain over a population.

A map of 1,000 points takes about 1 s, its scores 0.2 s; the store keeps both.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.experiments import recordings
from mnist_interp.methods import gaussian_twins, neighbor_graph, projection_quality, projections, unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(200)
LAYER, NEIGHBORS = "relu2", 15
REAL, TWIN = "layer 2", "Gaussian twin"
LAYER_ITSELF, MAP = "layer", "map"


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


def _gains(run: Run) -> xr.Dataset:
    points, labels = recordings.points(run, LAYER, per_class=PER_CLASS), recordings.labels(per_class=PER_CLASS)
    twin = gaussian_twins.by_label(points.astype(float), labels, seed=run.seed).astype(np.float32)
    rows = []
    for cloud in (points, twin):
        placed = projections.umap(cloud, neighbors=NEIGHBORS, seed=run.seed)["map"]
        spaces = {LAYER_ITSELF: cloud, MAP: placed}
        rows.append(
            xr.Dataset(
                {
                    "silhouette": ("space", [unit_subsets.silhouette(one, labels) for one in spaces.values()]),
                    "neighbors": ("space", [projection_quality.knn_accuracy(one, labels) for one in spaces.values()]),
                    "along_graph": neighbor_graph.silhouette(cloud, labels, neighbors=NEIGHBORS),
                },
                coords={"space": list(spaces)},
            )
        )
    return xr.concat(rows, "cloud").assign_coords(cloud=[REAL, TWIN])


@store.cached
def gains(population: Population) -> xr.Dataset:
    """Score layer 2, and a cloud of Gaussians in its place, before and after UMAP, on 2,000 test images.

    Returns
    -------
    xarray.Dataset
        By seed, ``cloud`` (`REAL`; `TWIN`, with each digit's mean and covariance and nothing else) and ``space``
        (`LAYER_ITSELF`, `MAP`): ``silhouette``, and ``neighbors``, the accuracy of nearest neighbors. By seed and
        cloud: ``along_graph``, the silhouette by shortest paths along its own graph of 15 nearest neighbors.
    """
    found = parallel.each(_gains, ((run,) for run in population))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
