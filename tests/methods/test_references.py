"""References of ablation, each against a loop over one unit, and the best constant against all others tried."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp.methods import ablation, bias_refit, evaluate, references
from mnist_interp.methods.ablation import Stage

SEED = 7


def stage(n_images: int, linear: nn.Module, rest: nn.Sequential, *shape: int, seed: int) -> Stage:
    values = torch.randn(n_images, *shape, generator=torch.Generator().manual_seed(seed)).relu()
    return Stage(values, np.arange(n_images) % 10, linear, rest)


def layers(kind: str) -> tuple[Stage, Stage]:
    """Return a layer on training images and on images that are scored."""
    torch.manual_seed(3)
    linear, rest, shape = {
        "the last": (nn.Linear(6, 10), nn.Sequential(), (6,)),
        "one before": (nn.Linear(6, 8), nn.Sequential(nn.ReLU(), nn.Linear(8, 10)), (6,)),
        "maps": (
            nn.Conv2d(3, 4, 3, padding=1),
            nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(4 * 25, 10)),
            (3, 5, 5),
        ),
    }[kind]
    for module in (linear, rest):
        module.requires_grad_(False)
    return stage(300, linear, rest, *shape, seed=4), stage(120, linear, rest, *shape, seed=5)


def logits(one: Stage, values: torch.Tensor) -> torch.Tensor:
    return one.rest(one.linear(values))


def replaced(one: Stage, unit: int, value: torch.Tensor | float) -> torch.Tensor:
    values = one.values.clone()
    values[:, unit] = value
    return logits(one, values)


@pytest.mark.parametrize("kind", ["the last", "one before", "maps"])
def test_each_reference_is_a_loop_over_units(kind: str) -> None:
    training, test = layers(kind)
    mean = ablation.mean(training)
    counts = references.each_unit(mean, training, test, seed=SEED)
    assert counts.shape == (len(references.REFERENCES), test.n_units, 10, 10)
    partner = ablation.partners(len(test.values), seed=SEED)
    for unit in range(test.n_units):
        best = references.best_constant(training, unit)
        biases = bias_refit.output_biases(replaced(training, unit, 0), training.labels)
        expected = {
            "zero": replaced(test, unit, 0),
            "mean": replaced(test, unit, mean[unit]),
            "optimal": replaced(test, unit, best),
            "resample": replaced(test, unit, test.values[partner][:, unit]),
            "refit": replaced(test, unit, 0) + biases,
        }
        assert list(expected) == list(references.REFERENCES)
        for found, said in zip(counts[:, unit], expected.values(), strict=True):
            assert np.abs(found - evaluate.confusion(said, test.labels)).sum() <= 2  # a tie, by rounding


@pytest.mark.parametrize("kind", ["the last", "one before", "maps"])
def test_no_other_constant_is_better(kind: str) -> None:
    training, _ = layers(kind)
    for unit in range(training.n_units):
        best = references.best_constant(training, unit)

        def loss(constant: float, unit: int = unit) -> float:
            return evaluate.loss(replaced(training, unit, constant), training.labels)

        values = training.values[:, unit]
        others = np.linspace(float(values.min()) - 1, float(values.max()) + 1, 41)
        assert loss(best) <= min(map(loss, [0.0, float(values.mean()), *others])) + 1e-5


def test_refitted_biases_do_at_least_as_well_as_the_best_constant() -> None:
    training, _ = layers("the last")
    for unit in range(training.n_units):
        constant = replaced(training, unit, references.best_constant(training, unit))
        silent = replaced(training, unit, 0)
        refitted = silent + bias_refit.output_biases(silent, training.labels)
        assert evaluate.loss(refitted, training.labels) <= evaluate.loss(constant, training.labels) + 1e-6


def test_a_unit_that_never_varies_stays_as_it_is() -> None:
    training, _ = layers("the last")
    training.values[:, 2] = 1.5
    assert references.best_constant(training, 2) == 1.5
