"""The fixed example that stands in for a drawing where no script runs: a test image and its numbers, by torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings
from mnist_interp.methods import ablation
from mnist_interp.training.runs import Run

IMAGE = 18  # of the test images: a 3
LAYERS = {1: "relu1", 2: "relu2"}
SHOWN = 8  # lesions, of all 48, that stand in the table


@dataclass(frozen=True)
class Lesion:
    """One neuron's lesions on one image: layer, number, activation, and probabilities, each (10,)."""

    layer: int
    unit: int
    activation: float
    zero: np.ndarray
    mean: np.ndarray


def pixels() -> torch.Tensor:
    """Return the example, (1, 784) in [0, 1]."""
    return mnist.load("test").pixels[IMAGE : IMAGE + 1]


def _probabilities(logits: torch.Tensor) -> np.ndarray:
    return logits.double().softmax(-1)[0].numpy()


def probabilities(runs: Mapping[str, Run], images: torch.Tensor) -> dict[str, np.ndarray]:
    """Return what each network says of one image, (10,) by name."""
    return {name: _probabilities(run.model()(images)) for name, run in runs.items()}


def lesions(run: Run, images: torch.Tensor) -> list[Lesion]:
    """Return all 48 neurons' lesions on one image, layer 1 first."""
    found = []
    for number, layer in LAYERS.items():
        stage = ablation.stage(run.model(), layer, images, np.zeros(1, dtype=np.int64))
        ways = {"zero": ablation.zero(stage), "mean": ablation.mean(recordings.stage(run, layer, "train"))}
        for unit in range(stage.n_units):
            by_way = {name: _probabilities(ablation.intervene(stage, [unit], value)) for name, value in ways.items()}
            found.append(Lesion(number, unit, float(stage.values[0, unit]), **by_way))
    return found


def heaviest(found: list[Lesion], reading: int, untouched: float) -> list[Lesion]:
    """Return the `SHOWN` neurons whose lesion, of either kind, takes most of the reading's probability."""
    return sorted(found, key=lambda one: min(one.zero[reading], one.mean[reading]) - untouched)[:SHOWN]
