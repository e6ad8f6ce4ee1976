"""Curves in a selective subspace: what runs along them, and why they are thin.

Take a digit's five most selective units of layer 2 and the digit's own images in them. Their *position* is their place
along the direction in which they spread most. How much of it do slant, thickness and loop size foretell, measures of
the image that no network has seen? And how many of the five units are active at all: where all but one are silent the
points lie on a line, whatever the digit. Fitted on training images, scored on test images; under 2 s a network.
"""

from __future__ import annotations

from functools import cache

import joblib
import numpy as np

from mnist_interp import clouds, dimension, fives, mnist, shape, store
from mnist_interp.mnist import Split
from mnist_interp.training import Population, Run

LAYER = "relu2"
FITTED_PER_CLASS = 2_000
TEST_PER_CLASS = 890


@cache
def shapes(split: Split, per_class: int) -> np.ndarray:
    """Return slant, thickness and loop size of the images that `clouds.points` takes, (n_images, 3)."""
    return shape.describe(mnist.load(split).images[mnist.sample(split, per_class)])


def direction(points: np.ndarray) -> np.ndarray:
    """Return the unit vector along which points, (n_points, n_units), spread most, its entries' sum positive."""
    axis = np.linalg.svd(points - points.mean(0), full_matrices=False)[2][0]
    return axis if axis.sum() >= 0 else -axis


def explained(fitted: np.ndarray, fitted_shapes: np.ndarray, test: np.ndarray, test_shapes: np.ndarray) -> float:
    """Return how much of the position along a curve a linear function of the shape foretells.

    Parameters
    ----------
    fitted, test : numpy.ndarray of shape (n_images,)
        Positions on the images that are fitted on, and on others.
    fitted_shapes, test_shapes : numpy.ndarray of shape (n_images, n_descriptors)
        Measures of the images.

    Returns
    -------
    float
        Share of the variance on the other images; 0 if the position never varies there.
    """
    columns = [np.column_stack([part, np.ones(len(part))]) for part in (fitted_shapes, test_shapes)]
    weights = np.linalg.lstsq(columns[0], fitted, rcond=None)[0]
    spread = test.var()
    return float(1 - np.square(test - columns[1] @ weights).mean() / spread) if spread > 0 else 0.0


def _digit(parts: tuple[np.ndarray, np.ndarray], forms: tuple[np.ndarray, np.ndarray], seed: int) -> list[float]:
    """Return the shares foretold by all shapes, by each alone and by shuffled ones, and how thin the cloud is."""
    fitted, test = parts
    axis = direction(fitted)
    along = tuple((part - fitted.mean(0)) @ axis for part in parts)
    generator = np.random.default_rng(seed)
    shuffled = tuple(generator.permutation(form) for form in forms)
    alone = [explained(along[0], forms[0][:, [k]], along[1], forms[1][:, [k]]) for k in range(len(shape.SHAPES))]
    together = explained(along[0], forms[0], along[1], forms[1])
    null = explained(along[0], shuffled[0], along[1], shuffled[1])
    active = (test > 0).sum(1)
    spread = test.var(0).sum()
    share = float(along[1].var() / spread) if spread > 0 else 0.0
    return [together, *alone, null, (active <= 1).mean(), (active <= 2).mean(), share, dimension.intrinsic(test)]


COLUMNS = ("all shapes", *shape.SHAPES, "shuffled", "one active", "two active", "along", "dimension")


def _measure(run: Run, checkpoint: int) -> np.ndarray:
    fitted = clouds.points(run, LAYER, "train", per_class=FITTED_PER_CLASS, checkpoint=checkpoint).astype(float)
    test = clouds.points(run, LAYER, per_class=TEST_PER_CLASS, checkpoint=checkpoint).astype(float)
    own = clouds.labels("train", per_class=FITTED_PER_CLASS), clouds.labels(per_class=TEST_PER_CLASS)
    forms = shapes("train", FITTED_PER_CLASS), shapes("test", TEST_PER_CLASS)
    rows = []
    for digit, units in enumerate(fives.selective_fives(run)):
        of = own[0] == digit, own[1] == digit
        parts = fitted[of[0]][:, units], test[of[1]][:, units]
        rows.append(_digit(parts, (forms[0][of[0]], forms[1][of[1]]), run.seed))
    return np.array(rows)


@store.cached
def measure(population: Population) -> store.Arrays:
    """Measure every digit's images in its class-selective five of layer 2, in every network.

    The units are those that are selective after training, for the untrained network too.

    Returns
    -------
    dict of numpy.ndarray of shape (n_runs, 10, 9 of `COLUMNS`)
        ``trained`` and ``untrained``. Shares of the variance of the position that shapes foretell on test images, all
        three, each alone and shuffled; shares of images on which at most one and at most two of the five units are
        active; the position's share of the cloud's variance; and the cloud's intrinsic dimension.
    """
    found = joblib.Parallel(n_jobs=-1)(joblib.delayed(_measure)(run, place) for run in population for place in (-1, 0))
    both = np.array(found).reshape(len(population), 2, 10, len(COLUMNS))
    return {"trained": both[:, 0], "untrained": both[:, 1]}
