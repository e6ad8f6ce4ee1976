"""The rule by which a claim is judged, from its effects over networks: two one-sided tests at its margin.

A claim that an effect lies beyond a margin `holds` if the test beyond it passes, `fails` if the test short of it does,
each at half the level; else it is `mixed`. A claimed absence holds if both tests inside plus and minus the margin pass
(Schuirmann 1987), and fails if the effect lies outside one of them. Where several claims are judged together, their
p-values are adjusted before the rule is applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from mnist_interp.methods.estimates import Estimand, Estimate, estimate

Direction = Literal["greater", "less", "absent"]
Verdict = Literal["holds", "fails", "mixed"]
ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class Judgment:
    """The verdict on a claim's effects.

    Attributes
    ----------
    effect : float
        The estimate: their mean, share, ratio or deviation.
    interval : (float, float)
        95 %, over networks.
    p_above, p_below : float
        One-sided, of the effect lying above the margin and below it; for a claimed absence above minus the margin and
        below plus it.
    p_value : float
        What the verdict goes by, two-sided: twice the smaller of the two; for an effect within the margins of a
        claimed absence the larger of the two.
    verdict : {"holds", "fails", "mixed"}
        By the rule of this module, at `ALPHA`, with nothing adjusted.
    """

    effect: float
    interval: tuple[float, float]
    p_above: float
    p_below: float
    p_value: float
    verdict: Verdict


def check_margin(direction: Direction, smallest: float) -> None:
    """Refuse an invalid margin.

    Raises
    ------
    ValueError
        If the direction is unknown, the margin is not finite, or that of an absence is not above 0.
    """
    if direction not in get_args(Direction):
        raise ValueError(f"unknown direction {direction!r}: expected 'greater', 'less' or 'absent'")
    if not np.isfinite(smallest) or (direction == "absent" and smallest <= 0):
        raise ValueError(f"smallest effect is {smallest}: expected a finite number, above 0 for a claimed absence")


def _inside(effect: float, direction: Direction, smallest: float) -> bool:
    """Whether an effect is on the claimed side of its margin."""
    match direction:
        case "greater":
            return effect > smallest
        case "less":
            return effect < smallest
        case "absent":
            return -smallest < effect < smallest


def verdict(effect: float, p_value: float, *, direction: Direction, smallest: float, alpha: float = ALPHA) -> Verdict:
    """Apply the rule.

    Parameters
    ----------
    effect : float
        The estimate.
    p_value : float
        As of `Judgment`, after adjustment.
    direction : {"greater", "less", "absent"}
        Where the effect is claimed to lie with regard to `smallest`.
    smallest : float
        The smallest effect that matters, with its sign; for an absence the half-width of what counts as none.
    alpha : float
        The level.
    """
    if not p_value < alpha:
        return "mixed"
    return "holds" if _inside(effect, direction, smallest) else "fails"


def tested(found: Estimate, *, direction: Direction, smallest: float) -> Judgment:
    """Judge an estimate by itself.

    Raises
    ------
    ValueError
        As `check_margin`.
    """
    check_margin(direction, smallest)
    low, high = (-smallest, smallest) if direction == "absent" else (smallest, smallest)
    above, below = found.tail(low, "greater"), found.tail(high, "less")
    effect = found.value
    if direction != "absent":
        p_value = 2 * min(above, below)
    elif _inside(effect, direction, smallest):
        p_value = max(above, below)
    else:
        p_value = 2 * min(found.tail(low, "less"), found.tail(high, "greater"))
    p_value = min(p_value, 1.0)
    said = verdict(effect, p_value, direction=direction, smallest=smallest)
    return Judgment(
        effect=effect, interval=found.interval(), p_above=above, p_below=below, p_value=p_value, verdict=said
    )


def unsettled(interval: tuple[float, float], *, direction: Direction, smallest: float) -> str:
    """Say why a verdict is mixed.

    The interval may be clear of the margin, but not so clear that it stands among many claims; it may be wider than
    the margin, for want of networks; else the effect lies at the margin.
    """
    low, high = interval
    margins = (-smallest, smallest) if direction == "absent" else (smallest,)
    if not any(low <= margin <= high for margin in margins):
        return "clear of the margin by itself, not among all claims of nine chapters"
    return "too few networks" if (high - low) / 2 > abs(smallest) else "an effect at the margin"


def judge(
    effects: Sequence[float] | np.ndarray, *, direction: Direction, smallest: float, estimand: Estimand = "mean"
) -> Judgment:
    """Judge one claim by its effects, one per network trained from its own seed.

    Parameters
    ----------
    effects : array_like
        One a network; for a ``ratio`` two, (n_seeds, 2); with images (n_seeds, n_images).
    direction, smallest
        As of `verdict`. Choose both before the effects are seen.
    estimand : {"mean", "share", "ratio", "deviation"}
        What is estimated over networks; see `estimates`.

    Returns
    -------
    Judgment
        Estimate, interval, p-values and verdict.

    Raises
    ------
    ValueError
        If there are fewer than two effects, one is not finite, or direction, margin or estimand are none.
    """
    return tested(estimate(np.asarray(effects), estimand), direction=direction, smallest=smallest)
