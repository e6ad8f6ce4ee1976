"""The rule by which a claim is judged, from its effects over networks.

A claim `holds` if the interval of the effect over seeds lies beyond the smallest effect that matters and the p-value,
adjusted where several claims are judged together, is below .05; it `fails` if the interval lies wholly short of that
effect; else it is `mixed`. A claimed absence goes by the interval alone: it holds if the interval lies within plus or
minus the smallest effect, and fails if it lies wholly outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from mnist_interp.methods import statistics

Direction = Literal["greater", "less", "absent"]
Verdict = Literal["holds", "fails", "mixed"]
ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class Judgment:
    """What the effects of a claim say.

    Attributes
    ----------
    effect : float
        Their mean.
    interval : (float, float)
        95 %, over networks.
    p_value : float or None
        One-sided; None for a claimed absence.
    verdict : {"holds", "fails", "mixed"}
        By the rule of this module.
    """

    effect: float
    interval: tuple[float, float]
    p_value: float | None
    verdict: Verdict


def verdict(interval: tuple[float, float], p_value: float | None, *, direction: Direction, smallest: float) -> Verdict:
    """Apply the rule.

    Parameters
    ----------
    interval : (float, float)
        Of the mean effect.
    p_value : float or None
        After adjustment; None where the verdict goes by the interval alone.
    direction : {"greater", "less", "absent"}
        Where the effect is claimed to lie with regard to `smallest`.
    smallest : float
        The smallest effect that matters, with its sign; for an absence the half-width of what counts as none.
    """
    low, high = interval
    match direction:
        case "greater":
            beyond, short = low > smallest, high < smallest
        case "less":
            beyond, short = high < smallest, low > smallest
        case "absent":
            beyond, short = -smallest < low and high < smallest, low > smallest or high < -smallest
    if beyond and (p_value is None or p_value < ALPHA):
        return "holds"
    return "fails" if short else "mixed"


def judge(effects: Sequence[float] | np.ndarray, *, direction: Direction, smallest: float, seed: int = 0) -> Judgment:
    """Judge one claim by its effects, one a network trained from a seed of its own.

    Parameters
    ----------
    effects : sequence of float
        One a network.
    direction, smallest
        As of `verdict`. Choose both before the effects are seen.
    seed : int
        Of the resampling.

    Returns
    -------
    Judgment
        Mean, interval, p-value and verdict.

    Raises
    ------
    ValueError
        If there are fewer than two effects, one is not finite, or the direction is unknown.
    """
    if direction not in get_args(Direction):
        raise ValueError(f"unknown direction {direction!r}: expected 'greater', 'less' or 'absent'")
    values = np.asarray(effects, dtype=float)
    interval = statistics.interval(values, seed=seed)
    p_value = None
    if direction != "absent":
        p_value = statistics.sign_flip(values, beyond=smallest, direction=direction, seed=seed)
    said = verdict(interval, p_value, direction=direction, smallest=smallest)
    return Judgment(effect=float(values.mean()), interval=interval, p_value=p_value, verdict=said)
