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
        By seed, ``state`` and ``layer``: ``dimension``; and ``twin``, that of a Gaussian cloud which has mean and
        covariance of what the layer's ReLU takes, and passes through the same ReLU.
    """
    jobs = [(run, checkpoint, layer) for run in population for checkpoint in STATES.values() for layer in layers]
    both = np.array(parallel.each(_both, jobs)).reshape(len(population), len(STATES), len(layers), 2)
    labels = {"seed": population.seeds, "state": list(STATES), "layer": layers}
    return xr.Dataset(
        {"dimension": (tuple(labels), both[..., 0]), "twin": (tuple(labels), both[..., 1])}, coords=labels
    )


@store.cached
def trained(population: Population, layer: str) -> xr.Dataset:
    """Estimate the intrinsic dimension of one layer after training alone: ``dimension`` (seed)."""
    found = parallel.each(_dimension, [(run, STATES["trained"], layer) for run in population])
    return xr.Dataset({"dimension": ("seed", found)}, coords={"seed": population.seeds})


def _dimension(run: Run, checkpoint: int, layer: str) -> float:
    return intrinsic_dimension.intrinsic(
        recordings.points(run, layer, per_class=PER_CLASS, checkpoint=checkpoint).astype(float)
    )


def _both(run: Run, checkpoint: int, layer: str) -> tuple[float, float]:
    names = [name for name, _ in run.model().named_children()]
    before = dict(zip(names[1:], names, strict=False))[layer]
    found = recordings.points_of_layers(run, [before, layer], per_class=PER_CLASS, checkpoint=checkpoint)
    taken, given = (found[name].astype(float) for name in (before, layer))
    twin = gaussian_twins.rectified(taken, seed=run.seed)
    return intrinsic_dimension.intrinsic(given), intrinsic_dimension.intrinsic(twin)
