"""Sums and sums of squares by digit, in one compiled pass: the basis of means and spreads of activations.

In double precision: 10,000 images of 32 units take 0.1 ms.
"""

from __future__ import annotations

import sys

import numpy as np
from numba import njit

from mnist_interp.runtime import numba_cache


@njit(fastmath=True)  # pragma: no cover
def _summed(values, labels):  # type: ignore[no-untyped-def]
    n, m = values.shape
    n_classes = labels.max() + 1
    sums, squares = np.zeros((n_classes, m)), np.zeros((n_classes, m))
    for i in range(n):
        digit = labels[i]
        for j in range(m):
            value = np.float64(values[i, j])
            sums[digit, j] += value
            squares[digit, j] += value * value
    return sums, squares


numba_cache.keep([sys.modules[__name__]])


def of(values: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums of values over the images of each digit, and those of their squares.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_images, n_values)
        Activations.
    labels : numpy.ndarray of int64, shape (n_images,)
        The classes, 0, 1, 2, ...

    Returns
    -------
    sums, squares : numpy.ndarray of float64, shape (n_classes, n_values)
        Zero for a class without images.
    """
    return _summed(np.ascontiguousarray(values), labels)
