"""Every chapter's claims, weighed and judged: the one list that cards, the page "Claims" and ``claims.json`` show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from mnist_interp import training
from mnist_interp.claims import (
    architectures,
    baseline,
    cnn,
    geometry,
    interventions,
    neurons,
    normalization,
    pruning,
    superposition,
)
from mnist_interp.claims.claim import Evidence, declared, of_chapter, weigh
from mnist_interp.methods import statistics, verdicts
from mnist_interp.methods.verdicts import ALPHA, Verdict

CHAPTERS: dict[str, ModuleType] = {
    "baseline": baseline,
    "neurons": neurons,
    "interventions": interventions,
    "normalization": normalization,
    "geometry": geometry,
    "cnn": cnn,
    "superposition": superposition,
    "pruning": pruning,
    "architectures": architectures,
}
N_CHAPTERS = 9  # of the whole book, fixed when the edition was declared: a chapter's level is ALPHA over this


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A claim's evidence with its place among the chapter's.

    Attributes
    ----------
    evidence : Evidence
        From the runs.
    p_value : float
        Adjusted by Holm over all claims that are declared for the chapter.
    verdict : {"holds", "fails", "mixed"}
        By the rule of `verdicts`, at `ALPHA` over the number of chapters.
    """

    evidence: Evidence
    p_value: float
    verdict: Verdict

    @property
    def p_book(self) -> float:
        """Adjusted over the whole book, too: each chapter counts for one of nine."""
        return min(self.p_value * N_CHAPTERS, 1.0)

    @property
    def why_mixed(self) -> str:
        """What keeps the verdict open, where it is mixed."""
        claim = self.evidence.claim
        return verdicts.unsettled(self.evidence.interval, direction=claim.direction, smallest=claim.smallest)

    def as_json(self) -> dict[str, Any]:
        """Return the claim as an object of ``claims.json``."""
        claim, judgment = self.evidence.claim, self.evidence.judgment
        return {
            "id": claim.id,
            "page": claim.page,
            "statement": claim.says,
            "verdict": self.verdict,
            "effect": judgment.effect,
            "interval": list(judgment.interval),
            "n_seeds": len(self.evidence.seeds),
            "null": claim.null,
            "p_value": self.p_value,
            "measure": claim.measure,
            "direction": claim.direction,
            "smallest": claim.smallest,
            "declared": claim.statement,
            "edition": declared()["edition"],
            "seeds": list(self.evidence.seeds),
            "estimand": claim.estimand,
            "p_above": judgment.p_above,
            "p_below": judgment.p_below,
            "p_book": self.p_book,
        }


@cache
def judge(chapter: str) -> dict[str, Judged]:
    """Weigh all claims of a chapter on the book's runs.

    Claims that are declared but not measured yet count in the adjustment, so that measuring them changes no verdict in
    its favor.

    Returns
    -------
    dict
        Claims by id, in the chapter's order.

    Raises
    ------
    ValueError
        If there is no such chapter.
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"no claims of a chapter {chapter!r}: expected one of {', '.join(CHAPTERS)}")
    claims = CHAPTERS[chapter].CLAIMS
    runs = {name: training.named(name) for claim in claims for name in claim.populations}
    weighed = [weigh(claim, tuple(runs[name] for name in claim.populations)) for claim in claims]
    unmeasured = len(of_chapter(chapter)) - len(claims)
    adjusted = statistics.holm([evidence.judgment.p_value for evidence in weighed] + [1.0] * unmeasured)
    return {
        evidence.claim.id: Judged(
            evidence=evidence,
            p_value=p_value,
            verdict=verdicts.verdict(
                evidence.effect,
                p_value,
                direction=evidence.claim.direction,
                smallest=evidence.claim.smallest,
                alpha=ALPHA / N_CHAPTERS,
            ),
        )
        for evidence, p_value in zip(weighed, adjusted, strict=False)
    }
