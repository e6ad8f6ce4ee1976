"""Test images to look at closely: typical ones, odd ones, and ones on which two networks disagree.

Chosen by the margin of the true digit's logit over the best other one, in two networks: a rule, not a taste.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp.data import mnist
from mnist_interp.methods import activations, evaluate
from mnist_interp.training.runs import Run

KINDS = ("typical", "odd", "misread by the MLP alone", "misread by the CNN alone")


def rows(images: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    """Return ``image``, ``label`` and ``predicted`` of some test images, by their indices, for a gallery.

    Parameters
    ----------
    images : numpy.ndarray of int
        Indices into the test set.
    predicted : numpy.ndarray of int, shape (10000,)
        What a network predicts for all test images.
    """
    return pd.DataFrame({"image": images, "label": mnist.load("test").labels[images], "predicted": predicted[images]})


def misclassified(predicted: np.ndarray) -> pd.DataFrame:
    """Return the `rows` of the test images that a network misclassifies, given what it predicts for all."""
    return rows(np.flatnonzero(predicted != mnist.load("test").labels), predicted)


def margins(run: Run) -> np.ndarray:
    """Return by how much the true digit's logit exceeds the best other one on each test image, (10,000,)."""
    digits = mnist.load("test")
    return evaluate.margins(activations.logits(run.model(), digits.pixels).numpy(), digits.labels)


def choose(mlp: Run, cnn: Run, *, each: int) -> pd.DataFrame:
    """Choose test images of each of `KINDS`, of as many digits as there are.

    Typical: of a digit, the one with the median margin in both networks together. Odd: correctly classified by both by
    the smallest margins. Misread by one alone: where the other is surest.

    Parameters
    ----------
    mlp, cnn : Run
        The two networks.
    each : int
        Images of each kind; ten typical ones at most.

    Returns
    -------
    pandas.DataFrame
        Columns ``kind``, ``image``, ``label``, ``mlp`` and ``cnn``, the digits that the two read.
    """
    labels = mnist.load("test").labels
    pixels = mnist.load("test").pixels
    first, second = margins(mlp), margins(cnn)
    ranks = np.argsort(np.argsort(first)) + np.argsort(np.argsort(second))
    typical = []
    for digit in range(10):
        own = np.flatnonzero((labels == digit) & (first > 0) & (second > 0))
        typical.append(own[np.argsort(ranks[own], kind="stable")[len(own) // 2]])
    right = np.flatnonzero((first > 0) & (second > 0))
    odd = right[np.argsort(ranks[right], kind="stable")]
    lone_mlp = np.flatnonzero((first < 0) & (second > 0))
    lone_cnn = np.flatnonzero((first > 0) & (second < 0))
    groups = zip(
        KINDS,
        (
            np.array(typical),
            odd,
            lone_mlp[np.argsort(-second[lone_mlp], kind="stable")],
            lone_cnn[np.argsort(-first[lone_cnn], kind="stable")],
        ),
        strict=True,
    )
    frame = pd.concat(
        [pd.DataFrame({"kind": kind, "image": found[:each]}) for kind, found in groups], ignore_index=True
    )
    chosen = frame["image"].tolist()
    read = {
        name: activations.logits(run.model(), pixels[chosen]).argmax(1).numpy()
        for name, run in (("mlp", mlp), ("cnn", cnn))
    }
    return frame.assign(label=labels[chosen], **read)
