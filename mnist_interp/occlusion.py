"""Spatial ablation: what a place of the image is worth, held at its mean in all channels of a layer at once.

The counterpart of ablating a channel, which takes one feature everywhere: this takes every feature at one place. Less
than half a second a network for the 49 places of the second convolution's maps.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from mnist_interp import damage, intervention, pool, store
from mnist_interp.intervention import Stage
from mnist_interp.training import Population, Run


def lost(mean: torch.Tensor, test: Stage) -> np.ndarray:
    """Hold each place of a layer's maps at its mean.

    Parameters
    ----------
    mean : torch.Tensor of shape (n_channels, height, width)
        What places are held at.
    test : Stage
        The layer on the images that are scored, its maps (n_images, n_channels, height, width).

    Returns
    -------
    numpy.ndarray of shape (height, width, 11)
        Accuracy lost, of all images and of each digit.

    Raises
    ------
    ValueError
        If the layer has no maps, or a convolution reads them, of which a place reaches more than its own.
    """
    if test.values.dim() != 4 or not isinstance(test.linear, nn.Linear):
        raise ValueError(
            f"activations of shape {tuple(test.values.shape)}, read by {type(test.linear).__name__}: expected maps, "
            "(n_images, n, rows, columns), read by Linear"
        )
    instead = mean - test.values
    weight = test.linear.weight.unflatten(1, test.values.shape[1:])
    untouched = intervention.accuracies(intervention.confusion(test.finish(test.read), test.labels))
    height, width = test.values.shape[2:]
    found = np.empty((height, width, 11))
    for row, column in np.ndindex(height, width):
        read = test.read + instead[:, :, row, column] @ weight[:, :, row, column].T
        counts = intervention.confusion(test.finish(read), test.labels)
        found[row, column] = untouched - intervention.accuracies(counts)
    return found


def _lost(run: Run, layer: str) -> np.ndarray:
    return lost(damage.mean(run, layer), damage.scored(run, layer))


@store.cached
def summary(population: Population, layer: str) -> store.Arrays:
    """Measure what each place of a layer is worth to every network, test accuracy, means from training images.

    Returns
    -------
    dict of numpy.ndarray
        ``lost``: (n_runs, height, width, 11), of all images and of each digit.
    """
    return {"lost": np.stack(pool.each(_lost, [(run, layer) for run in population]))}
