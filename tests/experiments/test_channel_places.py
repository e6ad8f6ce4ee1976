"""Channels at their places: each place pair by pair, chosen on training images and scored on test images."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.data import mnist
from mnist_interp.experiments import channel_places
from mnist_interp.methods import activations
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run
from tests.experiments import little

RECIPE = Recipe(model="cnn", options=(("channels", (2, 2)), ("hidden", 4)), epochs=1)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a network of two first channels, the second of which is dead."""
    little.images(monkeypatch)
    monkeypatch.setattr(channel_places, "CHOSEN_ON", 12)
    monkeypatch.setattr(channel_places, "SCORED_ON", 8)
    made = little.run(2, RECIPE)
    made.weights["conv1.bias"][:, 1] = -100
    return made


def _maps(run: Run, split: mnist.Split, per_class: int) -> tuple[np.ndarray, np.ndarray]:
    chosen = mnist.sample(split, per_class)
    maps = activations.record(run.model(), mnist.load(split).pixels[chosen], ["relu1"])["relu1"]
    return maps.numpy(), mnist.load(split).labels[chosen]


def _area(values: np.ndarray, own: np.ndarray) -> float:
    """Return how often a value of the digit's is above one of the others', ties counting half."""
    above = np.subtract.outer(values[own], values[~own])
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def test_channels_are_read_in_three_ways(run: Run) -> None:
    found = channel_places.detection(Population(RECIPE, (run,))).sel(seed=2)
    (learned, known), (seen, labels) = _maps(run, "train", 12), _maps(run, "test", 8)
    assert seen.shape[1:] == (2, 14, 14)
    assert found["live"].to_numpy().tolist() == [True, False]
    for channel in range(2):
        chosen, best, typical = -1.0, np.nan, []
        for digit, row, column in np.ndindex(10, 14, 14):
            area = _area(learned[:, channel, row, column], known == digit)
            if area > chosen:
                chosen, best = area, _area(seen[:, channel, row, column], labels == digit)
        for row, column in np.ndindex(14, 14):
            typical.append(max(_area(seen[:, channel, row, column], labels == digit) for digit in range(10)))
        here, means = found.sel(channel=channel), seen[:, channel].mean((1, 2))
        assert float(here["best"]) == pytest.approx(best, abs=1e-6)
        assert float(here["typical"]) == pytest.approx(np.mean(typical), abs=1e-6)
        assert float(here["mean_of_map"]) == pytest.approx(
            max(_area(means, labels == digit) for digit in range(10)), abs=1e-3
        )
    np.testing.assert_allclose(found[["best", "typical", "mean_of_map"]].sel(channel=1).to_array(), 0.5)
