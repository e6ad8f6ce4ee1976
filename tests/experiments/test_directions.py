"""Directions of a layer: neurons and rotated axes, against activations rebuilt by hand; and what nobody hears."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import ablation_effects, directions
from mnist_interp.methods import ablation, evaluate, readout_spaces
from mnist_interp.methods.similarity import random_rotations
from mnist_interp.training.runs import Population, Run
from tests.experiments import little

ROTATIONS = 3


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(directions, "ROTATIONS", ROTATIONS)
    return little.images(monkeypatch)


@pytest.fixture
def networks(few: dict[str, Digits]) -> Population:
    return little.population(1, 2)


@pytest.fixture
def found(networks: Population) -> xr.Dataset:
    return directions.costs(networks)


def _accuracies(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return accuracy of all images, then of each digit, (11,)."""
    right = logits.argmax(1) == labels
    return np.array([right.mean(), *(right[labels == digit].mean() for digit in range(10))])


def _lost(run: Run, axes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return what each axis costs if activations are rebuilt without it, (n_axes, 11)."""
    (train,), (test,) = (little.layers(run, split, "relu2") for split in ("train", "test"))
    (weight, bias), mean = little.readout(run), train.mean(0)
    before = _accuracies(test @ weight.T + bias, labels)
    rebuilt = [test - np.outer((test - mean) @ axis, axis) for axis in axes.T]
    return np.stack([before - _accuracies(one @ weight.T + bias, labels) for one in rebuilt])


def test_a_rotation_is_orthogonal_and_drawn_from_its_seed() -> None:
    one = random_rotations(6, 1, seed=(3, 1))[0]
    np.testing.assert_allclose(one @ one.T, np.eye(6), atol=1e-12)
    np.testing.assert_array_equal(one, random_rotations(6, 1, seed=(3, 1))[0])
    assert np.abs(one - random_rotations(6, 1, seed=(3, 2))[0]).max() > 0.1


def test_no_axis_of_rotations_is_preferred() -> None:
    drawn = np.stack([random_rotations(3, 1, seed=seed)[0] for seed in range(2_000)])
    np.testing.assert_allclose(drawn.mean(0), 0, atol=0.06)
    np.testing.assert_allclose((drawn**2).mean(0), 1 / 3, atol=0.03)


def test_rotated_by_the_identity_directions_are_neurons_at_their_means(
    few: dict[str, Digits], networks: Population
) -> None:
    stage = ablation_effects.scored(networks[0], "relu2")
    mean = ablation.mean(stage)
    left = directions.without(stage, mean, np.eye(stage.n_units))
    np.testing.assert_allclose(left, evaluate.accuracies(ablation.each_unit(stage, mean)), atol=0.011)
    assert left.shape == (little.WIDTHS[1], 11)


def test_holding_all_axes_of_a_rotation_in_turn_takes_out_the_layer(
    few: dict[str, Digits], networks: Population
) -> None:
    stage, mean = ablation_effects.scored(networks[0], "relu2"), torch.zeros(little.WIDTHS[1])
    axes = random_rotations(stage.n_units, 1, seed=5)[0]
    along = stage.values.double().numpy() @ axes
    np.testing.assert_allclose(along @ axes.T, stage.values.numpy(), atol=1e-5)
    only = directions.without(stage, mean, axes[:, [0]])
    logits = (
        along[:, 1:] @ axes[:, 1:].T
    ) @ stage.linear.weight.double().numpy().T + stage.linear.bias.double().numpy()
    np.testing.assert_allclose(only[0], _accuracies(logits, stage.labels), atol=0.011)


def test_costs_are_those_of_activations_rebuilt_without_a_direction(
    few: dict[str, Digits], networks: Population, found: xr.Dataset
) -> None:
    labels, one_image = few["test"].labels, 1 / len(few["test"])
    for run in networks:
        here = found.sel(seed=run.seed)
        live = np.flatnonzero((little.layers(run, "train", "relu2")[0] > 0).any(0))
        assert little.DEAD not in live
        units = np.eye(little.WIDTHS[1])[:, live]
        own = _lost(run, units, labels)
        assert float(here["neuron_cost"]) == pytest.approx(own[:, 0].mean(), abs=one_image / 4)
        assert int(here["neuron_bottlenecks"]) == (own[:, 1:].max(1) >= 0.5).sum()
        for k in range(ROTATIONS):
            turned = _lost(run, units @ random_rotations(len(live), 1, seed=(run.seed, k))[0], labels)
            assert float(here["axis_cost"][k]) == pytest.approx(turned[:, 0].mean(), abs=one_image / 4)
            assert int(here["axis_bottlenecks"][k]) == (turned[:, 1:].max(1) >= 0.5).sum()


def test_components_are_principal_ones_the_largest_first(
    few: dict[str, Digits], networks: Population, found: xr.Dataset
) -> None:
    (run, _), labels = networks, few["test"].labels
    (values,) = little.layers(run, "test", "relu2")
    axes = np.linalg.svd(values - values.mean(0))[2].T
    costs = found["component_cost"].sel(seed=run.seed)
    np.testing.assert_allclose(costs[:8], _lost(run, axes[:, :8], labels)[:, 0], atol=0.011)


def test_the_null_space_changes_no_centered_logit(networks: Population) -> None:
    weight, _ = little.readout(networks[0])
    silent = readout_spaces.null_space(weight)
    n_units = little.WIDTHS[1]
    assert silent.shape == (n_units, n_units - 9), "ten logits, less their mean, have nine dimensions"
    np.testing.assert_allclose(silent.T @ silent, np.eye(n_units - 9), atol=1e-10)
    heard = (np.random.default_rng(0).normal(size=(50, n_units - 9)) @ silent.T) @ weight.T
    np.testing.assert_allclose(heard - heard.mean(1, keepdims=True), 0, atol=1e-5)


def test_a_shift_of_all_logits_is_not_heard_either() -> None:
    weight = np.vstack([np.eye(3), np.zeros((1, 3))]) + np.array([5.0, 0, 0])
    assert readout_spaces.null_space(weight).shape == (3, 0)
    assert readout_spaces.null_space(np.ones((10, 1)) @ [[1.0, 2.0, 3.0]] + np.eye(10, 3) * [0, 0, 1]).shape == (3, 2)


def test_the_share_of_variance_that_nobody_hears(networks: Population, found: xr.Dataset) -> None:
    for run in networks:
        (values,), (weight, _) = little.layers(run, "test", "relu2"), little.readout(run)
        centered = weight - weight.mean(0)
        heard = np.linalg.pinv(centered) @ centered
        silent = values @ (np.eye(len(heard)) - heard)
        here = found.sel(seed=run.seed)
        assert float(here["null_dimensions"]) == little.WIDTHS[1] - 9
        assert float(here["null_variance"]) == pytest.approx(silent.var(0).sum() / values.var(0).sum(), rel=1e-3)
        assert float(here["null_heard"]) < 1e-5
