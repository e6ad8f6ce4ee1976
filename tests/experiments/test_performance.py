"""Outcomes: calibration against a naive loop, epochs and rises against sequences known by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import performance
from mnist_interp.methods import evaluate
from mnist_interp.training import registry
from mnist_interp.training.runs import Population


def _naive_calibration(logits: torch.Tensor, labels: np.ndarray, bins: int) -> float:
    chances = torch.softmax(logits.double(), 1).numpy()
    total = 0.0
    for k in range(bins):
        inside = [
            i
            for i, row in enumerate(chances)
            if k / bins <= row.max() and (row.max() < (k + 1) / bins or k == bins - 1)
        ]
        if inside:
            accuracy = np.mean([chances[i].argmax() == labels[i] for i in inside])
            confidence = np.mean([chances[i].max() for i in inside])
            total += len(inside) / len(labels) * abs(accuracy - confidence)
    return total


def test_calibration_is_that_of_a_naive_loop() -> None:
    generator = torch.Generator().manual_seed(4)
    logits = 3 * torch.randn(500, 10, generator=generator)
    labels = torch.randint(10, (500,), generator=generator).numpy()
    assert evaluate.calibration_error(logits, labels) == pytest.approx(_naive_calibration(logits, labels, 15))
    assert evaluate.calibration_error(logits, labels, bins=7) == pytest.approx(_naive_calibration(logits, labels, 7))


def test_a_network_as_sure_as_it_is_right_is_calibrated() -> None:
    labels = np.repeat(np.arange(10), 100)
    wrong = np.arange(1000) % 5 == 0
    logits = torch.full((1000, 10), -50.0)
    logits[torch.arange(1000), torch.from_numpy(np.where(wrong, (labels + 1) % 10, labels))] = 0.0
    assert evaluate.calibration_error(logits, labels) == pytest.approx(0.2)
    spread = float(np.log(4))  # two digits in play, at 4 to 1: confidence .8
    logits[torch.arange(1000), torch.from_numpy(np.where(wrong, labels, (labels + 1) % 10))] = -spread
    assert evaluate.calibration_error(logits, labels) == pytest.approx(0, abs=1e-6)


def _by_epoch(rows: list[list[float]], seeds: list[int]) -> xr.DataArray:
    return xr.DataArray(rows, dims=("seed", "epoch"), coords={"seed": seeds, "epoch": range(len(rows[0]))})


def test_settled_is_the_mean_of_the_last_five_trained_epochs() -> None:
    np.testing.assert_allclose(performance.settled(_by_epoch([list(np.arange(22.0))], [0])), [19.0])
    np.testing.assert_allclose(performance.settled(_by_epoch([[0.1, 0.8]], [0])), [0.8])


def test_epochs_and_rises() -> None:
    accuracy = _by_epoch([[0.1, 0.8, 0.9, 0.85], [0.1, 0.2, 0.3, 0.4]], [7, 3])
    target = xr.DataArray([0.5, 0.0, 0.85], dims="seed", coords={"seed": [3, 5, 7]})
    np.testing.assert_array_equal(performance.epochs_to_reach(accuracy, target), [2, 4])
    loss = _by_epoch([[2.3, 1.0, 0.9, 0.95, 0.8], [2.3, 1.0, 1.1, 1.2, 1.3]], [7, 3])
    np.testing.assert_allclose(performance.rises(loss), [1 / 3, 1])
    np.testing.assert_array_equal(performance.rises(loss.sel(epoch=[0, 1])), [0, 0])


def test_the_summary_is_what_the_network_does() -> None:
    run = training.run(registry.PUBLISHED)
    found = performance.summary(Population(run.recipe, (run,))).sel(seed=run.seed)
    test, train = mnist.load("test"), mnist.load("train")
    assert found["test_accuracy"].shape == (run.recipe.epochs + 1,)
    read = run.model()(test.pixels).argmax(1).numpy()
    assert float(found["test_accuracy"].sel(epoch=run.recipe.epochs)) == pytest.approx((read == test.labels).mean())
    assert float(found["class_accuracy"].sel(digit=7)) == pytest.approx((read[test.labels == 7] == 7).mean())
    learned = run.model()(train.pixels).argmax(1).numpy()
    assert float(found["train_accuracy"]) == pytest.approx((learned == train.labels).mean())
    loss = torch.nn.functional.cross_entropy(run.model()(test.pixels).double(), test.targets).item()
    assert float(found["test_loss"].sel(epoch=run.recipe.epochs)) == pytest.approx(loss, rel=1e-6)
    assert float(found["test_loss"].sel(epoch=0)) == pytest.approx(np.log(10), abs=0.1), "an untrained network guesses"
