"""A page's claims: effects and verdicts, by the part of a claim's id after the page's name."""

from __future__ import annotations

from collections.abc import Mapping

from mnist_interp.claims import Judged

Verdicts = Mapping[str, Judged]


def effect(page: str, judged: Verdicts, slug: str) -> float:
    """Return the mean effect of one of a page's claims."""
    return judged[f"{page}-{slug}"].evidence.effect


def effects(page: str, judged: Verdicts, slugs: Mapping[str, str], *, times: float = 1) -> dict[str, float]:
    """Return mean effects of several claims, each by the key of its slug, times a factor."""
    return {key: times * effect(page, judged, slug) for key, slug in slugs.items()}


def verdict(page: str, judged: Verdicts, slug: str) -> str:
    """Return the verdict on one of a page's claims."""
    return judged[f"{page}-{slug}"].verdict
