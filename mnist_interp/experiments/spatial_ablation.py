"""Spatial ablation: what a place of the image is worth, held at its mean in all channels of a layer at once.

The counterpart of ablating a channel, which takes one feature everywhere: this takes every feature at one place. Less
than half a second a network for the 49 places of the second convolution's maps.
"""

from __future__ import annotations

import xarray as xr

from mnist_interp.experiments import ablation_effects
from mnist_interp.methods import ablation
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run


def _lost(run: Run, layer: str) -> xr.Dataset:
    lost = ablation.each_position(ablation_effects.mean(run, layer), ablation_effects.scored(run, layer))
    axes = ("row", "column")
    return xr.Dataset(
        {"overall": (axes, lost[..., 0]), "lost": ((*axes, "digit"), lost[..., 1:])}, {"digit": range(10)}
    )


@store.cached
def summary(population: Population, layer: str) -> xr.Dataset:
    """Return the test accuracy that each place of a layer is worth to every network, means from training images.

    Returns
    -------
    xarray.Dataset
        Accuracy lost: ``overall`` (seed, row, column), of all images, and ``lost`` (seed, row, column, digit).
    """
    found = parallel.each(_lost, [(run, layer) for run in population])
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
