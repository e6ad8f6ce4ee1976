"""What a drawing is compared with: 200 training images of each digit, and how near and how dark those are.

How far an image is from others is its mean Euclidean distance, in pixels of [0, 1], from the five nearest; of the
training images themselves, each from the others. Its ink is the sum of its pixels.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from mnist_interp.data import mnist
from mnist_interp.methods import activations, projections
from mnist_interp.training.runs import Run

PER_DIGIT, NEAREST = 200, 5
STEPS = 200  # of the percentiles: half a percent each
LAYER = "relu2"


def places() -> np.ndarray:
    """Return which training images those are, (2000,)."""
    return mnist.sample("train", PER_DIGIT)


def distances(images: np.ndarray, others: np.ndarray, *, itself: bool = False) -> np.ndarray:
    """Return how far images are from others.

    Parameters
    ----------
    images, others : numpy.ndarray of shape (n_images, 784), (n_others, 784)
        Pixels in [0, 1].
    itself : bool
        Whether they are the same, and the nearest of each is itself.

    Returns
    -------
    numpy.ndarray of shape (n_images,)
        The mean distance from the nearest `NEAREST`.
    """
    squares = (images**2).sum(1)[:, None] + (others**2).sum(1) - 2 * images @ others.T
    first = 1 if itself else 0
    nearest = np.sort(squares, axis=1)[:, first : first + NEAREST]
    return np.sqrt(np.maximum(nearest, 0)).mean(1)


@cache
def quantiles() -> dict[str, list[float]]:
    """Return quantiles of ``distance`` and ``ink`` of the 2,000 images, `STEPS` + 1 each, from least to greatest."""
    pixels = mnist.load("train").pixels.numpy()[places()].astype(np.float64)
    measured = {"distance": distances(pixels, pixels, itself=True), "ink": pixels.sum(1)}
    shares = np.linspace(0, 1, STEPS + 1)
    return {name: np.quantile(values, shares).round(4).tolist() for name, values in measured.items()}


def plane(run: Run) -> dict[str, list[list[float]] | list[float]]:
    """Return the plane of the two first linear discriminants of a perceptron's layer 2, fitted on all training images.

    Returns
    -------
    dict
        ``axes`` (2, n_units) and ``center`` (n_units,): a place is ``(activations - center) @ axes.T``; ``means``
        (10, 2): the places of the digits' mean activations.
    """
    train = mnist.load("train")
    values = activations.record(run.model(), train.pixels, [LAYER])[LAYER].numpy()
    basis = projections.discriminant_basis(values, train.labels)
    means = basis.transform(np.stack([values[train.labels == digit].mean(0) for digit in range(10)]))
    axes = basis.scalings_[:, :2].T
    return {"axes": axes.round(6).tolist(), "center": basis.xbar_.round(6).tolist(), "means": means.round(4).tolist()}
