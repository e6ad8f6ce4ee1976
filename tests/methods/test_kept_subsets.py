"""Counts of all subsets: against a plain loop over single interventions, exactly up to ties."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp import training
from mnist_interp.experiments import recordings
from mnist_interp.methods import ablation, kept_subsets, subset_games
from mnist_interp.methods.ablation import Stage
from mnist_interp.training import registry

TIE = 1e-4


def _stage(n_units: int, n_images: int, seed: int) -> Stage:
    generator = torch.Generator().manual_seed(seed)
    linear = nn.Linear(n_units, 10).requires_grad_(False)
    linear.weight.copy_(torch.randn(10, n_units, generator=generator))
    linear.bias.copy_(torch.randn(10, generator=generator))
    values = torch.randn(n_images, n_units, generator=generator).relu()
    labels = linear(values + 0.3 * torch.randn(n_images, n_units, generator=generator)).argmax(1).numpy()
    return Stage(values, labels, linear, nn.Sequential())


def _by_hand(stage: Stage, constants: torch.Tensor, subset: int) -> tuple[int, int]:
    """Return how many images are classified correctly in double precision, and of how many two logits all but tie."""
    kept = torch.tensor([subset >> unit & 1 for unit in range(stage.n_units)], dtype=torch.bool)
    values = torch.where(kept, stage.values.double(), constants.double())
    logits = values @ stage.linear.weight.double().T + stage.linear.bias.double()
    own = torch.from_numpy(stage.labels)
    others = logits.scatter(1, own[:, None], -torch.inf).amax(1)
    margin = logits.gather(1, own[:, None])[:, 0] - others
    return int((margin > 0).sum()), int((margin.abs() < TIE).sum())


@pytest.mark.parametrize(("n_units", "n_images"), [(1, 1), (3, 15), (5, 16), (6, 33), (11, 100)])
def test_counts_are_those_of_a_plain_loop(n_units: int, n_images: int) -> None:
    stage = _stage(n_units, n_images, seed=n_units)
    constants = torch.linspace(-1, 1, n_units)
    found = kept_subsets.correct(stage, constants)
    assert found.shape == (2**n_units,)
    for subset in np.random.default_rng(0).permutation(2**n_units)[:64]:
        right, ties = _by_hand(stage, constants, int(subset))
        assert abs(found[subset] - right) <= ties
    assert np.ptp(found) > 0 or n_images == 1


@pytest.mark.parametrize("reference", ["zero", "mean"])
def test_200_subsets_of_the_published_layer_are_read_as_a_plain_loop_reads_them(reference: str) -> None:
    stage = recordings.stage(training.run(registry.PUBLISHED), "relu2")
    constants = {"zero": ablation.zero, "mean": ablation.mean}[reference](stage)
    found = kept_subsets.correct(stage, constants)
    assert found.max() <= len(stage.labels)
    apart = 0
    for subset in np.random.default_rng(1).choice(2**16, 200, replace=False).tolist():
        right, ties = _by_hand(stage, constants, subset)
        assert abs(found[subset] - right) <= ties
        apart += abs(found[subset] - right)
    assert apart <= 2
    gone = [unit for unit in range(16) if unit not in (3, 8, 9)]
    logits = ablation.intervene(stage, gone, constants)
    assert found[subset_games.place((3, 8, 9))] == (logits.argmax(1).numpy() == stage.labels).sum()


def test_of_equal_logits_the_first_counts() -> None:
    linear = nn.Linear(2, 10).requires_grad_(False)
    linear.weight.fill_(0.0)
    linear.weight[4, 0] = linear.weight[7, 0] = 1.0
    linear.bias.fill_(0.0)
    stage = Stage(torch.ones(3, 2), np.array([4, 7, 0]), linear, nn.Sequential())
    assert kept_subsets.correct(stage, torch.zeros(2)).tolist() == [1, 1, 1, 1]  # 0 where all are equal, 4 before 7
    swapped = Stage(torch.ones(2, 2), np.array([7, 7]), linear, nn.Sequential())
    assert kept_subsets.correct(swapped, torch.zeros(2)).tolist() == [0, 0, 0, 0]


def test_two_identical_neurons_are_worth_the_same() -> None:
    stage = _stage(6, 200, seed=3)
    values, weight = stage.values.clone(), stage.linear.weight
    values[:, 4], weight[:, 4] = values[:, 1], weight[:, 1]
    game = kept_subsets.correct(Stage(values, stage.labels, stage.linear, stage.rest), torch.zeros(6)) / 200
    for worth in (subset_games.shapley(game), subset_games.banzhaf(game)):
        assert worth[1] == pytest.approx(worth[4], abs=1e-12)
        assert np.ptp(worth) > 0.01


def test_a_neuron_that_says_its_constant_is_worth_nothing() -> None:
    stage = _stage(5, 100, seed=4)
    values = stage.values.clone()
    values[:, 2] = 0.7
    held = torch.tensor([0, 0, 0.7, 0, 0])
    game = kept_subsets.correct(Stage(values, stage.labels, stage.linear, stage.rest), held)
    assert subset_games.shapley(game)[2] == pytest.approx(0)


def test_a_wide_layer_and_one_within_are_refused() -> None:
    with pytest.raises(ValueError, match=r"32 units has 2\^32 = 4,294,967,296 subsets"):
        kept_subsets.correct(_stage(32, 4, seed=0), torch.zeros(32))
    stage = _stage(4, 4, seed=0)
    within = Stage(stage.values, stage.labels, stage.linear, nn.Sequential(nn.ReLU()))
    with pytest.raises(ValueError, match="last hidden layer"):
        kept_subsets.correct(within, torch.zeros(4))
