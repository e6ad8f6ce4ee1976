"""Intervals and one-sided tests over networks, and their adjustment: how a population of seeds becomes evidence.

The unit is the network. Means are judged by a t statistic that is corrected for skew in closed form (Hall 1992,
Journal of the Royal Statistical Society B 54, 221-228): no resampling, so the same effects give the same bits. It was
chosen by simulated coverage (`experiments.coverage`) among Student's t, bootstrap-t and BCa, before it saw an effect of
this book. Shares of networks have the exact interval of Clopper and Pearson (1934), families of tests Holm's (1979).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

Direction = Literal["greater", "less"]
FEWEST = 6  # networks that are tested: the skewness of fewer is anybody's guess


def checked(values: np.ndarray) -> np.ndarray:
    """Return effects as floats.

    Raises
    ------
    ValueError
        If there are fewer than two, or one is not finite.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(
            f"effects are of shape {values.shape} with {np.count_nonzero(~np.isfinite(values))} not finite: expected "
            "one finite number a seed, for two seeds or more"
        )
    return values


def _rounding(effects: np.ndarray) -> float:
    return float(1e-12 * np.abs(effects).max())


def _alike(effects: np.ndarray, error: float) -> bool:
    """Whether all effects are the same up to rounding: they have no spread to judge by."""
    return bool(max(np.ptp(effects), error) <= _rounding(effects))


def _skewness(effects: np.ndarray) -> float:
    return float(stats.skew(effects, bias=False)) if len(effects) >= FEWEST else 0.0


def standard_error(effects: np.ndarray) -> float:
    """Return the standard error of the mean over networks, in the unit of the effects."""
    return float(stats.sem(effects))


def interval(effects: np.ndarray, *, confidence: float = 0.95, error: float | None = None) -> tuple[float, float]:
    """Return an interval of the mean effect over networks, by Hall's skewness-corrected t.

    Parameters
    ----------
    effects : numpy.ndarray of shape (n_seeds,)
        In any unit.
    confidence : float
        Share of such intervals that would cover the mean.
    error : float, optional
        Standard error of the mean, where more than networks was sampled; `standard_error` unless told.

    Returns
    -------
    (float, float)
        Lower and upper end, in the unit of the effects.

    Raises
    ------
    ValueError
        If there are fewer than two effects, or one is not finite.
    """
    effects = checked(effects)
    error = standard_error(effects) if error is None else error
    if _alike(effects, error):
        return float(effects.min()), float(effects.max())
    n, skewness = len(effects), _skewness(effects)
    beyond = stats.t.ppf([(1 + confidence) / 2, (1 - confidence) / 2], n - 1) / np.sqrt(n)
    shift = beyond - skewness / (6 * n)
    t = shift if abs(skewness) < 1e-9 else 3 / skewness * (np.cbrt(1 + skewness * shift) - 1)
    low, high = effects.mean() - t * error * np.sqrt(n)
    return float(low), float(high)


def tail(effects: np.ndarray, *, beyond: float, direction: Direction, error: float | None = None) -> float:
    """Return the one-sided p-value of the mean effect lying beyond a value, by Hall's skewness-corrected t.

    Parameters
    ----------
    effects : numpy.ndarray of shape (n_seeds,)
        In any unit.
    beyond : float
        Where the null ends, in the same unit.
    direction : {"greater", "less"}
        On which side of it the effect is claimed to lie.
    error : float, optional
        As of `interval`.

    Returns
    -------
    float
        Fewer than `FEWEST` effects settle nothing: 1. Effects that are all the same have no spread; they get what a
        sign test would: one half to the power of their number where they lie beyond, else 1.

    Raises
    ------
    ValueError
        If there are fewer than two effects, or one is not finite.
    """
    effects = checked(effects)
    error = standard_error(effects) if error is None else error
    n, away = len(effects), effects.mean() - beyond
    if n < FEWEST:
        return 1.0
    if _alike(effects, error):
        return 0.5**n if (away if direction == "greater" else -away) > _rounding(effects) else 1.0
    t, skewness = away / (error * np.sqrt(n)), _skewness(effects)
    corrected = t + skewness * t**2 / 3 + skewness**2 * t**3 / 27 + skewness / (6 * n)
    student = stats.t(n - 1)
    return float(student.sf(np.sqrt(n) * corrected) if direction == "greater" else student.cdf(np.sqrt(n) * corrected))


def crossed_error(effects: np.ndarray) -> float:
    """Return the standard error of a mean over networks and images, both taken as sampled.

    Parameters
    ----------
    effects : numpy.ndarray of shape (n_seeds, n_images)
        What each network contributes on each image.

    Returns
    -------
    float
        By two-way clustering (Cameron, Gelbach and Miller 2011): variance by networks and by images, less what both
        count; never below that by networks alone.
    """
    n_seeds, n_images = effects.shape
    by_seed, by_image = effects.mean(1), effects.mean(0)
    both = effects - by_seed[:, None] - by_image + effects.mean()
    seeds = by_seed.var(ddof=1) / n_seeds
    images = by_image.var(ddof=1) / n_images - (both**2).sum() / ((n_seeds - 1) * (n_images - 1)) / effects.size
    return float(np.sqrt(seeds + max(images, 0.0)))


def holm(p_values: list[float]) -> list[float]:
    """Adjust p-values for multiple tests by Holm's step-down procedure."""
    return [float(p) for p in multipletests(p_values, method="holm")[1]] if p_values else []


def wilson(hits: int, total: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval for a share, for claims about images.

    Parameters
    ----------
    hits, total : int
        Images counted, and images looked at.
    confidence : float
        Share of such intervals that would cover the true share.
    """
    found = stats.binomtest(hits, total).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)
