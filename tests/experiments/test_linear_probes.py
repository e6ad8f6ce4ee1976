"""Linear readers of stages: a rule that a line can follow is followed, and noise is not."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import linear_probes, recordings
from mnist_interp.methods import activations, probes
from mnist_interp.training import models, registry
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population
from tests.experiments import little


def _clusters(generator: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(count) % 10
    centers = np.random.default_rng(0).normal(size=(10, 30)) * 3
    return centers[labels] + generator.normal(size=(count, 30)), labels


def test_a_reader_finds_what_lies_apart_and_nothing_in_noise() -> None:
    generator = np.random.default_rng(1)
    fitted, fitted_labels = _clusters(generator, 1000)
    points, labels = _clusters(generator, 500)
    assert probes.ridge_accuracy(fitted, fitted_labels, points, labels) > 0.95
    noise = generator.normal(size=points.shape)
    assert probes.ridge_accuracy(generator.normal(size=fitted.shape), fitted_labels, noise, labels) < 0.2


def test_shift_and_scale_of_a_stage_do_not_matter() -> None:
    generator = np.random.default_rng(2)
    fitted, fitted_labels = _clusters(generator, 300)
    points, labels = _clusters(generator, 300)
    one = probes.ridge_accuracy(fitted, fitted_labels, points, labels)
    assert probes.ridge_accuracy(5 + 0.01 * fitted, fitted_labels, 5 + 0.01 * points, labels) == one
    assert probes.ridge_accuracy(np.zeros_like(fitted), fitted_labels, np.zeros_like(points), labels) < 0.2


@pytest.mark.parametrize("recipe", [Recipe(), Recipe(model="cnn")], ids=["mlp", "cnn"])
def test_stages_are_the_pixels_and_what_each_relu_puts_out(recipe: Recipe) -> None:
    model = models.initialize(recipe, 3)[0].eval()
    run = SimpleNamespace(model=lambda checkpoint: model)
    found = recordings.points_of_layers(run, ["pixels", *activations.relu_layers(model)], per_class=20)
    digits, chosen = mnist.load("test"), mnist.sample("test", 20)
    values = digits.pixels[chosen]
    expected = [values]
    with torch.no_grad():
        for layer in model:
            values = layer(values)
            if isinstance(layer, nn.ReLU):
                expected.append(values.flatten(1))
    assert np.array_equal(recordings.labels(per_class=20), digits.labels[chosen])
    for one, other in zip(found.values(), expected, strict=True):
        np.testing.assert_allclose(one, other.numpy(), rtol=0, atol=1e-6)


def test_the_summary_names_states_and_stages() -> None:
    run = training.run(registry.PUBLISHED)
    found = linear_probes.summary(Population(run.recipe, (run,)))["accuracy"].sel(seed=run.seed)
    assert found["stage"].to_numpy().tolist() == ["pixels", "relu1", "relu2"]
    assert float(found.sel(state="untrained", stage="pixels")) == float(found.sel(state="trained", stage="pixels"))
    counts = {"train": linear_probes.FITTED, "test": linear_probes.SCORED}
    for state, checkpoint in {"untrained": 0, "trained": -1}.items():
        points, labels = [], []
        for split, count in counts.items():
            chosen, digits = mnist.sample(split, count), mnist.load(split)
            points.append(run.model(checkpoint)[:2](digits.pixels[chosen]).numpy())
            labels.append(digits.labels[chosen])
        expected = probes.ridge_accuracy(points[0], labels[0], points[1], labels[1])
        assert float(found.sel(state=state, stage="relu1")) == pytest.approx(expected, abs=1e-3)


def test_of_a_transformer_the_class_token_is_read_behind_each_block(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    for name, count in {"FITTED": little.FITTED_ON, "SCORED": 10}.items():
        monkeypatch.setattr(linear_probes, name, count)
    monkeypatch.setattr(linear_probes, "_from_pixels", lambda: 0.5)
    options = (("width", 8), ("mlp", 8), ("n_blocks", 2), ("n_heads", 2))
    networks = little.population(3, 8, model="transformer", options=options)
    found = linear_probes.at(networks, [1, -1])["accuracy"]
    assert found["stage"].to_numpy().tolist() == ["pixels", "block1", "block2", "relu3"]
    run, readers = networks[1], []
    for split, count in {"train": little.FITTED_ON, "test": 10}.items():
        digits, chosen = mnist.load(split), mnist.sample(split, count)
        tokens = run.model(-1)[:2](digits.pixels[chosen])
        readers += [tokens[:, 0].detach().numpy(), digits.labels[chosen]]
    expected = probes.ridge_accuracy(*readers)
    assert float(found.sel(seed=8, stage="block1")) == pytest.approx(expected)
