"""What a linear reader can make of each stage of a network, from the pixels to the last hidden layer.

Ridge regression onto the ten digits (scikit-learn's `RidgeClassifier`) rather than logistic regression: stages have up
to 1,568 numbers an image, and it has a closed form. Fitted on 5,000 training images, scored on 2,000 test images, the
penalty the same for all on values scaled to unit mean square. About 1 s a network, untrained or trained.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from sklearn.linear_model import RidgeClassifier

from mnist_interp import clouds, mnist, pool, probe, store
from mnist_interp.recipes import few_in_preview
from mnist_interp.training import Population, Run

FITTED, SCORED = few_in_preview(500), few_in_preview(200)
_PENALTY = 10.0


def probe_accuracy(fitted: np.ndarray, fitted_labels: np.ndarray, points: np.ndarray, labels: np.ndarray) -> float:
    """Return the accuracy of a linear reader of a stage.

    Parameters
    ----------
    fitted, points : numpy.ndarray of shape (n_images, n_values)
        The stage on training images, and on test images.
    fitted_labels, labels : numpy.ndarray of shape (n_images,)
        The digits of both.

    Returns
    -------
    float
        A fraction of the test images.
    """
    center = fitted.mean(0)
    scale = float(np.sqrt(np.square(fitted - center).mean())) or 1.0
    reader = RidgeClassifier(alpha=_PENALTY).fit((fitted - center) / scale, fitted_labels)
    return float(reader.score((points - center) / scale, labels))


def _accuracies(run: Run, checkpoint: int) -> np.ndarray:
    layers = probe.rectified(run.model())
    fitted = clouds.of_layers(run, layers, "train", per_class=FITTED, checkpoint=checkpoint)
    scored = clouds.of_layers(run, layers, "test", per_class=SCORED, checkpoint=checkpoint)
    labels = clouds.labels("train", per_class=FITTED), clouds.labels("test", per_class=SCORED)
    hidden = [probe_accuracy(fitted[layer], labels[0], scored[layer], labels[1]) for layer in layers]
    return np.array([_from_pixels(), *hidden])


@cache
def _from_pixels() -> float:
    """Return the accuracy of the first stage, which is the same for all networks."""
    digits: list[tuple[mnist.Split, int]] = [("train", FITTED), ("test", SCORED)]
    pixels = [mnist.load(split).pixels[mnist.sample(split, count)].numpy() for split, count in digits]
    labels = [clouds.labels(split, per_class=count) for split, count in digits]
    return probe_accuracy(pixels[0], labels[0], pixels[1], labels[1])


@store.cached
def summary(population: Population) -> store.Arrays:
    """Read every stage of every network of a population, untrained and trained.

    Returns
    -------
    dict of numpy.ndarray
        ``accuracy``: (n_runs, 2, n_stages), fractions; untrained first; stages are the pixels and then each ReLU.
    """
    jobs = [(run, checkpoint) for run in population for checkpoint in (0, -1)]
    found = np.stack(pool.each(_accuracies, jobs))
    return {"accuracy": found.reshape(len(population), 2, -1)}
