"""Intervals, paired tests and their adjustment: how a population of seeds becomes evidence.

The unit is the seed. An effect is one number a seed, usually a difference between two arms that share it; the
interval is a bias-corrected and accelerated bootstrap over seeds (Efron 1987), the test a sign-flip permutation of the
effects about the smallest one that matters, and p-values are adjusted over a chapter by Holm (1979). scipy and
statsmodels do the work, in milliseconds.
"""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

Direction = Literal["greater", "less"]
RESAMPLES = 9_999


def _effects(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(
            f"effects are of shape {values.shape} with {np.count_nonzero(~np.isfinite(values))} not finite: expected "
            "one finite number a seed, for two seeds or more"
        )
    return values


def interval(effects: np.ndarray, *, confidence: float = 0.95, seed: int = 0) -> tuple[float, float]:
    """Return a bootstrap interval of the mean effect over seeds.

    Parameters
    ----------
    effects : numpy.ndarray of shape (n_seeds,)
        In any unit.
    confidence : float
        Share of such intervals that would cover the mean.
    seed : int
        Of the resampling.

    Returns
    -------
    (float, float)
        Lower and upper end, in the unit of the effects.

    Raises
    ------
    ValueError
        If there are fewer than two effects, or one is not finite.
    """
    effects = _effects(effects)
    if np.ptp(effects) <= 1e-12 * np.abs(effects).max():  # all the same up to rounding: nothing to resample
        return float(effects.min()), float(effects.max())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            (effects,),
            np.mean,
            confidence_level=confidence,
            n_resamples=RESAMPLES,
            method="BCa" if len(effects) > 5 else "percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    return float(found.low), float(found.high)


def sign_flip(effects: np.ndarray, *, beyond: float, direction: Direction, seed: int = 0) -> float:
    """Return the p-value of the mean effect lying beyond a value, by flipping signs about it.

    Parameters
    ----------
    effects : numpy.ndarray of shape (n_seeds,)
        Symmetric about their mean under the null.
    beyond : float
        The smallest effect that matters, with its sign.
    direction : {"greater", "less"}
        Where the claim puts the effect.
    seed : int
        Of the resampling, where the 2**n_seeds sign patterns are too many to enumerate.

    Returns
    -------
    float
        One-sided.

    Raises
    ------
    ValueError
        If there are fewer than two effects, or one is not finite.
    """
    shifted = _effects(effects) - beyond
    test = stats.permutation_test(
        (shifted,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        alternative=direction,
        rng=np.random.default_rng(seed),
    )
    return float(test.pvalue)


def holm(p_values: list[float]) -> list[float]:
    """Adjust p-values for their number, by Holm's step-down procedure."""
    return [float(p) for p in multipletests(p_values, method="holm")[1]] if p_values else []


def wilson(hits: int, total: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share, for claims about images.

    Parameters
    ----------
    hits, total : int
        Images counted, and images looked at.
    confidence : float
        Share of such intervals that would cover the true share.
    """
    found = stats.binomtest(hits, total).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)
