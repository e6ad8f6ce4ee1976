"""A claim is a sentence that could be false, with everything that decides its verdict declared before it is run.

What is declared stands in ``edition-2.toml``; a chapter's module adds the function that measures it. The rule, the same
for every claim, is that of `verdicts`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np

from mnist_interp.methods import estimates, verdicts
from mnist_interp.methods.estimates import Estimand
from mnist_interp.methods.verdicts import Direction, Judgment
from mnist_interp.training.runs import Population

Effects = Callable[..., np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is claimed, and how it is judged.

    Attributes
    ----------
    id : str
        ``PAGE-SLUG``.
    statement : str
        One sentence about networks of the recipe, not about one of them.
    estimand : {"mean", "share", "ratio", "deviation"}
        What is estimated over networks, as of `estimates`.
    measure : str
        What the effect is, in words, with its unit.
    direction : {"greater", "less", "absent"}
        Where the effect is claimed to lie with regard to `smallest`.
    smallest : float
        The smallest effect that matters, with its sign; for an absence the half-width of what counts as none.
    null : str
        What the effect was held against, in words.
    populations : tuple of str
        Names, as of `training.named`, of the runs that `effects` takes.
    effects : callable
        From these populations to what `estimand` takes: as a rule one effect a seed (or pair of seeds), shape (n,).
    form : str
        Format of the effect, such as ``".2f"``, ``".1%"`` for a share or a ratio, and ``".2f points"`` for a
        difference of accuracies or of shares.
    history : {"kept", "changed", "new"}
        As in the first edition; the same question, computed differently; or new.
    unit : {"seed", "pair"}
        What one effect belongs to.
    images : bool
        Whether test images are resampled too: `effects` then returns (n_seeds, n_images).
    replaces : tuple of str
        Claims of the first edition that this one stands for.
    note : str
        What was known when the margin was chosen.
    seeds : str
        Which seeds judge it, where it was added later and others had been seen.
    reworded : str
        The statement as it reads now, where it was reworded after its population had been measured; everything else
        stays as declared.
    remark : str
        What was found against it once its verdict stood: the verdict stays, and the card says so.
    """

    id: str
    statement: str
    estimand: Estimand
    measure: str
    direction: Direction
    smallest: float
    null: str
    populations: tuple[str, ...]
    effects: Effects
    form: str
    history: Literal["kept", "changed", "new"]
    unit: Literal["seed", "pair"] = "seed"
    images: bool = False
    replaces: tuple[str, ...] = ()
    note: str = ""
    seeds: str = ""
    reworded: str = ""
    remark: str = ""

    @property
    def page(self) -> str:
        """The page that makes the claim."""
        return self.id.partition("-")[0]

    @property
    def says(self) -> str:
        """The statement as it reads now."""
        return self.reworded or self.statement


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A claim's evidence, from its runs.

    Attributes
    ----------
    claim : Claim
        What was claimed.
    effects : numpy.ndarray of shape (n,)
        One a seed, or one a pair of seeds where `Claim.unit` says so.
    seeds : tuple of int
        Of the first population that they come from.
    judgment : Judgment
        Estimate, interval and p-values, before adjustment.
    """

    claim: Claim
    effects: np.ndarray
    seeds: tuple[int, ...]
    judgment: Judgment

    @property
    def effect(self) -> float:
        """The estimate."""
        return self.judgment.effect

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, over `effects`."""
        return self.judgment.interval


@cache
def declared() -> dict[str, Any]:
    """Return the current edition as declared: ``claims`` and ``withdrawn``, lists of mappings."""
    text = resources.files("mnist_interp.claims").joinpath("edition-2.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def of_chapter(page: str) -> list[str]:
    """Return the ids of all claims that are declared for a page, measured or not."""
    return [claim["id"] for claim in declared()["claims"] if claim["id"].partition("-")[0] == page]


def measured(effects: Mapping[str, tuple[Effects, str]]) -> tuple[Claim, ...]:
    """Return claims as declared, with the functions that measure them, in the order of their declaration.

    Parameters
    ----------
    effects : mapping of str to (callable, str)
        By the claim's id: its function, and the format of its effect.

    Raises
    ------
    ValueError
        If an id is not declared.
    """
    listed = {claim["id"]: claim for claim in declared()["claims"]}
    if unknown := sorted(effects.keys() - listed.keys()):
        raise ValueError(f"claims that edition-2.toml does not declare: {', '.join(unknown)}")
    lists = {"populations", "replaces"}
    claims = []
    for one in (one for one in listed if one in effects):
        said: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in listed[one].items()}
        claims.append(Claim(**said, effects=effects[one][0], form=effects[one][1]))
    return tuple(claims)


def weigh(claim: Claim, populations: tuple[Population, ...]) -> Evidence:
    """Compute a claim's evidence from its runs.

    Raises
    ------
    ValueError
        If the effects are not what the claim's estimand takes.
    """
    samples = np.asarray(claim.effects(*populations))
    if (samples.ndim == 2) != (claim.images or claim.estimand in {"ratio", "deviation"}):
        raise ValueError(f"effects of {claim.id} are of shape {samples.shape}, which its declaration does not say")
    found = estimates.estimate(samples, claim.estimand)
    return Evidence(
        claim=claim,
        effects=found.effects,
        seeds=tuple(populations[0].seeds),
        judgment=verdicts.tested(found, direction=claim.direction, smallest=claim.smallest),
    )
