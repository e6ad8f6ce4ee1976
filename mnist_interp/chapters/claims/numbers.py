"""The numbers of the page of claims, and the identities it checks."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mnist_interp import training
from mnist_interp.claims import CHAPTERS
from mnist_interp.claims import editions as of_editions
from mnist_interp.claims.claim import declared
from mnist_interp.experiments import identities
from mnist_interp.training import registry

Numbers = dict[str, Any]


def editions() -> Numbers:
    """Return how many claims wait for their chapters, and what became of the first edition's."""
    measured = sum(len(chapter.CLAIMS) for chapter in CHAPTERS.values())
    found: Numbers = {f"first_{name}": count for name, count in of_editions.replication().items()}
    return found | {"waiting": len(declared()["claims"]) - measured}


IDENTITIES = {
    "gradient": "The gradient of a logit with respect to layer 2 is a row of the readout.",
    "attribution": "Pushes on a logit, with the biases, add up to the centered logit.",
    "null": "A change within the readout's null space moves no centered logit.",
    "renaming": "A perceptron trains the same way on permuted pixels if its first-layer weights are permuted to match.",
}


def exact_checks() -> pd.DataFrame:
    """Return identities and theorems, and by how much our networks miss them."""
    found = identities.missed(training.population(registry.BASELINE))
    rows = {said: f"{found[name].item():.0e}" for name, said in IDENTITIES.items()}
    return pd.DataFrame({"identity": list(rows), "largest difference": list(rows.values())}).set_index("identity")
