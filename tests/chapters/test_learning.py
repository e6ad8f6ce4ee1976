"""Layers in training: against what the network itself says, before and after."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from mnist_interp import training
from mnist_interp.chapters.cnn import learning
from mnist_interp.data import mnist
from mnist_interp.methods import activations
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run

CHOSEN = mnist.sample("test", learning.PER_CLASS)
PIXELS, TARGETS = mnist.load("test").pixels[CHOSEN], mnist.load("test").targets[CHOSEN]


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.CNN)


def test_spreads_are_standard_deviations_of_all_values(run: Run) -> None:
    found = learning.spreads(Population(run.recipe, (run,))).set_index(["layer", "epoch"])["value"]
    for checkpoint, epoch in ((0, 0), (-1, run.epochs[-1])):
        recorded = activations.record(run.model(checkpoint), PIXELS, ["relu1", "relu3", "output"])
        for layer, title in {"relu1": "layer 1", "relu3": "layer 3", "output": "output"}.items():
            expected = float(recorded[layer].double().std(correction=0))
            assert found[title, epoch] == pytest.approx(expected, rel=1e-4)


def test_pulls_are_norms_of_each_images_gradient(run: Run) -> None:
    found = learning.pulls(run).set_index(["layer", "epoch"])["value"]
    for checkpoint, epoch in ((0, 0), (-1, run.epochs[-1])):
        model = run.model(checkpoint)
        names = [name for name, _ in model.named_children()]
        cut = names.index("relu3") + 1
        values = model[:cut](PIXELS).detach().requires_grad_(True)
        loss = F.cross_entropy(model[cut:](values), TARGETS, reduction="sum")
        (slope,) = torch.autograd.grad(loss, [values])
        assert found["layer 3", epoch] == pytest.approx(float(slope.norm(dim=1).mean()), rel=1e-4)
