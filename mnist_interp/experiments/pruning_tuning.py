"""The best rate of each way to train a network of eight units, found with equal effort: the same rates and seeds.

Pilots on seeds 100-109, on the 55,000 images that leave a validation split, scored on that split. What came out is kept
as text in ``pruning_tuning.json`` (``python -m mnist_interp.experiments.pruning_tuning`` writes it anew, in five
minutes), and `recovery`, `readout_masks` and `registry` name the rates chosen.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import Any

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import further_training, readout_masks, recovery
from mnist_interp.experiments.pruning_plans import KEPT, SHAPLEY
from mnist_interp.methods import activations, evaluate
from mnist_interp.runtime import parallel
from mnist_interp.training import registry
from mnist_interp.training.runs import Run

RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
SEEDS = registry.PILOT_SEEDS
MASKED = "masked readout"
WAYS = (
    recovery.FINE_TUNED,
    recovery.REWOUND,
    recovery.FIRST_WEIGHTS,
    recovery.LIKE_PARENT,
    recovery.SCRATCH,
    MASKED,
)


def _accuracy(run: Run) -> float:
    digits = mnist.load("validation")
    return evaluate.accuracy(activations.logits(run.model(), digits.pixels), digits.labels)


def trained(run: Run, way: str, rate: float) -> Run:
    """Return a network of eight units, trained in one of `WAYS`; of a masked readout, one of sixteen."""
    if way == MASKED:
        return readout_masks.retrained(run, [readout_masks.selective(run)], rate=rate)[0]
    narrow = further_training.of_width(run.recipe, KEPT)
    if way == recovery.SCRATCH:
        epochs = run.recipe.epochs + recovery.EPOCHS
        return training.run(replace(narrow, epochs=epochs, learning_rate=rate), run.seed)
    if way == recovery.LIKE_PARENT:
        return recovery.trained_longer(training.run(narrow, run.seed), rate=rate)
    units = recovery.chosen(run)[SHAPLEY]
    if way == recovery.FINE_TUNED:
        return recovery.fine_tuned(run, [units], rate=rate)[0]
    lasting = {recovery.REWOUND: recovery.rewound, recovery.FIRST_WEIGHTS: recovery.from_first_weights}
    return lasting[way](run, units, rate=rate)


def measure() -> dict[str, dict[str, list[float]]]:
    """Return validation accuracies by way and rate, one a seed."""
    pilots = training.population(replace(registry.BASELINE, images="fit"), SEEDS)
    return {
        way: {f"{rate:g}": [_accuracy(trained(run, way, rate)) for run in pilots] for rate in RATES} for way in WAYS
    }


def kept() -> dict[str, dict[str, list[float]]]:
    """Return the table as it was measured."""
    text = resources.files("mnist_interp.experiments").joinpath("pruning_tuning.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


if __name__ == "__main__":
    parallel.prepare()
    resources.files("mnist_interp.experiments").joinpath("pruning_tuning.json").write_text(  # type: ignore[attr-defined]
        json.dumps(measure(), indent=1) + "\n", encoding="utf-8"
    )
