"""Networks from the pixels that hold ink: against the dense pass, whatever comes before the first layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward
from mnist_interp.methods import activations
from mnist_interp.training import models, registry
from mnist_interp.training.recipe import Recipe

RECIPES = (registry.PUBLISHED, registry.NORMALIZED, replace(registry.STANDARDIZED, pixels="shuffled"))


def built(recipe: Recipe, seed: int) -> torch.nn.Sequential:
    model, _ = models.initialize(recipe, seed)
    return models.from_pixels(model, recipe).eval().requires_grad_(False)


@pytest.mark.parametrize("recipe", RECIPES)
def test_activations_are_those_of_the_dense_pass(recipe: Recipe) -> None:
    networks = [built(recipe, seed) for seed in range(5)]  # more than go together
    layers = ["linear1", "relu2", "output"]
    found = list(sparse_forward.activations(networks, "test", layers))
    for network, ours in zip(networks, found, strict=True):
        expected = activations.record(network, mnist.load("test").pixels, layers)
        for layer in layers:
            torch.testing.assert_close(ours[layer], expected[layer], rtol=1e-4, atol=1e-5)


def test_pixels_without_ink_are_left_out_and_no_other() -> None:
    pixels = mnist.load("test").pixels[:30].numpy() * (np.arange(30) != 7)[:, None]  # one image is blank
    ink = sparse_forward.inked(pixels)
    again = np.zeros_like(pixels)
    for image in range(30):
        part = slice(ink.starts[image], ink.starts[image + 1])
        np.add.at(again[image], ink.places[part], ink.values[part])
    np.testing.assert_array_equal(again, pixels)
    assert ink.starts[8] == ink.starts[7]


def test_what_it_cannot_do_is_refused() -> None:
    maps = models.cnn().eval()
    with pytest.raises(ValueError, match="a Flatten comes before the first linear layer"):
        list(sparse_forward.activations([maps], "test", ["output"]))
    with pytest.raises(ValueError, match="unknown layer 'relu9': expected one of linear1"):
        list(sparse_forward.activations([built(registry.PUBLISHED, 0)], "test", ["relu9"]))
