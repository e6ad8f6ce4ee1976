"""Effects of chapter 1's claims on arrays whose answer is plain, and against the networks themselves."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.claims import baseline
from mnist_interp.data import mnist
from mnist_interp.experiments import training_dynamics
from mnist_interp.methods import activations
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def alone(run: Run) -> Population:
    return Population(run.recipe, (run,))


def test_agreement_is_that_beyond_all_permutations_of_units() -> None:
    early, late = np.array([[1, 2, -1, 3]]), np.array([[1, 3, 5, 3]])
    # of the three units active at both, two agree; of their nine pairings three do
    np.testing.assert_allclose(baseline.agreement(early, late), [2 / 3 - 3 / 9])


def test_growth_is_from_the_epoch_to_the_end(run: Run, alone: Population) -> None:
    pixels = mnist.load("test").pixels
    then, end = (
        activations.record(run.model(checkpoint), pixels, ["linear2"])["linear2"].double().std(correction=0)
        for checkpoint in (baseline.checkpoint_at(run, 5), -1)
    )
    np.testing.assert_allclose(baseline.growth(alone, "linear2", 5), [float(end / then) - 1], atol=1e-4)


def test_landmarks_are_found_by_their_checkpoints(run: Run, alone: Population) -> None:
    found = baseline.at_landmarks(alone)
    assert found["checkpoint"].to_numpy().tolist() == baseline.landmarks(run)
    assert run.epochs[baseline.landmarks(run)[-1]] == run.recipe.epochs


def test_profiles_are_compared_by_their_correlation_over_digits(run: Run, alone: Population) -> None:
    means = training_dynamics.class_means(alone).isel(seed=0).sel(layer="relu2")
    then, end = (means.sel(checkpoint=baseline.checkpoint_at(run, epoch)).to_numpy() for epoch in (1, 20))
    varied = (np.ptp(then, axis=0) > 0) & (np.ptp(end, axis=0) > 0)
    expected = [np.corrcoef(then[:, unit], end[:, unit])[0, 1] for unit in np.flatnonzero(varied)]
    np.testing.assert_allclose(baseline.profile_agreement(alone, 1), [np.mean(expected)])
    assert not varied.all(), "neuron 11 is dead, and left out"


def test_favorites_are_the_digits_of_the_greatest_mean(alone: Population) -> None:
    found = baseline.favorites(alone).isel(seed=0, checkpoint=-1)
    means = training_dynamics.class_means(alone).isel(seed=0, checkpoint=-1).sel(layer="relu2")
    assert int(found.sel(unit=0)) == int(means.sel(unit=0).argmax("digit")) == 1
    assert int(found.sel(unit=11)) == -1


def test_deviations_are_from_the_mean_of_all(monkeypatch: pytest.MonkeyPatch, alone: Population) -> None:
    accuracy = xr.DataArray([[0.1, 0.90], [0.1, 0.96]], dims=("seed", "checkpoint"))
    monkeypatch.setattr(training_dynamics, "accuracy", lambda summarized: accuracy)
    np.testing.assert_allclose(baseline.accuracy_deviation(alone), [0.03, 0.03])
