"""One loop trains everything: a recipe and a group of seeds give weights at checkpoints and a history.

Two learners take the steps: perceptrons under plain SGD learn in compiled code, one after the other
(`compiled_learner`); all else learns together, by autograd (`autograd_learner`). One thread, by design: a second one
waits more than it works at these sizes. Global defaults of torch change nothing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Protocol

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.runtime import torch_defaults
from mnist_interp.training import autograd_learner, compiled_learner
from mnist_interp.training.batch_order import MinibatchOrder, generator_for
from mnist_interp.training.models import Shuffle, initialize, preparation
from mnist_interp.training.recipe import Recipe

Arrays = dict[str, np.ndarray]


class Learner(Protocol):
    """Networks of one recipe, one a seed, and a way to train them."""

    def advance(self, order: torch.Tensor, targets: torch.Tensor, seen: torch.Tensor) -> None:
        """Take the steps for images in each network's order, and fill `seen` with the logits met."""

    def snapshot(self) -> dict[str, torch.Tensor]:
        """Copy the weights, each (n_seeds, ...)."""


def checkpoint_steps(recipe: Recipe) -> list[int]:
    """List the steps after which weights are kept: 0, 1, 2, 4, 8, ... within the first epoch, then every epoch.

    A `dense` recipe keeps more of its first epochs.
    """
    per_epoch = steps_per_epoch(recipe)
    doubled = {2**k for k in range(per_epoch.bit_length()) if 2**k < per_epoch}
    until = per_epoch * min(recipe.dense_epochs, recipe.epochs)
    regular = range(0, until, recipe.dense) if recipe.dense else ()
    return sorted({0, *doubled, *regular, *range(per_epoch, per_epoch * recipe.epochs + 1, per_epoch)})


def steps_per_epoch(recipe: Recipe) -> int:
    """Count the steps of one pass over the training images, the last of them on what is left."""
    held_out = mnist.N_VALIDATION
    n_images = {"train": 60_000, "fit": 60_000 - held_out, "validation": held_out}[recipe.images]
    return -(-n_images // recipe.batch_size)


def _labels(recipe: Recipe, seeds: tuple[int, ...], digits: mnist.Digits) -> torch.Tensor:
    """Return each seed's labels, (n_seeds, n_images)."""
    if recipe.labels == "true":
        return digits.targets.expand(len(seeds), -1)
    shuffles = [torch.randperm(len(digits), generator=generator_for(seed, "labels")) for seed in seeds]
    return torch.stack([digits.targets[shuffle] for shuffle in shuffles])


def _learner(recipe: Recipe, seeds: tuple[int, ...], digits: mnist.Digits) -> tuple[Learner, list[torch.Generator]]:
    """Return what trains the seeds' networks, and each seed's stream as the initialization left it."""
    parts = [initialize(recipe, seed) for seed in seeds]
    models, streams = [model for model, _ in parts], [stream for _, stream in parts]
    masks = [generator_for(seed, "dropout") for seed in seeds]
    prepare = preparation(recipe)
    if compiled_learner.applies(recipe):
        images = digits.images.reshape(len(digits), -1)
        if isinstance(shuffle := prepare.get("shuffle"), Shuffle):
            images = images[:, shuffle.order.numpy()]
        return compiled_learner.CompiledLearner(recipe, models, masks, images), streams
    inputs = nn.Sequential(prepare)(digits.pixels)
    steps = steps_per_epoch(recipe) * recipe.epochs
    return autograd_learner.AutogradLearner(recipe, models, masks, inputs, steps), streams


@torch_defaults.as_it_comes()
def train(recipe: Recipe, seeds: tuple[int, ...]) -> Arrays:
    """Train one network for each seed.

    Parameters
    ----------
    recipe : Recipe
        What to train, and how.
    seeds : tuple of int
        One a network.

    Returns
    -------
    dict of numpy.ndarray
        ``weights/LAYER.NAME`` of shape (n_seeds, n_checkpoints, ...), float32; ``loss`` and ``accuracy`` of shape
        (n_seeds, n_epochs): the means over the images of each pass, as they were met; loss in nats, accuracy as a
        fraction.
    """
    digits = mnist.load(recipe.images)
    labels = _labels(recipe, seeds, digits)
    learner, streams = _learner(recipe, seeds, digits)
    orders = [MinibatchOrder(recipe.order, seed, stream) for seed, stream in zip(seeds, streams, strict=True)]
    per_epoch, checkpoints = steps_per_epoch(recipe), checkpoint_steps(recipe)
    kept, history = [learner.snapshot()], []
    for epoch in range(recipe.epochs):
        order = torch.stack([order.epoch(labels.shape[1]) for order in orders])
        targets = labels.gather(1, order)
        seen = torch.empty(*targets.shape, 10)  # what was met in passing is scored once, after the pass
        within = [step - per_epoch * epoch for step in checkpoints if 0 < step - per_epoch * epoch <= per_epoch]
        for start, stop in pairwise([0, *within]):
            images = slice(start * recipe.batch_size, stop * recipe.batch_size)
            learner.advance(order[:, images], targets[:, images], seen[:, images])
            kept.append(learner.snapshot())
        losses = F.cross_entropy(seen.transpose(1, 2), targets, reduction="none")
        history.append((losses.double().mean(1), (seen.argmax(2) == targets).double().mean(1)))

    weights = {f"weights/{name}": torch.stack([one[name] for one in kept], dim=1).numpy() for name in kept[0]}
    losses_by_epoch, accuracy_by_epoch = (torch.stack(column, dim=1).numpy() for column in zip(*history, strict=True))
    return {**weights, "loss": losses_by_epoch, "accuracy": accuracy_by_epoch}
