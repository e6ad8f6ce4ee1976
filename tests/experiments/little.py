"""Networks of a few units on a few hundred images, measured anew each time: what experiments are held against loops on.

Hidden layers are as they were drawn, with larger weights, but for a last unit of layer 2 that is dead; the readout is
fitted, so that images are read far better than by chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from mnist_interp.data import mnist
from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import ablation_effects, sparse_forward
from mnist_interp.methods import activations
from mnist_interp.runtime import parallel, store
from mnist_interp.training import loop, models
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

PER_CLASS: dict[str, int] = {"train": 40, "test": 20}
FITTED_ON = 30  # training images of each digit
WIDTHS = (24, 14)
DEAD = WIDTHS[1] - 1
PLAIN = Recipe(options=(("hidden", WIDTHS),), epochs=1)


def images(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    """Let experiments see these images alone, work in this process, and keep nothing."""
    few = {}
    for split, per_class in PER_CLASS.items():
        whole, chosen = mnist.load(split), mnist.sample(split, per_class)  # type: ignore[arg-type]
        few[split] = Digits(whole.images[chosen], whole.labels[chosen])
    ink = {split: sparse_forward.inked(digits.pixels.numpy()) for split, digits in few.items()}
    monkeypatch.setattr(mnist, "load", few.__getitem__)
    monkeypatch.setattr(sparse_forward, "_ink", ink.__getitem__)
    monkeypatch.setattr(ablation_effects, "REFITTED_ON", FITTED_ON)
    monkeypatch.setattr(store, "read", lambda path: None)
    monkeypatch.setattr(store, "write", lambda path, arrays: None)
    monkeypatch.setattr(parallel, "each", lambda function, jobs: [function(*job) for job in jobs])
    return few


def _hidden(model: torch.nn.Sequential, pixels: torch.Tensor) -> np.ndarray:
    last = activations.relu_layers(model)[-1]
    return activations.record(model.eval().requires_grad_(False), pixels, [last])[last].flatten(1).numpy()


def run(seed: int, recipe: Recipe = PLAIN) -> Run:
    """Draw a network and fit its readout to the training images that are there, more closely at each checkpoint."""
    model, _ = models.initialize(recipe, seed)
    if recipe.model == "mlp":
        with torch.no_grad():
            for layer in ("linear1", "linear2"):
                model.get_parameter(f"{layer}.weight").mul_(3)
            model.get_parameter("linear2.bias")[-1] = -100
    digits, state = mnist.load("train"), {name: value.numpy().copy() for name, value in model.state_dict().items()}
    generator = np.random.default_rng(seed)
    values = np.pad(_hidden(model, digits.pixels), ((0, 0), (0, 1)), constant_values=1)
    products = values.T @ values + np.eye(values.shape[1])
    readout = 8 * np.linalg.solve(products, values.T @ np.eye(10)[digits.labels])
    count = len(loop.checkpoint_steps(recipe))
    weights = {name: np.repeat(value[None], count, axis=0) for name, value in state.items()}
    for place in range(count):
        fitted = readout + (count - 1 - place) * generator.normal(size=readout.shape)
        weights["output.weight"][place], weights["output.bias"][place] = fitted[:-1].T, fitted[-1]
    return Run(recipe, seed, weights, np.zeros(recipe.epochs), np.zeros(recipe.epochs))


def population(*seeds: int, **changes: Any) -> Population:
    """Make several such networks; `changes` are fields of `Recipe`."""
    recipe = Recipe(**({"options": PLAIN.options, "epochs": PLAIN.epochs} | changes))
    return Population(recipe, tuple(run(seed, recipe) for seed in seeds))


def layers(run: Run, split: str, *names: str, checkpoint: int = -1) -> list[np.ndarray]:
    """Return what layers put out for all images of a split, in double precision."""
    found = activations.record(run.model(checkpoint), mnist.load(split).pixels, names)  # type: ignore[arg-type]
    return [found[name].double().numpy() for name in names]


def readout(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights (10, n_units) and biases (10,) of the output."""
    return run.weights["output.weight"][-1].astype(float), run.weights["output.bias"][-1].astype(float)
