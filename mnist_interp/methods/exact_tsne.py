"""The gradient of t-SNE over all pairs of points, for openTSNE to descend.

openTSNE approximates it by Barnes and Hut's tree or on a grid, which pays from some ten thousand points on. For a few
thousand, all pairs in one compiled loop take a seventh of the tree's time, and nothing is approximated: about 0.6 ms
a step for 2,000 points. Forces are summed in single precision: to a millionth, which is less than the tree leaves out.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import njit

from mnist_interp.runtime import numba_cache


@njit(fastmath=True, error_model="numpy")  # pragma: no cover
def _repulsion(x, y):  # type: ignore[no-untyped-def]
    """Return the sums over j of q_ij^2 (y_i - y_j), (n_points, 2), and the sum of all q_ij with i unlike j."""
    n = len(x)
    found = np.empty((n, 2), np.float32)
    total = 0.0
    one = np.float32(1)
    for i in range(n):
        own_x, own_y = x[i], y[i]
        push_x = push_y = row = np.float32(0)
        for j in range(n):
            right, up = own_x - x[j], own_y - y[j]
            q = one / (one + right * right + up * up)
            row += q
            push_x += q * q * right
            push_y += q * q * up
        found[i, 0], found[i, 1] = push_x, push_y
        total += row - one
    return found, total


@njit(fastmath=True, error_model="numpy")  # pragma: no cover
def _attraction(x, y, starts, others, weights):  # type: ignore[no-untyped-def]
    """Return the sums over j of p_ij q_ij (y_i - y_j), (n_points, 2)."""
    n = len(x)
    found = np.empty((n, 2))
    for i in range(n):
        own_x, own_y = x[i], y[i]
        pull_x = pull_y = 0.0
        for k in range(starts[i], starts[i + 1]):
            j = others[k]
            right, up = own_x - x[j], own_y - y[j]
            pull = weights[k] / (1 + right * right + up * up)
            pull_x += pull * right
            pull_y += pull * up
        found[i, 0], found[i, 1] = pull_x, pull_y
    return found


numba_cache.keep([sys.modules[__name__]])


def _divergence(x: np.ndarray, y: np.ndarray, affinities: Any, total: float) -> float:
    rows = np.repeat(np.arange(len(x)), np.diff(affinities.indptr))
    reach = 1 + (x[rows] - x[affinities.indices]) ** 2 + (y[rows] - y[affinities.indices]) ** 2
    p = affinities.data
    return float(np.sum(p * np.log(np.maximum(p, np.finfo(float).tiny) * reach)) + p.sum() * np.log(total))


def exact(
    embedding: np.ndarray, affinities: Any, *, should_eval_error: bool = False, **_: Any
) -> tuple[float, np.ndarray]:
    """Return the divergence of a map and its gradient, in the form that openTSNE's optimizer expects.

    Parameters
    ----------
    embedding : numpy.ndarray of shape (n_points, 2)
        The map.
    affinities : scipy.sparse.csr_matrix of shape (n_points, n_points)
        The p_ij, symmetric; they sum to 1, or to the exaggeration.
    should_eval_error : bool
        Whether the divergence is wanted.

    Returns
    -------
    divergence : float
        Of Kullback and Leibler, in nats; 0 where it is not wanted.
    gradient : numpy.ndarray of shape (n_points, 2)
        A quarter of the true one, as openTSNE's own objectives give it.
    """
    x, y = np.ascontiguousarray(np.asarray(embedding, float).T)
    pushed, total = _repulsion(x.astype(np.float32), y.astype(np.float32))
    gradient = _attraction(x, y, affinities.indptr, affinities.indices, affinities.data) - pushed / total
    return _divergence(x, y, affinities, total) if should_eval_error else 0.0, gradient
