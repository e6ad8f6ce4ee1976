"""Analyses of a trained network: all ablations, doses and subsets, against hooks on its forward pass and captum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from captum.attr import FeatureAblation
from sklearn.metrics import silhouette_score
from torch import nn

from benchmarks.clock import Comparison, compare
from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.methods import ablation, unit_subsets
from mnist_interp.training import registry

LAYER, UNITS = "relu2", range(16)
DOSES = np.linspace(0, 3, 30)
FEW = 20


@contextmanager
def _hooked(model: nn.Sequential, units: Sequence[int], values: torch.Tensor, factor: float) -> Iterator[None]:
    """Let some units say ``values + factor * activation`` while the network runs."""

    def lesion(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        changed = output.clone()
        changed[:, units] = values[units] + factor * changed[:, units]
        return changed

    handle = model.get_submodule(LAYER).register_forward_hook(lesion)
    try:
        yield
    finally:
        handle.remove()


def rows(rounds: int) -> list[Comparison]:
    """Compare on the published network and all test images."""
    model, digits = training.run(registry.PUBLISHED).model(), mnist.load("test")
    stage = ablation.stage(model, LAYER, digits.pixels, digits.labels)
    mean, nothing = ablation.mean(stage), torch.zeros(stage.n_units)
    chosen = unit_subsets.every(stage.n_units, 5)
    some = np.random.default_rng(0).choice(len(chosen), FEW, replace=False)
    others = [[unit for unit in UNITS if unit not in set(units)] for units in chosen[some].tolist()]
    few = mnist.sample("test", 100)
    points = unit_subsets.standardized(stage.values[few].numpy())

    def record() -> ablation.Stage:
        return ablation.stage(model, LAYER, digits.pixels, digits.labels)

    def hooked_doses() -> None:
        for unit in UNITS:
            with _hooked(model, [unit], nothing, float(DOSES[unit])):
                model(digits.pixels)

    def doses() -> None:
        recorded = record()
        for unit in UNITS:
            for dose in DOSES:
                ablation.intervene(recorded, [unit], ablation.scale(recorded, float(dose)))

    def captum_zero() -> None:
        values = stage.values
        FeatureAblation(model.get_submodule("output")).attribute(values, target=digits.targets)

    def zero() -> None:
        for unit in UNITS:  # from the recorded layer, as captum's
            ablation.intervene(stage, [unit], ablation.zero(stage))

    def hooked_subsets() -> None:
        for units in others:
            with _hooked(model, units, mean, 0.0):
                (model(digits.pixels).argmax(1) == digits.targets).float().mean()

    def naive_silhouettes() -> None:
        for units in chosen[some]:
            silhouette_score(points[:, units], digits.labels[few])

    share = FEW / len(chosen)
    return [
        compare("16 units at 30 doses: a hook for each", hooked_doses, doses, share=1 / len(DOSES), rounds=rounds),
        compare("16 units set to zero: captum's FeatureAblation", captum_zero, zero, rounds=rounds),
        compare(
            "accuracy of 4,368 subsets of five: a hook for each",
            hooked_subsets,
            lambda: unit_subsets.kept_accuracies(stage, mean, chosen),
            share=share,
            rounds=rounds,
        ),
        compare(
            "silhouettes of the same, 1,000 images: scikit-learn's",
            naive_silhouettes,
            lambda: unit_subsets.silhouettes(points, digits.labels[few], chosen),
            share=share,
            rounds=rounds,
        ),
    ]
