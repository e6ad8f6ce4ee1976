"""What chapter 7 says of its claims: the key of each verdict and effect in the text."""

from __future__ import annotations

from typing import Any

from mnist_interp.chapters import judgments
from mnist_interp.chapters.judgments import Verdicts

PAGE = "superposition"
SLUGS = {
    "two": "two-units",
    "share": "sparse-features-share",
    "ordinary": "ordinary-neurons",
    "slot": "slot-neurons",
    "wider": "width-leaves-neurons",
    "wins": "dictionary-wins",
    "tie": "clusters-tie",
    "learned": "dictionary-needs-training",
    "moments": "dictionary-beyond-moments",
}


def verdicts(judged: Verdicts) -> dict[str, Any]:
    """Return ``KEY_verdict`` and ``KEY_effect`` of each of the chapter's claims, by the keys of `SLUGS`.

    What the autoencoder lacks to the best simpler dictionary is ``wins_lost``.
    """
    said: dict[str, Any] = {f"{key}_verdict": judgments.verdict(PAGE, judged, slug) for key, slug in SLUGS.items()}
    said |= {f"{key}_effect": value for key, value in judgments.effects(PAGE, judged, SLUGS).items()}
    return said | {"wins_lost": -said["wins_effect"]}
