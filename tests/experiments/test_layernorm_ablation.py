"""Ablation before a LayerNorm: against hooks on the whole model, and what freezing must leave alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import layernorm_ablation
from mnist_interp.methods import layernorm
from mnist_interp.training import registry
from mnist_interp.training.runs import Run


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.NORMALIZED)


def test_recomputed_is_what_the_network_does_with_the_unit_held(run: Run) -> None:
    coupled, model, pixels = layernorm_ablation.record(run, "relu1"), run.model(), mnist.load("test").pixels
    torch.testing.assert_close(coupled.rest(coupled.linear(coupled.norm(coupled.values))), model(pixels))
    for unit, value in ((0, 0.0), (17, 1.5)):

        def held(module: torch.nn.Module, inputs: object, output: torch.Tensor, unit: int = unit, value: float = value):
            output = output.clone()
            output[:, unit] = value
            return output

        handle = model.get_submodule("relu1").register_forward_hook(held)
        expected = model(pixels)
        handle.remove()
        torch.testing.assert_close(layernorm.recomputed(coupled, unit, value), expected, rtol=1e-4, atol=1e-4)


def test_frozen_changes_one_normalized_unit_and_no_other(run: Run) -> None:
    coupled = layernorm_ablation.record(run, "relu1")
    values = coupled.values.double()
    for unit, value in ((3, 0.7), (30, 0.0)):
        normalized = coupled.norm(coupled.values)
        by_hand = (value - values.mean(1)) / (values.var(1, correction=0) + coupled.norm.eps).sqrt()
        normalized[:, unit] = (by_hand * coupled.norm.weight[unit] + coupled.norm.bias[unit]).float()
        expected = coupled.rest(coupled.linear(normalized))
        torch.testing.assert_close(layernorm.frozen(coupled, unit, value), expected, rtol=1e-4, atol=1e-4)


def test_what_a_unit_says_anyway_costs_nothing_either_way(run: Run) -> None:
    coupled = layernorm_ablation.record(run, "relu1")
    few = replace(coupled, values=coupled.values[:1], labels=coupled.labels[:1])
    own, logits = float(few.values[0, 5]), few.rest(few.linear(few.norm(few.values)))
    for way in (layernorm.recomputed, layernorm.frozen):
        torch.testing.assert_close(way(few, 5, own), logits, rtol=1e-4, atol=1e-4)


def test_a_layer_without_a_norm_behind_it_is_refused(run: Run) -> None:
    with pytest.raises(ValueError, match="'relu2' is followed by Linear: expected a LayerNorm"):
        layernorm_ablation.record(run, "relu2")
    with pytest.raises(ValueError, match="unknown layer 'relu9': this model has input, linear1"):
        layernorm_ablation.record(run, "relu9")


def test_costs_are_those_of_single_ablations(run: Run) -> None:
    measured = layernorm_ablation.costs(training.Population(run.recipe, (run,)))
    assert dict(measured["lost"].sizes) == {"seed": 1, "reference": 2, "statistics": 2, "unit": 32, "digit": 10}
    coupled = layernorm_ablation.record(run, "relu1")
    whole = (coupled.rest(coupled.linear(coupled.norm(coupled.values))).argmax(1).numpy() == coupled.labels).mean()
    overall = measured["overall"].isel(seed=0)
    for name, way in {"recomputed": layernorm.recomputed, "frozen": layernorm.frozen}.items():
        left = (way(coupled, 9, 0.0).argmax(1).numpy() == coupled.labels).mean()
        assert overall.sel(reference="zero", statistics=name).isel(unit=9).item() == pytest.approx(whole - left)
    assert np.abs(overall.sel(statistics="recomputed") - overall.sel(statistics="frozen")).max() > 0
