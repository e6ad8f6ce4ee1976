"""Spatial ablation: what a place of the image is worth, held at its mean in all channels of a layer at once.

The counterpart of ablating a channel, which takes one feature everywhere: this takes every feature at one place. About
1 s a network for the 49 places of the second convolution's maps.
"""

from __future__ import annotations

import numpy as np

from mnist_interp import damage, intervention, pool, store
from mnist_interp.intervention import Stage
from mnist_interp.training import Population, Run


def lost(training: Stage, test: Stage) -> np.ndarray:
    """Hold each place of a layer's maps at its mean.

    Parameters
    ----------
    training : Stage
        The layer on the images that the means come from.
    test : Stage
        The layer on the images that are scored, its maps (n_images, n_channels, height, width).

    Returns
    -------
    numpy.ndarray of shape (height, width, 11)
        Accuracy lost, of all images and of each digit.

    Raises
    ------
    ValueError
        If the layer has no maps.
    """
    if test.values.dim() != 4:
        raise ValueError(
            f"activations have shape {tuple(test.values.shape)}: expected maps, (n_images, n, rows, columns)"
        )
    mean = intervention.mean(training)
    untouched = intervention.accuracies(intervention.confusion(test.finish(test.read), test.labels))
    height, width = test.values.shape[2:]
    found = np.empty((height, width, 11))
    for row, column in np.ndindex(height, width):
        values = test.values.clone()
        values[:, :, row, column] = mean[:, row, column]
        changed = Stage(values, test.labels, test.linear, test.rest)
        counts = intervention.confusion(changed.finish(changed.read), test.labels)
        found[row, column] = untouched - intervention.accuracies(counts)
    return found


def _lost(run: Run, layer: str) -> np.ndarray:
    return lost(*damage.recorded(run, layer))


@store.cached
def summary(population: Population, layer: str) -> store.Arrays:
    """Measure what each place of a layer is worth to every network, test accuracy, means from training images.

    Returns
    -------
    dict of numpy.ndarray
        ``lost``: (n_runs, height, width, 11), of all images and of each digit.
    """
    return {"lost": np.stack(pool.each(_lost, [(run, layer) for run in population]))}
