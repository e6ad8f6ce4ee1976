"""Networks of one recipe that learn together by ordinary autograd and a torch optimizer, whatever their layers.

A step gathers each seed's own minibatch, (n_seeds, batch, 784), and the stacked model takes it. The sum of the seeds'
mean losses is what is differentiated, so no seed's gradient knows of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp.training.ensemble import StackedBatchNorm, StackedDropout, snapshot, stack
from mnist_interp.training.recipe import Recipe


def _optimizer(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups: list[dict[str, Any]] = [{"params": learning}]
    if recipe.first_rate != 1:
        first, *rest = learning
        groups = [{"params": rest}, {"params": [first], "lr": recipe.learning_rate * recipe.first_rate}]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, fused=True)  # one pass, same bits
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, weight_decay=recipe.decay)


def _schedule(
    recipe: Recipe, optimizer: torch.optim.Optimizer, steps: int
) -> torch.optim.lr_scheduler.LRScheduler | None:
    if recipe.schedule == "constant":
        return None
    peaks = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=peaks, total_steps=steps)


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


class AutogradLearner:
    """Networks of one recipe, stacked.

    Parameters
    ----------
    recipe : Recipe
        What decides their training.
    models : sequence of torch.nn.Sequential
        As initialized, one a seed.
    masks : sequence of torch.Generator
        One a model; what dropout draws its masks from.
    inputs : torch.Tensor of shape (n_images, 784)
        What the networks read of the training images.
    steps : int
        How many there will be in all, for the schedule.
    """

    def __init__(
        self,
        recipe: Recipe,
        models: Sequence[nn.Sequential],
        masks: Sequence[torch.Generator],
        inputs: torch.Tensor,
        steps: int,
    ) -> None:
        self._model = self._learner = stack(models, masks)
        for layer in recipe.frozen:
            self._model.get_submodule(layer).requires_grad_(False)
        self._optimizer = _optimizer(recipe, self._model)
        self._schedule = _schedule(recipe, self._optimizer, steps)
        self._batch, self._inputs, self._place = recipe.batch_size, inputs, torch.tensor(0)
        if recipe.frozen:
            self._place = torch.arange(len(models)).unsqueeze(1) * len(inputs)
            self._learner, self._inputs = _after_frozen(self._model, inputs, len(models))

    def advance(self, order: torch.Tensor, targets: torch.Tensor, seen: torch.Tensor) -> None:
        """Learn from images in each network's order, (n_seeds, n), a minibatch at a time.

        Parameters
        ----------
        order, targets : torch.Tensor of int64, shape (n_seeds, n)
            Which images, and their labels.
        seen : torch.Tensor of shape (n_seeds, n, n_classes)
            Filled with the logits as they were met.
        """
        batches = [(self._place + order).split(self._batch, dim=1), targets.split(self._batch, dim=1)]
        for rows, target, met in zip(*batches, seen.split(self._batch, dim=1), strict=True):
            images = self._inputs.index_select(0, rows.flatten())  # faster than self._inputs[rows]
            logits = self._learner(images.view(*target.shape, *images.shape[1:]))
            loss = F.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="sum") / target.shape[1]
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            if self._schedule is not None:
                self._schedule.step()
            met.copy_(logits.detach())

    def snapshot(self) -> dict[str, torch.Tensor]:
        """Copy the weights, named as in a ``state_dict``, each (n_seeds, ...)."""
        return snapshot(self._model)
