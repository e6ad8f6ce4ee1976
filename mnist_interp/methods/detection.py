"""How well a unit detects a rare class: precision and recall, instead of one threshold.

Where one image in ten is of the class, a threshold that best balances hits and false alarms reports about as many wrong
images as right ones, whatever the unit. Precision at every recall does not depend on such a choice (Davis and Goadrich
2006).
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import precision_recall_curve


def average_precision(values: np.ndarray, labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return each unit's area under the precision-recall curve for a class of its own.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_images, n_units)
        Activations.
    labels : numpy.ndarray of shape (n_images,)
        The classes.
    classes : numpy.ndarray of int, shape (n_units,)
        What each unit is to detect.

    Returns
    -------
    numpy.ndarray of shape (n_units,)
        1 for a perfect detector, the class's share of the images for one that says nothing.
    """
    columns, found = np.ascontiguousarray(values.T), []
    for column, loudest, one in zip(columns, np.argsort(-columns, axis=1), classes, strict=True):
        ends = np.append(np.flatnonzero(np.diff(column[loudest])), len(labels) - 1)  # equal ones together
        hits = np.cumsum(labels[loudest] == one)[ends]
        found.append(np.diff(hits, prepend=0) @ (hits / (ends + 1)) / max(hits[-1], 1))
    return np.array(found)


def recall_at_precision(values: np.ndarray, labels: np.ndarray, classes: np.ndarray, *, precision: float) -> np.ndarray:
    """Return the largest recall at which a unit's precision is at least a given value, 0 if it never is.

    Parameters
    ----------
    values, labels, classes
        As of `average_precision`.
    precision : float
        Share of the reports that are to be right.

    Returns
    -------
    numpy.ndarray of shape (n_units,)
        Shares of the class's images.
    """
    found = []
    for column, one in zip(values.T, classes, strict=True):
        right, recall, _ = precision_recall_curve(labels == one, column)
        found.append(recall[right >= precision].max())  # the curve ends at precision 1 and recall 0
    return np.array(found)
