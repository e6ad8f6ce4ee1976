"""Whether two layers are alike: in their geometry, whatever the axes, and neuron by neuron.

Debiased linear CKA (Kornblith et al. 2019, with the unbiased estimator of Song et al. 2012) and the Procrustes overlap
do not change when one layer is rotated; matching neurons by their correlation does. CKA alone can be moved at will by a
few far points (Davari et al. 2023), so it never stands alone here. All of it in feature space: 16 x 16 matrices in
place of 10,000 x 10,000 ones, a few milliseconds a pair.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from mnist_interp.methods import evaluate


def _cross(first: np.ndarray, second: np.ndarray) -> float:
    """Return the unbiased HSIC of two centered layers, up to a factor that cancels in ratios."""
    n = len(first)
    norms = [np.square(points).sum(1) for points in (first, second)]
    both = np.square(first.T @ second).sum() - norms[0] @ norms[1]
    sums = norms[0].sum() * norms[1].sum() / ((n - 1) * (n - 2))
    return float(both + sums - 2 * (norms[0] @ norms[1]) / (n - 2))


def _centered(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, dtype=float)
    return points - points.mean(0)


def self_similarity(points: np.ndarray) -> float:
    """Return the unbiased HSIC of a layer with itself, up to a factor that depends only on the number of images."""
    centered = _centered(points)
    return _cross(centered, centered)


def cka(first: np.ndarray, second: np.ndarray, *, of_second: float | None = None) -> float:
    """Return the debiased linear CKA of two layers on the same images.

    Parameters
    ----------
    first, second : numpy.ndarray of shape (n_images, n_units) and (n_images, m_units)
        Activations; four images or more.
    of_second : float, optional
        `self_similarity` of the second, where it is wide and compared with many.

    Returns
    -------
    float
        1 for layers that a rotation, a shift and one factor turn into each other, about 0 for unrelated ones; 0 if
        one of the two never varies.
    """
    one, other = _centered(first), _centered(second)
    scale = _cross(one, one) * (_cross(other, other) if of_second is None else of_second)
    return _cross(one, other) / float(np.sqrt(scale)) if scale > 0 else 0.0


def procrustes(first: np.ndarray, second: np.ndarray) -> float:
    """Return how well the best rotation aligns one layer with the other: 1 exactly, 0 not at all.

    Both are centered and scaled to the same size; the overlap is one less half their squared distance after rotation
    (Schönemann 1966), the sum of singular values of their cross-covariance. Parameters as of `cka`.
    """
    one, other = _centered(first), _centered(second)
    scale = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.linalg.svd(one.T @ other, compute_uv=False).sum()) / scale if scale > 0 else 0.0


def partners(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pair each unit of one layer with a unit of another, one to one, to maximize the sum of correlations.

    Parameters
    ----------
    first, second : numpy.ndarray of shape (n_images, n_units)
        Activations on the same images.

    Returns
    -------
    numpy.ndarray of int, shape (n_units,)
        Unit numbers of the second.
    """
    return linear_sum_assignment(-correlations(first, second))[1]


def partner_correlations(
    first: np.ndarray, second: np.ndarray, test_first: np.ndarray, test_second: np.ndarray
) -> np.ndarray:
    """Match the units of two layers on some images, and correlate partners on others.

    Parameters
    ----------
    first, second : numpy.ndarray of shape (n_images, n_units) and (n_images, m_units)
        Activations on the images on which units are matched, as by `partners`.
    test_first, test_second : numpy.ndarray
        The same on other images.

    Returns
    -------
    numpy.ndarray of shape (min(n_units, m_units),)
        Of those units of the first that have a partner, in their order.
    """
    rows, columns = linear_sum_assignment(-correlations(first, second))
    return correlations(test_first, test_second)[rows, columns]


def random_rotations(size: int, count: int, *, seed: int | Sequence[int]) -> np.ndarray:
    """Draw rotations and reflections of a space uniformly, (count, size, size)."""
    axes, triangle = np.linalg.qr(np.random.default_rng(seed).normal(size=(count, size, size)))
    return axes * np.sign(np.diagonal(triangle, axis1=1, axis2=2))[:, None]


def random_signs(size: int, count: int, *, seed: int) -> np.ndarray:
    """Draw reflections that flip axes at random without mixing them: (count, size, size)."""
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(count, size))
    return signs[:, :, None] * np.eye(size)


def turned_partner_correlations(
    first: np.ndarray, second: np.ndarray, test_first: np.ndarray, test_second: np.ndarray, turns: np.ndarray
) -> np.ndarray:
    """Match units of one layer with the axes of another that is rotated: the same geometry, other axes.

    Parameters
    ----------
    first, second, test_first, test_second
        As of `partner_correlations`.
    turns : numpy.ndarray of shape (n_turns, m_units, m_units)
        Rotations of the second, such as `random_rotations`.

    Returns
    -------
    numpy.ndarray of shape (n_turns,)
        Mean over units that have a partner.
    """
    tables = [_turned_correlations(one, other, turns) for one, other in ((first, second), (test_first, test_second))]
    found = []
    for learned, test in zip(*tables, strict=True):
        found.append(test[linear_sum_assignment(-learned)].mean())
    return np.array(found)


def _turned_correlations(first: np.ndarray, second: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Correlate units with rotated axes, (n_turns, n_units, m_units), from covariances alone."""
    one, other = _centered(first), _centered(second)
    lengths = np.sqrt(np.einsum("tij,ik,tkj->tj", turns, other.T @ other, turns, optimize=True).clip(0))
    scale = np.maximum(np.linalg.norm(one, axis=0)[:, None] * lengths[:, None], 1e-12)
    return (one.T @ other) @ turns / scale


def within(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Subtract from points, (n_images, n_units), their own digit's mean, so that means no longer tell digits apart."""
    digits, own = np.unique(labels, return_inverse=True)
    return points - np.stack([points[own == k].mean(0) for k in range(len(digits))])[own]


def linear_r_squared(
    sources: np.ndarray, targets: np.ndarray, test_sources: np.ndarray, test_targets: np.ndarray
) -> np.ndarray:
    """Return how much of each unit of one layer a linear function of another layer predicts.

    Parameters
    ----------
    sources, targets : numpy.ndarray of shape (n_images, n_units) and (n_images, m_units)
        Activations of both on the images on which the function is fitted.
    test_sources, test_targets : numpy.ndarray
        The same on other images.

    Returns
    -------
    numpy.ndarray of shape (m_units,)
        Share of variance on the other images (R squared); 0 for a unit that never varies there.
    """
    center = sources.mean(0), targets.mean(0)
    weights, *_ = np.linalg.lstsq(sources - center[0], targets - center[1], rcond=None)
    return evaluate.r_squared(test_targets, center[1] + (test_sources - center[0]) @ weights)


def random_directions_r_squared(
    sources: np.ndarray,
    targets: np.ndarray,
    test_sources: np.ndarray,
    test_targets: np.ndarray,
    *,
    dimensions: int,
    count: int,
    seed: int,
) -> np.ndarray:
    """Return what `linear_r_squared` gives of a layer of which only some random directions are seen, on average.

    Parameters
    ----------
    sources, targets, test_sources, test_targets
        As of `linear_r_squared`.
    dimensions : int
        Directions that are seen, drawn from a normal distribution each time.
    count : int
        Draws that are averaged.
    seed : int
        Of the draws.

    Returns
    -------
    numpy.ndarray of shape (m_units,)
        Mean share of variance; 0 for a unit that never varies.
    """
    center = sources.mean(0), targets.mean(0)
    known, wanted = sources - center[0], targets - center[1]
    seen, asked = test_sources - center[0], test_targets - center[1]
    directions = np.random.default_rng(seed).normal(size=(count, sources.shape[1], dimensions))
    turned = directions.swapaxes(1, 2)
    inverse = np.linalg.pinv(turned @ (known.T @ known) @ directions, rcond=1e-12, hermitian=True)
    weights = directions @ (inverse @ (turned @ (known.T @ wanted)))  # (count, n_units, m_units)
    quadratic = np.einsum("cim,ij,cjm->cm", weights, seen.T @ seen, weights, optimize=True)
    left = np.square(asked).sum(0) - 2 * np.einsum("cim,im->cm", weights, seen.T @ asked) + quadratic
    whole = test_targets.var(0) * len(test_targets)
    shares = 1 - np.divide(left, whole, out=np.ones_like(left), where=whole > 0)
    return shares.mean(0)


def correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlate class profiles, (10, n) and (10, m), unit by unit: (n, m); 0 for units that are the same for all."""
    scaled = []
    for means in (first, second):
        centered = means - means.mean(0)
        scaled.append(centered / np.maximum(np.linalg.norm(centered, axis=0), 1e-12))
    return scaled[0].T @ scaled[1]


def matched(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return how well each unit of the first network is matched by a unit of the second, one to one.

    Parameters
    ----------
    first, second : numpy.ndarray of shape (10, n_units)
        Class means of the two.

    Returns
    -------
    numpy.ndarray of shape (n_units,)
        Correlation with its partner in the assignment of greatest sum.
    """
    table = correlations(first, second)
    rows, columns = linear_sum_assignment(-table)
    return table[rows, columns]


def matched_by_chance(first: np.ndarray, second: np.ndarray, *, repeats: int, seed: int) -> np.ndarray:
    """Return `matched` with the second network's digits renamed at random, averaged over `repeats`."""
    generator = np.random.default_rng(seed)
    return np.mean([matched(first, second[generator.permutation(10)]) for _ in range(repeats)], axis=0)


def matched_when_rotated(first: np.ndarray, second: np.ndarray, *, repeats: int, seed: int) -> np.ndarray:
    """Return `matched` with the second network's class means rotated over its units, averaged over `repeats`.

    Rotating keeps which digits are alike (the Gram matrix of the ten profiles) and loses the neurons.
    """
    turns = random_rotations(second.shape[1], repeats, seed=seed)
    return np.mean([matched(first, second @ turn) for turn in turns], axis=0)


def similarity(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """Return how alike two layers are on the same images, in their geometry and unit by unit.

    Parameters
    ----------
    one, other : numpy.ndarray of shape (n_images, n_units) and (n_images, m_units)
        Activations.

    Returns
    -------
    dict of float
        ``cka``, debiased, and ``procrustes`` do not change when a layer is rotated; ``matched units``, the mean
        correlation of units with their partners in the best one-to-one assignment, does.
    """
    return {
        "cka": cka(one, other),
        "procrustes": procrustes(one, other),
        "matched units": float(matched(one, other).mean()),
    }
