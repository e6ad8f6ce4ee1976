"""The best peak rate and decay of each architecture, found with equal effort: the same draws, seeds and epochs for all.

A decay of .1 gives CNNs and the transformer a tenth of a point each and perceptrons nothing, so the book's networks go
without it: the comparison stays as it is, and the networks stay those that chapter 6 was judged on.
Pilots on seeds 100-102, on the 55,000 images that leave a validation split, scored on that split. What came out is kept
as text in ``tuning.json`` (``python -m mnist_interp.experiments.tuning`` writes it anew, in some minutes), and
`registry` names what was chosen: a population's recipe is no result of the build that trains it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.methods import activations, evaluate
from mnist_interp.runtime import parallel
from mnist_interp.training import registry
from mnist_interp.training.recipe import Recipe

RATES = (0.001, 0.002, 0.003, 0.006, 0.01, 0.02, 0.03)
DECAYS = (0.0, 0.1)
SEEDS = registry.PILOT_SEEDS[:3]
TUNED: dict[str, Recipe] = {
    name: replace(recipe, images="fit", dense=0, dense_epochs=1)
    for name, recipe in {"the CNN": registry.CNN, **registry.TUNED, **registry.ARCHITECTURES}.items()
}


def _accuracy(recipe: Recipe, seed: int) -> float:
    digits = mnist.load("validation")
    logits = activations.logits(training.run(recipe, seed).model(), digits.pixels)
    return evaluate.accuracy(logits, digits.labels)


def measure() -> dict[str, dict[str, list[float]]]:
    """Return validation accuracies by architecture and draw, ``"RATE DECAY"``, one a seed."""
    jobs = {
        (name, f"{rate:g} {decay:g}"): replace(recipe, learning_rate=rate, decay=decay)
        for name, recipe in TUNED.items()
        for decay in DECAYS
        for rate in RATES
    }
    training.compute((recipe, SEEDS) for recipe in jobs.values())
    found: dict[str, dict[str, list[float]]] = {name: {} for name in TUNED}
    for (name, draw), recipe in jobs.items():
        found[name][draw] = [_accuracy(recipe, seed) for seed in SEEDS]
    return found


def kept() -> dict[str, dict[str, list[float]]]:
    """Return the table as it was measured."""
    text = resources.files("mnist_interp.experiments").joinpath("tuning.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def best(
    table: Mapping[str, Mapping[str, list[float]]], *, decays: Sequence[float] = DECAYS
) -> dict[str, tuple[float, float]]:
    """Return the rate and decay of the highest mean accuracy of each architecture, among draws of some decays."""
    found = {}
    for name, rows in table.items():
        draws = {(float(rate), float(decay)): row for rate, decay, row in _draws(rows) if float(decay) in decays}
        found[name] = max(draws, key=lambda draw: np.mean(draws[draw]))
    return found


def _draws(rows: Mapping[str, list[float]]) -> Iterator[tuple[str, str, list[float]]]:
    for draw, row in rows.items():
        rate, decay = draw.split()
        yield rate, decay, row


if __name__ == "__main__":
    parallel.prepare()
    resources.files("mnist_interp.experiments").joinpath("tuning.json").write_text(  # type: ignore[attr-defined]
        json.dumps(measure(), indent=1) + "\n", encoding="utf-8"
    )
