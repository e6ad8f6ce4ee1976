"""Moments over training images: against the layer recorded whole, of a network with norms and of one with maps."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, training_moments
from mnist_interp.methods import ablation, selectivity
from mnist_interp.training import models, registry


def test_moments_are_those_of_the_layer_recorded_whole() -> None:
    run = training.run(registry.NORMALIZED)
    for layer in ("norm1", "relu2"):
        stage = recordings.stage(run, layer, "train")
        found = training_moments.of_run(run, layer)
        np.testing.assert_allclose(found["mean"], ablation.mean(stage), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(found["std"], stage.levels.std(0, dtype=float), rtol=1e-5, atol=1e-5)
        whole = selectivity.class_means(stage.levels.astype(float), stage.labels)
        np.testing.assert_allclose(found["class_means"], whole, rtol=1e-5, atol=1e-5)
    with pytest.raises(ValueError, match="no moments of 'relu1': expected one of norm1, relu2"):
        training_moments.of_run(run, "relu1")


def test_maps_keep_their_places_and_units_their_means() -> None:
    few = mnist.sample("test", 60)  # more than one portion
    digits = mnist.load("test")
    model = models.cnn(channels=(3, 4), hidden=6).eval().requires_grad_(False)
    stage = ablation.stage(model, "relu2", digits.pixels[few], digits.labels[few])
    found = training_moments.of_values(stage.values, stage.labels)
    np.testing.assert_allclose(found["mean"], ablation.mean(stage), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found["class_means"], selectivity.class_means(stage.levels, stage.labels), rtol=1e-5)
    np.testing.assert_allclose(found["std"], stage.levels.std(0, dtype=float), rtol=1e-5)
