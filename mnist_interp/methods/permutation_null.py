"""Permuted labels: the null of every score that tells a digit from the rest image by image.

A unit's values stay, the labels of the images are permuted. Ranks and reports are taken once, so that a permutation
is one product of matrices: a hundred of them for 48 units and 10,000 images take about half a second.
"""

from __future__ import annotations

import numpy as np

from mnist_interp.methods import ranks, selectivity


def auroc(values: np.ndarray, labels: np.ndarray, *, repeats: int, seed: int) -> np.ndarray:
    """Return `selectivity.auroc` under permuted labels.

    Parameters
    ----------
    values, labels
        As of `selectivity.auroc`.
    repeats : int
        Permutations.
    seed : int
        Of the permutations.

    Returns
    -------
    numpy.ndarray of shape (repeats, 10, n_units)
        One table a permutation.
    """
    own = np.bincount(labels)[:, None]
    means = selectivity.permuted_means(ranks.averaged(values), labels, repeats=repeats, seed=seed)
    return (means - (own + 1) / 2) / (len(labels) - own)


def rates(
    values: np.ndarray, labels: np.ndarray, digits: np.ndarray, thresholds: np.ndarray, *, repeats: int, seed: int
) -> np.ndarray:
    """Return hit rate and false-alarm rate, as of `selectivity.rates`, under permuted labels.

    Parameters
    ----------
    values, labels, digits, thresholds
        As of `selectivity.rates`.
    repeats : int
        Permutations.
    seed : int
        Of the permutations.

    Returns
    -------
    numpy.ndarray of shape (repeats, 2, n_units)
        Hits, then false alarms; both near the share of images that the unit reports.
    """
    reported = (values > thresholds).astype(float)
    own = np.bincount(labels)[digits]
    hits = selectivity.permuted_means(reported, labels, repeats=repeats, seed=seed)[:, digits, np.arange(len(digits))]
    alarms = (reported.sum(0) - hits * own) / (len(labels) - own)
    return np.stack([hits, alarms], axis=1)
