"""Overconfidence, against a loop over the images of networks of a few units."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.experiments import confidence
from mnist_interp.methods import activations
from tests.experiments import little


def test_it_is_mean_probability_less_accuracy(monkeypatch: pytest.MonkeyPatch) -> None:
    test = little.images(monkeypatch)["test"]
    networks = little.population(2, 3)
    found = confidence.overconfidence(networks)["overconfidence"]
    for run in networks:
        surplus = []
        for logits, label in zip(activations.logits(run.model(), test.pixels).numpy(), test.labels, strict=True):
            probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
            surplus.append(probabilities.max() - (probabilities.argmax() == label))
        assert found.sel(seed=run.seed).item() == pytest.approx(np.mean(surplus), abs=1e-5)
