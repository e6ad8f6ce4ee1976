"""A claim is a sentence that could be false, with everything that decides its verdict declared before it is run.

The rule, the same for every claim, is that of `verdicts`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mnist_interp.methods import statistics, verdicts
from mnist_interp.methods.verdicts import Direction, Verdict
from mnist_interp.training.runs import Population


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is claimed, and how it is judged.

    Attributes
    ----------
    id : str
        ``PAGE-SLUG``.
    statement : str
        One sentence about networks of the recipe, not about one of them.
    measure : str
        What the effect is, in words, with its unit.
    direction : {"greater", "less", "absent"}
        Where the effect is claimed to lie with regard to `smallest`.
    smallest : float
        The smallest effect that matters, with its sign; for an absence the half-width of what counts as none.
    null : str
        What the effect was held against, in words.
    populations : tuple of str
        Names in `registry.BOOK` of the runs that `effects` takes.
    effects : callable
        From these populations to one effect a seed (or pair of seeds), shape (n,).
    form : str
        Format of the effect, such as ``".2f"`` or ``".1%"``.
    declared : str
        The statement as it was declared, where it was reworded after its population had been measured; measure,
        direction and smallest effect never change then.
    """

    id: str
    statement: str
    measure: str
    direction: Direction
    smallest: float
    null: str
    populations: tuple[str, ...]
    effects: Callable[..., np.ndarray]
    form: str = ".2f"
    declared: str = ""

    @property
    def page(self) -> str:
        """The page that makes the claim."""
        return self.id.partition("-")[0]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a claim's runs say.

    Attributes
    ----------
    claim : Claim
        What was claimed.
    effects : numpy.ndarray of shape (n,)
        One a seed, or one a pair of seeds where `Claim.measure` says so.
    n_seeds : int
        Networks of the first population that they come from.
    interval : (float, float)
        95 %, over `effects`.
    p_value : float or None
        Before adjustment; None for a claimed absence.
    """

    claim: Claim
    effects: np.ndarray
    n_seeds: int
    interval: tuple[float, float]
    p_value: float | None

    @property
    def effect(self) -> float:
        """The mean of the effects."""
        return float(np.mean(self.effects))


def weigh(claim: Claim, populations: tuple[Population, ...]) -> Evidence:
    """Compute a claim's evidence from its runs."""
    effects = np.asarray(claim.effects(*populations), dtype=float)
    p_value = None
    if claim.direction != "absent":
        p_value = statistics.sign_flip(effects, beyond=claim.smallest, direction=claim.direction)
    return Evidence(
        claim=claim,
        effects=effects,
        n_seeds=len(populations[0]),
        interval=statistics.interval(effects),
        p_value=p_value,
    )


def verdict(evidence: Evidence, adjusted: float | None) -> Verdict:
    """Judge by the rule of `verdicts`.

    Parameters
    ----------
    evidence : Evidence
        Of one claim.
    adjusted : float or None
        Its p-value after Holm over the chapter; None for a claimed absence.
    """
    claim = evidence.claim
    return verdicts.verdict(evidence.interval, adjusted, direction=claim.direction, smallest=claim.smallest)
