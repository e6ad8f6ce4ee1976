"""The two parts of a layer as its readout sees it: what it reads, and what no prediction depends on.

Adding the same number to all logits changes no prediction and no probability, so the readout is taken centered: less
its mean over the logits. Its rows span the *row space*, nine dimensions for ten digits; whatever happens at right
angles to them, in the *null space*, moves all logits alike.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg


def centered(weight: np.ndarray) -> np.ndarray:
    """Subtract from a readout, (n_classes, n_units), its mean over the classes."""
    weight = np.asarray(weight, dtype=float)
    return weight - weight.mean(0)


def row_space(weight: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the directions the readout reads.

    Parameters
    ----------
    weight : numpy.ndarray of shape (n_classes, n_units)
        Of the last linear layer.

    Returns
    -------
    numpy.ndarray of shape (n_units, rank)
        Columns; the rank is n_classes - 1, or n_units where there are no more units than that.
    """
    return linalg.orth(centered(weight).T)


def null_space(weight: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the directions the readout ignores, (n_units, n_units - rank); as `row_space`."""
    return linalg.null_space(centered(weight))
