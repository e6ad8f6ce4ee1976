"""Spatial ablation: what a place of the image is worth, held at its mean in all channels of a layer at once.

The counterpart of ablating a channel, which takes one feature everywhere: this takes every feature at one place. Less
than half a second a network for the 49 places of the second convolution's maps.
"""

from __future__ import annotations

import numpy as np

from mnist_interp.experiments import ablation_effects
from mnist_interp.methods import ablation
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run


def _lost(run: Run, layer: str) -> np.ndarray:
    return ablation.each_position(ablation_effects.mean(run, layer), ablation_effects.scored(run, layer))


@store.cached
def summary(population: Population, layer: str) -> store.Arrays:
    """Measure what each place of a layer is worth to every network, test accuracy, means from training images.

    Returns
    -------
    dict of numpy.ndarray
        ``lost``: (n_runs, height, width, 11), of all images and of each digit.
    """
    return {"lost": np.stack(parallel.each(_lost, [(run, layer) for run in population]))}
