"""The order of minibatches: against torch's own DataLoader on the stream that built the model."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from mnist_interp.training.batch_order import MinibatchOrder, generator_for
from mnist_interp.training.models import build, initialize
from mnist_interp.training.recipe import Recipe

RECIPE = Recipe(order="dataloader")
SEEDS = [7, 271828]


@pytest.mark.parametrize("seed", SEEDS)
def test_equals_the_dataloaders(seed: int) -> None:
    n_images = 60_000
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        build(RECIPE)
        loader = DataLoader(TensorDataset(torch.arange(n_images)), batch_size=6_000, shuffle=True)
        epochs = [torch.cat([batch for (batch,) in loader]) for _ in range(3)]
    order = MinibatchOrder("dataloader", seed, initialize(RECIPE, seed)[1])
    for expected in epochs:
        assert torch.equal(order.epoch(n_images), expected)


@pytest.mark.parametrize("kind", ["dataloader", "generator"])
def test_is_a_new_permutation_every_epoch(kind: str) -> None:
    order = MinibatchOrder(kind, 3, initialize(RECIPE, 3)[1])  # type: ignore[arg-type]
    first, second = order.epoch(1_000), order.epoch(1_000)
    for epoch in (first, second):
        assert torch.equal(epoch.sort().values, torch.arange(1_000))
    assert not torch.equal(first, second)


def test_own_generator_ignores_what_the_initialization_drew() -> None:
    streams = [torch.Generator().manual_seed(number) for number in (1, 2)]
    one, other = (MinibatchOrder("generator", 5, stream).epoch(1_000) for stream in streams)
    assert torch.equal(one, other)


def test_streams_of_seeds_and_purposes_differ_from_each_other_and_from_the_weights() -> None:
    generators = [generator_for(seed, purpose) for seed in (0, 1, 31416) for purpose in ("order", "dropout", "labels")]
    generators += [torch.Generator().manual_seed(seed) for seed in (0, 1, 31416)]
    draws = np.stack([torch.rand(1_000, generator=generator).numpy() for generator in generators])
    correlations = np.corrcoef(draws)[~np.eye(len(draws), dtype=bool)]
    assert np.abs(correlations).max() < 0.15


def test_the_callers_random_numbers_are_left_alone() -> None:
    before = torch.get_rng_state()
    MinibatchOrder("dataloader", 3, initialize(RECIPE, 3)[1]).epoch(100)
    assert torch.equal(torch.get_rng_state(), before)
