"""The first edition, kept as a published result of ours, and what became of its claims.

``edition-1.json`` was written once: each claim as it was judged on seeds 0-23 (the CNN's on 0-11), and, under
``again``, as the same code and rule judge it on seeds 24-47 (24-35), trained after the second edition had been
declared. It is text and is never recomputed, as the code that made it is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from mnist_interp.claims.claim import declared

Outcome = Literal["kept", "changed", "withdrawn"]


@cache
def first() -> dict[str, dict[str, Any]]:
    """Return the first edition's claims by id, each as an object of its ``claims.json`` with ``again``."""
    text = resources.files("mnist_interp.claims").joinpath("edition-1.json").read_text(encoding="utf-8")
    return {claim["id"]: claim for claim in json.loads(text)}


def withdrawn(page: str | None = None) -> list[dict[str, Any]]:
    """Return the withdrawn claims of a page, or of all: ``id``, ``why`` and ``instead``, ids of what replaces it."""
    return [one for one in declared()["withdrawn"] if page in (None, one["id"].partition("-")[0])]


def outcome(claim: str) -> Outcome:
    """Return what became of a claim of the first edition."""
    if any(one["id"] == claim for one in declared()["withdrawn"]):
        return "withdrawn"
    return next(one["history"] for one in declared()["claims"] if one["id"] == claim)


def same_again(claim: Mapping[str, Any]) -> bool:
    """Whether the first edition's rule gives a claim the same verdict on seeds that edition had not seen."""
    return bool(claim["verdict"] == claim["again"]["verdict"])


def replication() -> dict[str, int]:
    """Count the first edition's claims: ``claims``, those whose verdict replicated, and what became of all.

    Returns
    -------
    dict
        ``claims``, ``replicated``, ``flipped`` (from holds to fails or back), ``kept``, ``changed``, ``withdrawn``.
    """
    claims = list(first().values())
    outcomes = [outcome(claim["id"]) for claim in claims]
    flipped = [{claim["verdict"], claim["again"]["verdict"]} == {"holds", "fails"} for claim in claims]
    return {
        "claims": len(claims),
        "replicated": sum(map(same_again, claims)),
        "flipped": sum(flipped),
        "kept": outcomes.count("kept"),
        "changed": outcomes.count("changed"),
        "withdrawn": outcomes.count("withdrawn"),
    }
