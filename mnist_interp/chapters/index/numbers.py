"""What the opening page says in numbers: mappings from the names in its text."""

from __future__ import annotations

import math
from typing import Any

from mnist_interp import claims
from mnist_interp.claims import editions
from mnist_interp.data import mnist
from mnist_interp.methods import activations
from mnist_interp.training import models
from mnist_interp.training.runs import Run

Numbers = dict[str, Any]
CITED = {
    "early": "baseline-roles-come-early",
    "birth": "baseline-roles-from-birth",
    "blind": "neurons-precise-means-blind",
    "offset": "interventions-offset",
    "rate": "normalization-rate-alone",
    "width": "cnn-bottlenecks-by-width",
    "alone": "geometry-neuron0-no-twin",
    "serve": "superposition-ordinary-neurons",
    "pairs": "pruning-pairs-suffice",
    "calm": "architectures-damage-transformer",
}
IN_POINTS = ("early", "birth")


def network(run: Run) -> Numbers:
    """Return the size and the accuracy of a network, and the mean activation of its neuron 0 on 1s and on the rest."""
    model, test = run.model(), mnist.load("test")
    seen = activations.record(model, test.pixels, ["relu2", "output"])
    neuron0, ones = seen["relu2"].numpy()[:, 0], test.labels == 1
    return {
        "n_parameters": models.n_parameters(model),
        "accuracy": (seen["output"].argmax(1).numpy() == test.labels).mean(),
        "n0_own": neuron0[ones].mean(),
        "n0_rest": neuron0[~ones].mean(),
    }


def findings() -> Numbers:
    """Return the effect and the verdict of each claim that the page cites, and how many claims have each verdict."""
    judged = {name: one for chapter in claims.CHAPTERS for name, one in claims.judge(chapter).items()}
    found: Numbers = {}
    for key, name in CITED.items():
        found[key] = judged[name].evidence.effect * (100 if key in IN_POINTS else 1)
        found[f"{key}_verdict"] = judged[name].verdict
    found["calm_ratio"] = math.exp(found["calm"])  # declared as a logarithm
    again = editions.replication()
    return found | claims.count() | {f"first_{name}": number for name, number in again.items()}
