"""How the digits lie in layer 2 of each network, and on its maps. About 2 s a network, most of it the UMAP."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.experiments import recordings
from mnist_interp.methods import class_layout, projections
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(200)  # the points of chapter 1's maps


def _overlaps(run: Run) -> np.ndarray:
    points = recordings.points(run, "relu2", per_class=PER_CLASS)
    return class_layout.overlaps(
        projections.pca_basis(points).transform(points), recordings.labels(per_class=PER_CLASS)
    )


@store.cached
def on_the_pca(population: Population) -> xr.Dataset:
    """Return `class_layout.overlaps` of layer 2's first two principal components: ``overlap`` (seed, pair)."""
    found = parallel.each(_overlaps, [(run,) for run in population])
    pairs = [f"{first} and {second}" for first, second in class_layout.PAIRS]
    return xr.Dataset({"overlap": (("seed", "pair"), np.stack(found))}, {"seed": population.seeds, "pair": pairs})


def _distances(run: Run) -> np.ndarray:
    points, labels = recordings.points(run, "relu2", per_class=PER_CLASS), recordings.labels(per_class=PER_CLASS)
    drawn = projections.umap(points, neighbors=15, seed=run.seed)["map"]
    return np.stack([class_layout.to_the_nearest(one, labels) for one in (points, drawn)])


@store.cached
def to_the_nearest(population: Population) -> xr.Dataset:
    """Return `class_layout.to_the_nearest` of layer 2 and of its UMAP: ``distance`` (seed, space, digit)."""
    found = parallel.each(_distances, [(run,) for run in population])
    labels = {"seed": population.seeds, "space": ["layer 2", "UMAP"], "digit": range(10)}
    return xr.Dataset({"distance": (tuple(labels), np.stack(found))}, labels)
