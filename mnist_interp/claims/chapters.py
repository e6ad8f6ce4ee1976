"""Every chapter's claims, weighed and judged: the one list that cards, the page "Claims" and ``claims.json`` show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from mnist_interp import training
from mnist_interp.claims import baseline, cnn, geometry, interventions, neurons, normalization
from mnist_interp.claims.claim import Evidence, Verdict, verdict, weigh
from mnist_interp.methods import statistics
from mnist_interp.training import registry

CHAPTERS: dict[str, ModuleType] = {
    "baseline": baseline,
    "neurons": neurons,
    "interventions": interventions,
    "normalization": normalization,
    "geometry": geometry,
    "cnn": cnn,
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A claim's evidence with its place among the chapter's.

    Attributes
    ----------
    evidence : Evidence
        From the runs.
    p_value : float or None
        Adjusted by Holm over the chapter; None where the verdict goes by the interval alone.
    verdict : {"holds", "fails", "mixed"}
        By the rule of `claim`.
    """

    evidence: Evidence
    p_value: float | None
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """Return the claim as an object of ``claims.json``."""
        claim = self.evidence.claim
        return {
            "id": claim.id,
            "page": claim.page,
            "statement": claim.statement,
            "verdict": self.verdict,
            "effect": self.evidence.effect,
            "interval": list(self.evidence.interval),
            "n_seeds": self.evidence.n_seeds,
            "null": claim.null,
            "p_value": self.p_value,
            "measure": claim.measure,
            "direction": claim.direction,
            "smallest": claim.smallest,
            "declared": claim.declared or claim.statement,
        }


@cache
def judge(chapter: str) -> dict[str, Judged]:
    """Weigh all claims of a chapter on the book's runs.

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
    runs = {name: training.population(*registry.BOOK[name]) for claim in claims for name in claim.populations}
    weighed = [weigh(claim, tuple(runs[name] for name in claim.populations)) for claim in claims]
    tested = [evidence for evidence in weighed if evidence.p_value is not None]
    adjusted = dict(
        zip(
            [evidence.claim.id for evidence in tested],
            statistics.holm([evidence.p_value for evidence in tested if evidence.p_value is not None]),
            strict=True,
        )
    )
    return {
        evidence.claim.id: Judged(
            evidence=evidence,
            p_value=adjusted.get(evidence.claim.id),
            verdict=verdict(evidence, adjusted.get(evidence.claim.id)),
        )
        for evidence in weighed
    }
