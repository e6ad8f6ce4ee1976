"""A layer as a cloud of points: the same evenly chosen images for every measure of its geometry.

Scores that compare all pairs of points grow with the square of their number, so they are taken on some hundred images
of each digit, equally spaced in the order of the file (`mnist.sample`); what is chosen is chosen on training images.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_interp import mnist, probe
from mnist_interp.mnist import Split
from mnist_interp.training import Run


def points(run: Run, layer: str, split: Split = "test", *, per_class: int, checkpoint: int = -1) -> np.ndarray:
    """Return a layer's values for so many images of each digit.

    Parameters
    ----------
    run : Run
        One network.
    layer : str
        Name of a layer, or ``"pixels"`` for the images themselves.
    split : {"train", "test", "fit", "validation"}
        Where the images are from.
    per_class : int
        Images of each digit.
    checkpoint : int
        Index into the run's checkpoints; the last one unless told, 0 untrained.

    Returns
    -------
    numpy.ndarray of float32, shape (10 * per_class, n_units)
        In the order of `labels`.
    """
    return of_layers(run, [layer], split, per_class=per_class, checkpoint=checkpoint)[layer]


def of_layers(
    run: Run, layers: Sequence[str], split: Split = "test", *, per_class: int, checkpoint: int = -1
) -> dict[str, np.ndarray]:
    """Return several layers' `points` from one pass through the network, by name."""
    images = mnist.load(split).pixels[mnist.sample(split, per_class)]
    recorded = {"pixels": images}
    if hidden := [layer for layer in layers if layer not in recorded]:
        recorded |= probe.activations(run.model(checkpoint), images, hidden)
    return {layer: recorded[layer].flatten(1).numpy() for layer in layers}


def labels(split: Split = "test", *, per_class: int) -> np.ndarray:
    """Return the digits of the images that `points` takes, (10 * per_class,)."""
    return mnist.load(split).labels[mnist.sample(split, per_class)]
