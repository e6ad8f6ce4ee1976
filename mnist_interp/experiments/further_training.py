"""Training that goes on from given weights: networks cut out of others, or the same network in another state.

Plain perceptrons learn on in compiled code, as their recipe trains them but for rate and number of epochs. Networks of
one seed see the same minibatches, those that would have come next. A network and epoch takes 0.05 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.training import models
from mnist_interp.training.batch_order import MinibatchOrder, generator_for
from mnist_interp.training.compiled_learner import CompiledLearner
from mnist_interp.training.masked_learner import MaskedLearner
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Run

State = dict[str, np.ndarray]


def state(run: Run, checkpoint: int = -1) -> State:
    """Return a run's weights at a checkpoint, as in a ``state_dict``."""
    return {name: values[checkpoint].copy() for name, values in run.weights.items()}


def cut(whole: State, units: np.ndarray, held: np.ndarray | None = None) -> State:
    """Cut a network of fewer units in layer 2 out of a perceptron of two hidden layers.

    Parameters
    ----------
    whole : dict of numpy.ndarray
        Weights.
    units : numpy.ndarray of int, shape (size,)
        The units of layer 2 that stay.
    held : numpy.ndarray of shape (n_units,), optional
        What the others are held at: this enters the output biases, so that the narrower network says what the whole one
        says with them held. They are at zero unless told.
    """
    found = {name: value.copy() for name, value in whole.items()}
    if held is not None:
        gone = np.setdiff1d(np.arange(len(held)), units)
        found["output.bias"] = (whole["output.bias"] + whole["output.weight"][:, gone] @ held[gone]).astype(np.float32)
    found["linear2.weight"], found["linear2.bias"] = whole["linear2.weight"][units], whole["linear2.bias"][units]
    found["output.weight"] = np.ascontiguousarray(whole["output.weight"][:, units])
    return found


def of_width(recipe: Recipe, width: int) -> Recipe:
    """Return a perceptron's recipe with another number of units in layer 2."""
    options = dict(recipe.options)
    first, _ = options.pop("hidden", (32, 16))
    return replace(recipe, options=(*options.items(), ("hidden", (first, width))))


def _model(recipe: Recipe, weights: State) -> nn.Sequential:
    model, _ = models.initialize(recipe, 0)
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return model.train()


def trained_on(
    recipe: Recipe,
    seed: int,
    starts: Sequence[State],
    *,
    epochs: int,
    skipped: int = 0,
    readouts: np.ndarray | None = None,
) -> list[Run]:
    """Train networks on from given weights.

    Parameters
    ----------
    recipe : Recipe
        Of plain perceptrons under SGD; its rate is taken, its number of epochs is not.
    seed : int
        Decides the order of the minibatches.
    starts : sequence of dict
        Weights of each network, of the recipe's architecture.
    epochs : int
        Passes over the training images.
    skipped : int
        Passes whose orders were seen before.
    readouts : numpy.ndarray of bool, shape (n_networks, 10, n_units), optional
        Which weights of the output layer are used: the others are zero from the start and stay so.

    Returns
    -------
    list of Run
        One a network, with checkpoints at the start and after each epoch, told apart by their weights. Histories are
        empty.
    """
    digits = mnist.load(recipe.images)
    models_, masks = [_model(recipe, start) for start in starts], [generator_for(seed, "dropout") for _ in starts]
    images = digits.images.reshape(len(digits), -1)
    learner = (
        CompiledLearner(recipe, models_, masks, images)
        if readouts is None
        else MaskedLearner(recipe, models_, masks, images, readouts)
    )
    orders, kept = MinibatchOrder("generator", seed, masks[0]), [learner.snapshot()]
    for epoch in range(skipped + epochs):
        drawn = orders.epoch(len(digits))
        if epoch >= skipped:
            order = drawn.expand(len(starts), -1).contiguous()
            targets = digits.targets[order]
            learner.advance(order, targets, torch.empty(*targets.shape, 10))
            kept.append(learner.snapshot())
    nothing = np.empty(0)
    return [
        Run(recipe, seed, {name: np.stack([one[name][k] for one in kept]) for name in kept[0]}, nothing, nothing)
        for k in range(len(starts))
    ]
