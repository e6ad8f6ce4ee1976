"""How classes lie among points: which two overlap, and how far each lies from the next.

Small and exact: points of two dimensions or of sixteen, 2,000 of them, take some hundredths of a second.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

PAIRS = tuple(combinations(range(10), 2))


def overlaps(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the share of two digits' points that the best straight cut between them leaves on the wrong side.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        A layer's activations, or a map of them.
    labels : numpy.ndarray of shape (n_points,)
        The digits; each of the ten is there.

    Returns
    -------
    numpy.ndarray of shape (45,)
        By pair of digits, in the order of `PAIRS`: near 0 where they lie apart, near one half where they coincide. The
        cut is the linear discriminant, fitted on the same points.
    """
    return np.array([_misplaced(points[both], labels[both]) for both in (np.isin(labels, pair) for pair in PAIRS)])


def _misplaced(points: np.ndarray, labels: np.ndarray) -> float:
    return 1 - float(LinearDiscriminantAnalysis().fit(points, labels).score(points, labels))


def to_the_nearest(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the distance of each digit's center, the mean of its points, to the nearest other center: (10,).

    Parameters
    ----------
    points, labels
        As of `overlaps`.
    """
    centers = np.stack([points[labels == digit].mean(0) for digit in range(10)])
    apart = np.linalg.norm(centers[:, None] - centers, axis=2)
    np.fill_diagonal(apart, np.inf)
    return apart.min(1)
