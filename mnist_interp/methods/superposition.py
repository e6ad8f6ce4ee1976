"""How many features share how many dimensions: four measures that need no feature names.

A *participation ratio*, (sum x)^2 / sum x^2, counts how many of some nonnegative numbers matter: n if n of them are
equal and the rest 0. Of squared singular values it is an *effective dimension*; of what a unit's loss costs each
feature it is the unit's *polysemanticity*. The *dimensionality* of a feature is the share of a dimension that it has
for itself, as Elhage et al. 2022 ("Toy models of superposition") define it from weights; here it comes from any table
of how far each feature's presence moves each feature's reading, so it can be measured where no weight is a feature's.
"""

from __future__ import annotations

import numpy as np


def participation(costs: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the participation ratio of costs: (sum of d)^2 / sum of d^2, over entries d above 0.

    Parameters
    ----------
    costs : numpy.ndarray
        In any unit; what is not above 0 counts as none.
    axis : int
        Along which they are spread.

    Returns
    -------
    numpy.ndarray
        From 1 to the number of entries; not a number where no cost is above 0.
    """
    paid = np.clip(np.asarray(costs, dtype=float), 0, None)
    squares = np.square(paid).sum(axis)
    return np.divide(np.square(paid.sum(axis)), squares, out=np.full(np.shape(squares), np.nan), where=squares > 0)


def effective_dimension(weights: np.ndarray) -> np.ndarray:
    """Return the participation ratio of a matrix's squared singular values.

    Parameters
    ----------
    weights : numpy.ndarray of shape (..., n_out, n_in)
        Such as a readout.

    Returns
    -------
    numpy.ndarray of shape (...)
        From 1 to the rank, of directions that the matrix uses; not a number for a matrix of zeros.
    """
    return participation(np.square(np.linalg.svd(np.asarray(weights, dtype=float), compute_uv=False)))


def causal_dimensionality(interference: np.ndarray, *, groups: np.ndarray | None = None) -> np.ndarray:
    """Return each feature's share of the movement in its own logit: D_f = I_ff^2 / sum over g of I_fg^2.

    With I_fg the product of two features' weight vectors this is their dimensionality in Elhage et al. 2022.

    Parameters
    ----------
    interference : numpy.ndarray of shape (..., n_features, n_features)
        How far the reading of feature f (row) moves when feature g (column) is put in.
    groups : numpy.ndarray of shape (n_features,), optional
        Features of one group exclude each other, so that one must move another's reading: such pairs do not count.

    Returns
    -------
    numpy.ndarray of shape (..., n_features)
        From 0 to 1, a dimension of its own; not a number where nothing moves the reading.
    """
    squares = np.square(np.asarray(interference, dtype=float))
    own = np.diagonal(squares, axis1=-2, axis2=-1)
    if groups is not None:
        counted = (groups[:, None] != groups) | np.eye(len(groups), dtype=bool)
        squares = squares * counted
    whole = squares.sum(-1)
    return np.divide(own, whole, out=np.full(own.shape, np.nan), where=whole > 0)
