"""One loop trains everything: a recipe and a group of seeds give weights at checkpoints and a history.

The digits lie in memory as one tensor; a step gathers each seed's own minibatch, (n_seeds, batch, 784), and the
stacked model takes it through ordinary autograd and a torch optimizer. The sum of the seeds' mean losses is what is
differentiated, so no seed's gradient knows of another. One thread, by design: a second one waits more than it works
at these sizes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp import mnist
from mnist_interp.models import initialize, preparation
from mnist_interp.order import MinibatchOrder, generator_for
from mnist_interp.recipes import Recipe
from mnist_interp.stacked import StackedBatchNorm, StackedDropout, snapshot, stack

Arrays = dict[str, np.ndarray]


def checkpoint_steps(recipe: Recipe) -> list[int]:
    """List the steps after which weights are kept: 0, 1, 2, 4, 8, ... within the first epoch, then every epoch.

    A `dense` recipe keeps more of the first epoch.
    """
    per_epoch = steps_per_epoch(recipe)
    doubled = {2**k for k in range(per_epoch.bit_length()) if 2**k < per_epoch}
    regular = range(0, per_epoch, recipe.dense) if recipe.dense else ()
    return sorted({0, *doubled, *regular}) + [per_epoch * epoch for epoch in range(1, recipe.epochs + 1)]


def steps_per_epoch(recipe: Recipe) -> int:
    """Count the steps of one pass over the training images, the last of them on what is left."""
    held_out = mnist.N_VALIDATION
    n_images = {"train": 60_000, "fit": 60_000 - held_out, "validation": held_out}[recipe.images]
    return -(-n_images // recipe.batch_size)


def _optimizer(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups: list[dict[str, Any]] = [{"params": learning}]
    if recipe.first_rate != 1:
        first, *rest = learning
        groups = [{"params": rest}, {"params": [first], "lr": recipe.learning_rate * recipe.first_rate}]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, fused=True)  # one pass, same bits
    return torch.optim.Adam(groups, lr=recipe.learning_rate)


def _schedule(recipe: Recipe, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler | None:
    if recipe.schedule == "constant":
        return None
    steps = steps_per_epoch(recipe) * recipe.epochs
    peaks = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=peaks, total_steps=steps)


def _training_data(recipe: Recipe, seeds: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs (n_images, 784), shared, and each seed's labels (n_seeds, n_images)."""
    digits = mnist.load(recipe.images)
    inputs = nn.Sequential(preparation(recipe))(digits.pixels)
    if recipe.labels == "true":
        return inputs, digits.targets.expand(len(seeds), -1)
    shuffles = [torch.randperm(len(digits), generator=generator_for(seed, "labels")) for seed in seeds]
    return inputs, torch.stack([digits.targets[shuffle] for shuffle in shuffles])


def _after_frozen(model: nn.Sequential, inputs: torch.Tensor, n_seeds: int) -> tuple[nn.Sequential, torch.Tensor]:
    """Take all images through what stands before the first layer that learns or is random, once for all steps.

    Returns the rest of the model, and what it reads: (n_seeds * n_images, ...), seed after seed.
    """
    first = next(
        place
        for place, layer in enumerate(model)
        if isinstance(layer, StackedDropout | StackedBatchNorm) or any(one.requires_grad for one in layer.parameters())
    )
    with torch.no_grad():
        read = [model[:first](some.expand(n_seeds, *some.shape)) for some in inputs.split(1_000)]
    return model[first:], torch.cat(read, dim=1).flatten(0, 1)


def train(recipe: Recipe, seeds: tuple[int, ...]) -> Arrays:
    """Train one network for each seed, together.

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
    parts = [initialize(recipe, seed) for seed in seeds]
    model = stack([part for part, _ in parts], [generator_for(seed, "dropout") for seed in seeds])
    for layer in recipe.frozen:
        model.get_submodule(layer).requires_grad_(False)
    orders = [MinibatchOrder(recipe.order, seed, stream) for seed, (_, stream) in zip(seeds, parts, strict=True)]
    optimizer = _optimizer(recipe, model)
    schedule = _schedule(recipe, optimizer)
    inputs, labels = _training_data(recipe, seeds)
    learner, place = model, torch.tensor(0)
    if recipe.frozen:
        place = torch.arange(len(seeds)).unsqueeze(1) * len(inputs)
        learner, inputs = _after_frozen(model, inputs, len(seeds))

    keep = set(checkpoint_steps(recipe))
    step, kept, history = 0, [snapshot(model)], []
    for _ in range(recipe.epochs):
        order = torch.stack([order.epoch(labels.shape[1]) for order in orders])
        targets, rows = labels.gather(1, order), place + order
        seen = torch.empty(*targets.shape, 10)  # what was read in passing is scored once, after the pass
        for start in range(0, labels.shape[1], recipe.batch_size):
            batch = slice(start, start + recipe.batch_size)
            target = targets[:, batch]
            images = inputs.index_select(0, rows[:, batch].flatten())  # faster than inputs[rows[:, batch]]
            logits = learner(images.view(*target.shape, *images.shape[1:]))
            loss = F.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="sum") / target.shape[1]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if schedule is not None:
                schedule.step()
            seen[:, batch] = logits.detach()
            step += 1
            if step in keep:
                kept.append(snapshot(model))
        losses = F.cross_entropy(seen.transpose(1, 2), targets, reduction="none")
        history.append((losses.double().mean(1), (seen.argmax(2) == targets).double().mean(1)))

    weights = {f"weights/{name}": torch.stack([one[name] for one in kept], dim=1).numpy() for name in kept[0]}
    losses_by_epoch, accuracy_by_epoch = (torch.stack(column, dim=1).numpy() for column in zip(*history, strict=True))
    return {**weights, "loss": losses_by_epoch, "accuracy": accuracy_by_epoch}
