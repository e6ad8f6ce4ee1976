"""The first principal components of the pixels: what can be said of an image without labels, and without a network.

Of 10,000 training images; under a second, once.
"""

from __future__ import annotations

import numpy as np

from mnist_interp.data import mnist
from mnist_interp.data.mnist import Split
from mnist_interp.runtime import store

COUNT = 16  # as many as layer 2 has units
FITTED_PER_CLASS = 1_000


@store.cached
def basis() -> store.Arrays:
    """Return ``mean`` (784,) and ``components`` (784, 16) of training images, the largest variance first."""
    pixels = mnist.load("train").pixels[mnist.sample("train", FITTED_PER_CLASS)].numpy().astype(float)
    mean = pixels.mean(0)
    axes = np.linalg.eigh(np.cov(pixels, rowvar=False))[1]
    return {"mean": mean, "components": axes[:, ::-1][:, :COUNT]}


def scores(split: Split, per_class: int | None = None) -> np.ndarray:
    """Return the components' values on images, (n_images, 16): all of a split, or so many of each digit."""
    found = basis()
    pixels = mnist.load(split).pixels
    chosen = pixels if per_class is None else pixels[mnist.sample(split, per_class)]
    return (chosen.numpy() - found["mean"]) @ found["components"]
