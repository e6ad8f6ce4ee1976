"""The intrinsic dimension of the layers of a population, untrained and trained, beside rectified Gaussian twins.

About half a second a layer of a network, and some seconds more at first use.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.experiments import recordings
from mnist_interp.experiments.states import STATES
from mnist_interp.methods import gaussian_twins, intrinsic_dimension
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(500)


@store.cached
def of_layers(population: Population, layers: list[str]) -> xr.Dataset:
    """Estimate the intrinsic dimension of layers, untrained and trained, on 5,000 test images.

    Returns
    -------
    xarray.Dataset
        By seed, ``state`` and ``layer``: ``dimension``; ``twin``, that of a Gaussian cloud which has mean and
        covariance of what the layer's ReLU takes, and passes through the same ReLU; and ``twins``, that of ten such
        clouds, one a digit.
    """
    jobs = [(run, checkpoint, layer) for run in population for checkpoint in STATES.values() for layer in layers]
    found = np.array(parallel.each(_with_twins, jobs)).reshape(len(population), len(STATES), len(layers), 3)
    labels = {"seed": population.seeds, "state": list(STATES), "layer": layers}
    clouds = ("dimension", "twin", "twins")
    return xr.Dataset({name: (tuple(labels), found[..., place]) for place, name in enumerate(clouds)}, coords=labels)


@store.cached
def trained(population: Population, layer: str) -> xr.Dataset:
    """Estimate the intrinsic dimension of one layer after training alone: ``dimension`` (seed)."""
    found = parallel.each(_dimension, [(run, STATES["trained"], layer) for run in population])
    return xr.Dataset({"dimension": ("seed", found)}, coords={"seed": population.seeds})


def _dimension(run: Run, checkpoint: int, layer: str) -> float:
    return intrinsic_dimension.intrinsic(
        recordings.points(run, layer, per_class=PER_CLASS, checkpoint=checkpoint).astype(float)
    )


def _with_twins(run: Run, checkpoint: int, layer: str) -> list[float]:
    names = [name for name, _ in run.model().named_children()]
    before = dict(zip(names[1:], names, strict=False))[layer]
    found = recordings.points_of_layers(run, [before, layer], per_class=PER_CLASS, checkpoint=checkpoint)
    taken, given = (found[name].astype(float) for name in (before, layer))
    one = gaussian_twins.rectified(taken, seed=run.seed)
    ten = np.maximum(gaussian_twins.by_label(taken, recordings.labels(per_class=PER_CLASS), seed=run.seed), 0)
    return [intrinsic_dimension.intrinsic(cloud) for cloud in (given, one, ten)]
