"""What chapter 9 says of its claims: the key of each verdict and effect in the text."""

from __future__ import annotations

from typing import Any

from mnist_interp.chapters import judgments
from mnist_interp.chapters.judgments import Verdicts

PAGE = "architectures"
SLUGS = {
    "damage_cnn": "damage-cnn",
    "damage_transformer": "damage-transformer",
    "beats": "cnn-beats-transformer",
    "shift": "shift",
    "privilege": "privilege-alike",
    "shuffle": "shuffle-transformer",
    "rollout": "rollout",
    "heads": "heads",
}


def verdicts(judged: Verdicts) -> dict[str, Any]:
    """Return ``KEY_verdict`` and ``KEY_effect`` of each of the chapter's claims, by the keys of `SLUGS`."""
    said: dict[str, Any] = {f"{key}_verdict": judgments.verdict(PAGE, judged, slug) for key, slug in SLUGS.items()}
    return said | {f"{key}_effect": value for key, value in judgments.effects(PAGE, judged, SLUGS).items()}
