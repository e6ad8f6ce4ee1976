"""How much single units vary: a layer's spread without the distances between its units' means.

The standard deviation of a layer over all its values holds both. A few hundredths of a second a network and checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward
from mnist_interp.methods import class_sums
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

LAYERS = ("linear1", "relu1", "linear2")
PARTS = ("within units", "within units and digits")


def parts(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return a layer's spread within units, and within units and digits.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_images, n_units)
        What the units say.
    labels : numpy.ndarray of shape (n_images,)
        The digits, each at least once.

    Returns
    -------
    numpy.ndarray of shape (2,)
        Square roots of the mean variance of a unit: over all images, and over those of one digit, weighted by how many
        these are.
    """
    sums, squares = class_sums.of(values, labels)
    counts, n = np.bincount(labels, minlength=10)[:, None], len(labels)
    over_all = squares.sum(0) / n - (sums.sum(0) / n) ** 2
    over_digits = (squares - sums**2 / counts).sum(0) / n
    return np.sqrt([over_all.mean(), over_digits.mean()])


def _of_run(run: Run, checkpoints: Sequence[int]) -> np.ndarray:
    labels = mnist.load("test").labels
    models = [run.model(checkpoint) for checkpoint in checkpoints]
    recorded = sparse_forward.activations(models, "test", list(LAYERS))
    return np.array([[parts(found[layer].numpy(), labels) for layer in LAYERS] for found in recorded])


@store.cached
def measured(population: Population, checkpoints: Sequence[int]) -> xr.Dataset:
    """Return how much the units of each layer vary at some checkpoints.

    Returns
    -------
    xarray.Dataset
        ``spread`` (seed, checkpoint, layer, part), of test images; ``part`` is one of `PARTS`.
    """
    found = np.stack(parallel.each(_of_run, [(run, list(checkpoints)) for run in population]))
    labels = {"seed": population.seeds, "checkpoint": list(checkpoints), "layer": list(LAYERS), "part": list(PARTS)}
    return xr.Dataset({"spread": (("seed", "checkpoint", "layer", "part"), found)}, labels)
