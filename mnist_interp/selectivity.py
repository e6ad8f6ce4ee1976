"""Class tuning of units: how much more a unit does for one digit than for the others.

Everything here starts from a unit's mean activation for each of the ten digits, (10, n_units). The per-class score is
the one of the published notebooks; it resembles the index of Morcos et al. 2018 (arXiv:1803.06959) but is taken
against the mean of the other nine class means, for every class.
"""

from __future__ import annotations

import numpy as np

EPSILON = 0.001


def class_means(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of each unit's values over the images of each digit.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_images, n_units)
        Activations, or gradients.
    labels : numpy.ndarray of shape (n_images,)
        The digits, 0 to 9.

    Returns
    -------
    numpy.ndarray of shape (10, n_units)
        In the unit of the values.

    Raises
    ------
    ValueError
        If the two differ in length, or a digit has no image.
    """
    if len(values) != len(labels):
        raise ValueError(f"{len(values)} rows of values and {len(labels)} labels: expected one label a row")
    counts = np.bincount(labels, minlength=10)
    if (counts == 0).any():
        raise ValueError(f"no image of the digits {np.flatnonzero(counts == 0).tolist()}: expected every digit")
    sums = np.eye(10, dtype=values.dtype)[labels].T @ values
    return sums / counts[:, None]


def class_selectivity(means: np.ndarray) -> np.ndarray:
    """Return the published per-class score, S = (own - rest) / (own + rest + 0.001).

    Parameters
    ----------
    means : numpy.ndarray of shape (..., 10, n_units)
        Class means of activations that are not negative.

    Returns
    -------
    numpy.ndarray of shape (..., 10, n_units)
        From -1, silent for this digit alone, to 1, active for this digit alone.
    """
    rest = (means.sum(axis=-2, keepdims=True) - means) / 9
    return (means - rest) / (means + rest + EPSILON)


def preferred_class(means: np.ndarray) -> np.ndarray:
    """Return the digit that each unit is most active for, (..., n_units), -1 where it is never active."""
    return np.where(means.max(axis=-2) > 0, means.argmax(axis=-2), -1)


def top_units(scores: np.ndarray, count: int = 3) -> np.ndarray:
    """Return the units of highest score for each digit, best first.

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
