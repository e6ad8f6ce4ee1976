"""What chapter 8 says of its claims: the key of each verdict and effect in the text."""

from __future__ import annotations

from typing import Any

from mnist_interp.chapters import judgments
from mnist_interp.chapters.judgments import Verdicts

PAGE = "pruning"
SLUGS = {
    "selective": "selective-is-random",
    "spread": "spread-times-readout",
    "biases": "biases-recover",
    "pairs": "pairs-suffice",
    "converge": "plans-converge",
    "scratch": "equals-scratch",
    "detect": "survivors-detect-better",
    "mask": "mask-forces-selectivity",
}


def verdicts(judged: Verdicts) -> dict[str, Any]:
    """Return ``KEY_verdict`` and ``KEY_effect`` of each of the chapter's claims, by the keys of `SLUGS`."""
    said: dict[str, Any] = {f"{key}_verdict": judgments.verdict(PAGE, judged, slug) for key, slug in SLUGS.items()}
    said["converge_points"] = 100 * judgments.effect(PAGE, judged, SLUGS["converge"])
    return said | {f"{key}_effect": value for key, value in judgments.effects(PAGE, judged, SLUGS).items()}
