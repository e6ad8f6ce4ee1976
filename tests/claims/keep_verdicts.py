"""Keep the verdicts of a built book as text: ``python -m tests.claims.keep_verdicts``.

They go to ``verdicts.json`` beside this file, so that a change of any shows in a diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.places import REPOSITORY

KEPT = Path(__file__).with_name("verdicts.json")


def of_claims(claims: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return by id what is kept of the objects of ``claims.json``: verdict, effect, interval and p over the book."""
    return {
        claim["id"]: {
            "verdict": claim["verdict"],
            "effect": float(f"{claim['effect']:.4g}"),
            "interval": [float(f"{end:.4g}") for end in claim["interval"]],
            "p_book": float(f"{claim['p_book']:.2g}"),
        }
        for claim in claims
    }


def kept() -> dict[str, dict[str, Any]]:
    """Return the verdicts as they are committed."""
    found: dict[str, dict[str, Any]] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    built = json.loads((REPOSITORY / "_build/html/downloads/claims.json").read_text(encoding="utf-8"))
    rows = [f"{json.dumps(one)}: {json.dumps(said)}" for one, said in of_claims(built).items()]
    KEPT.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
