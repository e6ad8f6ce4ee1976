"""Paths between networks: their ends, a network and its own permutation, and single points by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import interpolation
from mnist_interp.methods import evaluate, weight_matching
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run

ORDERS = {"relu1": np.random.default_rng(7).permutation(32), "relu2": np.random.default_rng(8).permutation(16)}


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def shuffled(run: Run) -> Run:
    model = weight_matching.permuted(run.model(), ORDERS)
    weights = {name: weight.numpy()[None] for name, weight in model.state_dict().items()}
    return Run(run.recipe, 1, weights, np.zeros(1), np.zeros(1))


def test_a_network_and_its_permutation_have_no_barrier_once_matched(run: Run, shuffled: Run) -> None:
    found = interpolation.paths(Population(run.recipe, (run, shuffled, run, run)))["accuracy"]
    assert dict(found.sizes) == {"pair": 2, "order": 2, "share": 11}
    first, same = found.sel(pair=["31416 and 1", "31416 and 31416"])
    np.testing.assert_allclose(first.sel(order="matched"), 0.948, atol=1e-3)
    np.testing.assert_allclose(same, 0.948, atol=1e-3)
    come = first.sel(order="as they come")
    np.testing.assert_allclose(come.sel(share=[0, 1]), 0.948, atol=1e-3)
    assert come.sel(share=0.5) < 0.7


def test_a_point_of_the_path_is_the_network_of_mixed_weights(run: Run, shuffled: Run) -> None:
    found = interpolation.paths(Population(run.recipe, (run, shuffled, run, run)))["accuracy"]
    mixed = run.model()
    with torch.no_grad():
        for name, weight in mixed.named_parameters():
            weight.copy_(0.7 * weight + 0.3 * torch.from_numpy(shuffled.weights[name][-1]))
        digits = mnist.load("test")
        expected = evaluate.accuracy(mixed(digits.pixels), digits.labels)
    own = found.sel(pair="31416 and 1", order="as they come", share=0.3).item()
    assert own == pytest.approx(expected, abs=3e-4)


def test_an_offset_half_way_is_refitted_away(run: Run) -> None:
    """Two networks that differ in their output biases alone, one of them ruined by these."""
    weights = {name: weight[-1:] for name, weight in run.weights.items()}
    biased = weights | {"output.bias": weights["output.bias"] + 40 * np.eye(10, dtype=np.float32)[0]}
    ruined = Run(run.recipe, 1, biased, np.zeros(1), np.zeros(1))
    found = interpolation.paths(Population(run.recipe, (run, ruined, run, run))).sel(pair="31416 and 1")
    assert found["accuracy"].sel(order="matched", share=0.5) < 0.5
    np.testing.assert_allclose(found["refitted"].sel(order="matched"), 0.948, atol=5e-3)
