"""Ablation before a LayerNorm: against hooks on the whole model, and what freezing must leave alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp import coupling, mnist, recipes, training
from mnist_interp.training import Run


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(recipes.NORMALIZED)


def test_recomputed_is_what_the_network_does_with_the_unit_held(run: Run) -> None:
    coupled, model, pixels = coupling.record(run, "relu1"), run.model(), mnist.load("test").pixels
    torch.testing.assert_close(coupled.rest(coupled.norm(coupled.values)), model(pixels))
    for unit, value in ((0, 0.0), (17, 1.5)):

        def held(module: torch.nn.Module, inputs: object, output: torch.Tensor, unit: int = unit, value: float = value):
            output = output.clone()
            output[:, unit] = value
            return output

        handle = model.get_submodule("relu1").register_forward_hook(held)
        expected = model(pixels)
        handle.remove()
        torch.testing.assert_close(coupling.recomputed(coupled, unit, value), expected)


def test_frozen_changes_one_normalized_unit_and_no_other(run: Run) -> None:
    coupled = coupling.record(run, "relu1")
    seen: list[torch.Tensor] = []
    spied = coupling.Coupled(coupled.values, coupled.labels, coupled.norm, torch.nn.Sequential(torch.nn.Identity()))
    untouched = coupled.norm(coupled.values)
    for unit in (3, 30):
        seen.append(coupling.frozen(spied, unit, 0.7))
        others = [other for other in range(32) if other != unit]
        torch.testing.assert_close(seen[-1][:, others], untouched[:, others], rtol=1e-4, atol=1e-5)
    values = coupled.values.double()
    by_hand = (0.7 - values.mean(1)) / (values.var(1, correction=0) + coupled.norm.eps).sqrt()
    by_hand = by_hand * coupled.norm.weight[30] + coupled.norm.bias[30]
    torch.testing.assert_close(seen[-1][:, 30].double(), by_hand, rtol=1e-4, atol=1e-4)


def test_what_a_unit_says_anyway_costs_nothing_either_way(run: Run) -> None:
    coupled = coupling.record(run, "relu1")
    few = coupling.Coupled(coupled.values[:1], coupled.labels[:1], coupled.norm, coupled.rest)
    own, logits = float(few.values[0, 5]), few.rest(few.norm(few.values))
    for way in (coupling.recomputed, coupling.frozen):
        torch.testing.assert_close(way(few, 5, own), logits, rtol=1e-4, atol=1e-4)


def test_a_layer_without_a_norm_behind_it_is_refused(run: Run) -> None:
    with pytest.raises(ValueError, match="'relu2' is followed by Linear: expected a LayerNorm"):
        coupling.record(run, "relu2")
    with pytest.raises(ValueError, match="unknown layer 'relu9': this model has input, linear1"):
        coupling.record(run, "relu9")


def test_costs_are_those_of_single_ablations(run: Run) -> None:
    measured = coupling.costs(training.Population(run.recipe, (run,)))["lost"]
    assert measured.shape == (1, 2, 2, 32, 11)
    coupled = coupling.record(run, "relu1")
    whole = (coupled.rest(coupled.norm(coupled.values)).argmax(1).numpy() == coupled.labels).mean()
    for place, way in enumerate((coupling.recomputed, coupling.frozen)):
        left = (way(coupled, 9, 0.0).argmax(1).numpy() == coupled.labels).mean()
        assert measured[0, 0, place, 9, 0] == pytest.approx(whole - left)
    assert np.abs(measured[:, :, 0] - measured[:, :, 1]).max() > 0
