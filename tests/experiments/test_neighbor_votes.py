"""Votes of the nearest training images, where the pixels tell the digit and the layer tells nothing."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.data import mnist
from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import neighbor_votes
from tests.experiments import little


def test_pixels_that_hold_the_digit_vote_right_and_a_silent_layer_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    run = little.run(6)
    run.weights["linear2.bias"][:] = -1e6
    labels = mnist.load("test").labels
    bars = np.zeros((len(labels), 28, 28), np.uint8)
    bars[np.arange(len(labels)), labels] = 255
    ink = neighbor_votes.sparse_forward.inked(bars.reshape(len(bars), -1) / np.float32(255))
    monkeypatch.setattr(mnist, "load", lambda split: Digits(bars, labels))
    monkeypatch.setattr(mnist, "sample", lambda split, per_class: np.arange(0, len(labels), 3))
    monkeypatch.setattr(neighbor_votes.sparse_forward, "_ink", lambda split: ink)
    found = neighbor_votes.of_training_images(run)["accuracy"]
    assert found.sel(space="pixels") == 1
    assert found.sel(space="relu2") < 0.3
