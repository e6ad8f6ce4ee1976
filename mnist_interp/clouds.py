"""A layer as a cloud of points: the same evenly chosen images for every measure of its geometry.

Scores that compare all pairs of points grow with the square of their number, so they are taken on some hundred images
of each digit, equally spaced in the order of the file (`mnist.sample`); what is chosen is chosen on training images.
"""

from __future__ import annotations

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
    images = mnist.load(split).pixels[mnist.sample(split, per_class)]
    if layer == "pixels":
        return images.numpy()
    return probe.activations(run.model(checkpoint), images, [layer])[layer].flatten(1).numpy()


def labels(split: Split = "test", *, per_class: int) -> np.ndarray:
    """Return the digits of the images that `points` takes, (10 * per_class,)."""
    return mnist.load(split).labels[mnist.sample(split, per_class)]
