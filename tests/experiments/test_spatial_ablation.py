"""Places of maps: a network that looks at one place loses all of it there and nothing elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import spatial_ablation
from mnist_interp.methods import ablation
from mnist_interp.methods.ablation import Stage
from mnist_interp.training import registry
from mnist_interp.training.runs import Population


def _stage(linear: nn.Linear) -> Stage:
    labels = np.arange(200) % 10
    values = torch.rand(200, 2, 3, 3, generator=torch.Generator().manual_seed(0))
    values[:, :, 1, 2] = 0
    values[torch.arange(200), 0, 1, 2] = torch.from_numpy(labels).float()
    return Stage(values, labels, linear, nn.Sequential())


def test_only_the_place_that_is_read_costs_anything() -> None:
    linear = nn.Linear(18, 10).requires_grad_(False)
    linear.weight.zero_()
    digits = torch.arange(10.0)
    linear.weight[:, 5] = 2 * digits  # channel 0, row 1, column 2 holds the digit: (x - d)^2 is least at d
    linear.bias.copy_(-digits.square())
    stage = _stage(linear)
    lost = ablation.each_position(ablation.mean(stage), stage)
    assert lost.shape == (3, 3, 11)
    assert lost[1, 2, 0] == pytest.approx(0.9)
    lost[1, 2] = 0
    assert not lost.any()


def test_each_place_is_the_network_with_that_place_replaced() -> None:
    linear = nn.Linear(18, 10).requires_grad_(False)
    stage = _stage(linear)
    mean = stage.values.mean(0)
    lost = ablation.each_position(ablation.mean(stage), stage)
    whole = (linear(stage.values.flatten(1)).argmax(1).numpy() == stage.labels).mean()
    for row, column in np.ndindex(3, 3):
        values = stage.values.clone()
        values[:, :, row, column] = mean[:, row, column]
        right = (linear(values.flatten(1)).argmax(1).numpy() == stage.labels).mean()
        assert lost[row, column, 0] == pytest.approx(whole - right)


def test_a_layer_without_maps_is_refused() -> None:
    flat = Stage(torch.zeros(10, 4), np.arange(10), nn.Linear(4, 10), nn.Sequential())
    with pytest.raises(ValueError, match="expected maps"):
        ablation.each_position(ablation.mean(flat), flat)
    maps = Stage(torch.zeros(10, 4, 3, 3), np.arange(10), nn.Conv2d(4, 2, 3), nn.Sequential())
    with pytest.raises(ValueError, match="read by Linear"):
        ablation.each_position(ablation.mean(maps), maps)


def test_the_summary_keeps_all_images_and_each_digit_apart() -> None:
    run = training.run(registry.CNN)
    found = spatial_ablation.summary(Population(run.recipe, (run,)), "relu2").sel(seed=run.seed)
    assert dict(found["lost"].sizes) == {"row": 7, "column": 7, "digit": 10}
    shares = np.bincount(mnist.load("test").labels) / 10_000
    np.testing.assert_allclose(found["lost"].to_numpy() @ shares, found["overall"], atol=1e-12)
