"""Class tuning of units: how much more strongly a unit responds to one digit than to the others.

Most of it starts from a unit's mean activation for each of the ten digits, (10, n_units). The per-class score is
the one of the published notebooks; the index of Morcos et al. 2018 (arXiv:1803.06959) is one number a unit. Means can
mislead, so `auroc` and `rates` go back to the single images: how well does the unit tell its digit from the rest
(Gale et al. 2019 show how an index alone overstates it)? A network of 48 units and 10,000 images takes about 0.1 s.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mnist_interp.methods import class_sums, ranks

EPSILON = 0.001
SPARSE = 0.05
ALWAYS = 0.99
STRONG = 0.5


def class_means(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of each unit's values over the images of each digit.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_images, n_units)
        Activations, or gradients.
    labels : numpy.ndarray of shape (n_images,)
        The classes, 0, 1, 2, ...

    Returns
    -------
    numpy.ndarray of shape (n_classes, n_units)
        In the unit of the values; not a number for a class without images.

    Raises
    ------
    ValueError
        If the two differ in length, or values are not finite.
    """
    values, labels = _checked(values, labels)
    counts = np.bincount(labels)
    sums = np.eye(len(counts), dtype=values.dtype)[labels].T @ values
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], np.nan)


def _checked(values: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    values, labels = np.asarray(values), np.asarray(labels)
    if values.ndim != 2 or labels.shape != values.shape[:1]:
        raise ValueError(f"values {values.shape} and labels {labels.shape}: expected (n_images, n_units), (n_images,)")
    if not np.isfinite(values).all():
        raise ValueError("the values are not all finite")
    return values, labels


def class_selectivity(means: np.ndarray) -> np.ndarray:
    """Return the published per-class score, S = (own - rest) / (own + rest + 0.001).

    Parameters
    ----------
    means : numpy.ndarray of shape (..., n_classes, n_units)
        Class means of activations that are not negative; classes without images are left out.

    Returns
    -------
    numpy.ndarray of shape (..., n_classes, n_units)
        From -1, silent for this class alone, to 1, active for this class alone.

    Raises
    ------
    ValueError
        If a mean is below 0: the score would leave [-1, 1].
    """
    if np.nanmin(means, initial=0) < 0:
        raise ValueError(
            "class means below 0: the score is of activations that are not negative; record them behind "
            "the ReLU, or take .relu() of them, or AUROC instead"
        )
    others = (~np.isnan(means)).sum(axis=-2, keepdims=True) - 1
    rest = (np.nansum(means, axis=-2, keepdims=True) - means) / np.maximum(others, 1)
    return (means - rest) / (means + rest + EPSILON)


def preferred_class(means: np.ndarray) -> np.ndarray:
    """Return the digit that each unit is most active for, (..., n_units), -1 where it is never active."""
    return np.where(means.max(axis=-2) > 0, means.argmax(axis=-2), -1)


def top_units(scores: np.ndarray, count: int = 3) -> np.ndarray:
    """Return the highest-scoring units for each digit, best first.

    Parameters
    ----------
    scores : numpy.ndarray of shape (10, n_units)
        Any score by digit and unit.
    count : int
        How many.

    Returns
    -------
    numpy.ndarray of shape (10, count)
        Unit numbers.
    """
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]


def morcos_index(means: np.ndarray) -> np.ndarray:
    """Return the class selectivity index of Morcos et al. 2018, (max - rest) / (max + rest + 0.001).

    Parameters
    ----------
    means : numpy.ndarray of shape (..., n_classes, n_units)
        Class means of activations that are not negative; classes without images are left out.

    Returns
    -------
    numpy.ndarray of shape (..., n_units)
        From 0, the same for every digit or dead, to 1, active for one digit alone.
    """
    return np.nanmax(class_selectivity(means), axis=-2)


def auroc(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how often a unit is more active on an image of the digit than on one of another, ties counting half.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_images, n_units)
        Activations.
    labels : numpy.ndarray of shape (n_images,)
        The classes, 0, 1, 2, ...

    Returns
    -------
    numpy.ndarray of shape (n_classes, n_units)
        The area under the curve of hit rate by false-alarm rate: 1 where some threshold separates the class from all
        others, 0.5 where the unit says nothing about it; not a number for a class without images.

    Raises
    ------
    ValueError
        As `class_means`.
    """
    values, labels = _checked(values, labels)
    return _area(class_means(ranks.averaged(values), labels), labels)


def _area(mean_ranks: np.ndarray, labels: np.ndarray) -> np.ndarray:
    own = np.bincount(labels)[:, None]
    return (mean_ranks - (own + 1) / 2) / (len(labels) - own)


def best_thresholds(values: np.ndarray, labels: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """Return for each unit the threshold that maximizes hit rate minus false-alarm rate.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_images, n_units)
        Activations on training images.
    labels : numpy.ndarray of shape (n_images,)
        The digits.
    digits : numpy.ndarray of int, shape (n_units,)
        The digit that each unit is to report.

    Returns
    -------
    numpy.ndarray of shape (n_units,)
        A unit reports its digit when it is above this.
    """
    found = np.empty(values.shape[1], values.dtype)
    columns = np.ascontiguousarray(values.T)
    for unit, (order, digit) in enumerate(zip(np.argsort(columns, axis=1), digits, strict=True)):
        column, own = columns[unit, order], labels[order] == digit
        gain = np.cumsum(~own) / max((~own).sum(), 1) - np.cumsum(own) / max(own.sum(), 1)
        gain[:-1][column[1:] == column[:-1]] = -np.inf  # a threshold lies after the last of equal values
        found[unit] = column[gain.argmax()]
    return found


def rates(values: np.ndarray, labels: np.ndarray, digits: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return how well each unit, reporting whenever it is above its threshold, detects its digit.

    Parameters
    ----------
    values, labels, digits
        As of `best_thresholds`, on other images.
    thresholds : numpy.ndarray of shape (n_units,)
        From `best_thresholds`.

    Returns
    -------
    numpy.ndarray of shape (3, n_units)
        Hit rate: share of the digit's images that are reported. False-alarm rate: share of the others that are. And
        false share: share of the reports that are wrong, 0 for a unit that reports nothing.
    """
    reported = values > thresholds
    own = labels[:, None] == digits
    hits, alarms = (reported & own).sum(0), (reported & ~own).sum(0)
    return np.stack(
        [hits / np.maximum(own.sum(0), 1), alarms / np.maximum((~own).sum(0), 1), alarms / np.maximum(hits + alarms, 1)]
    )


def permuted_means(values: np.ndarray, labels: np.ndarray, *, repeats: int, seed: int) -> np.ndarray:
    """Return class means under permuted labels: the null of every score that starts from them.

    Parameters
    ----------
    values, labels
        As of `class_means`.
    repeats : int
        Permutations.
    seed : int
        Of the permutations.

    Returns
    -------
    numpy.ndarray of shape (repeats, 10, n_units)
        One table of class means a permutation.
    """
    generator, counts = np.random.default_rng(seed), np.bincount(labels)[:, None]
    return np.stack([class_sums.of(values, generator.permutation(labels))[0] / counts for _ in range(repeats)])


def status(means: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Return in a word what kind of unit each is.

    Parameters
    ----------
    means : numpy.ndarray of shape (..., 10, n_units)
        Class means of activations.
    active : numpy.ndarray of shape (..., n_units)
        Share of training images on which the unit is above 0.

    Returns
    -------
    numpy.ndarray of str, shape (..., n_units)
        The first that applies of ``dead`` (never active), ``sparse`` (on less than a twentieth of images),
        ``selective`` (a score of a half or more, which is three times the mean of the rest, for one digit),
        ``shared`` (for several), ``always on`` (on at least 99 of 100 images), ``broad``.
    """
    strong = (class_selectivity(means) >= STRONG).sum(axis=-2)
    conditions = [active == 0, active < SPARSE, strong == 1, strong > 1, active >= ALWAYS]
    return np.select(conditions, ["dead", "sparse", "selective", "shared", "always on"], "broad")
