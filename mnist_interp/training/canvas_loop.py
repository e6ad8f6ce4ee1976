"""How networks that read canvases of four digits learn: 784-64-k-40 perceptrons, one logit for each slot and digit.

Canvases are drawn as training goes, for as many digits as the recipe says: where most slots are empty there are more
canvases, and so more steps. The loss is the binary cross-entropy of the 40 logits; Adam, one cycle; all seeds of a
group learn stacked.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp.data import canvases
from mnist_interp.runtime import store, torch_defaults
from mnist_interp.training import ensemble
from mnist_interp.training.batch_order import generator_for

HIDDEN, FEATURES = 64, canvases.SLOTS * canvases.DIGITS
_DRAWN = 64  # steps whose canvases are drawn at once


@dataclass(frozen=True)
class CanvasRecipe:
    """What decides a training run on canvases, apart from its seed.

    Attributes
    ----------
    width : int
        Units of layer 2.
    empty : float
        Probability that a slot of a training canvas is empty.
    n_digits : int
        Digits met in training, on average.
    learning_rate : float
        Peak of the cycle.
    batch_size : int
        Canvases a step.
    """

    width: int = 16
    empty: float = 0.97
    n_digits: int = 500_000
    learning_rate: float = 0.003
    batch_size: int = 128

    @property
    def key(self) -> dict[str, Any]:
        """The fields as JSON."""
        return asdict(self)

    @property
    def steps(self) -> int:
        """Optimizer steps: as many as hold `n_digits` digits."""
        return round(self.n_digits / canvases.digits_each(self.empty) / self.batch_size)


def build(recipe: CanvasRecipe) -> nn.Sequential:
    """Build a recipe's network on torch's default generator; it maps (n, 784) to logits (n, 40)."""
    return nn.Sequential(
        OrderedDict(
            linear1=nn.Linear(784, HIDDEN),
            relu1=nn.ReLU(),
            linear2=nn.Linear(HIDDEN, recipe.width),
            relu2=nn.ReLU(),
            output=nn.Linear(recipe.width, FEATURES),
        )
    )


def initialize(recipe: CanvasRecipe, seed: int) -> nn.Sequential:
    """Build a recipe's network from a seed; torch's default generator stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(recipe)


@torch_defaults.as_it_comes()
def train(recipe: CanvasRecipe, seeds: tuple[int, ...]) -> store.Arrays:
    """Train one network for each seed.

    Returns
    -------
    dict of numpy.ndarray
        ``LAYER.NAME`` of shape (n_seeds, 2, ...), float32: untrained and trained.
    """
    digits, generators = canvases.reduced("train"), [generator_for(seed, "order") for seed in seeds]
    model = ensemble.stack([initialize(recipe, seed) for seed in seeds], generators)
    untrained, steps, batch = ensemble.snapshot(model), recipe.steps, recipe.batch_size
    optimizer = torch.optim.Adam(
        model.parameters(), lr=recipe.learning_rate
    )  # fused, a group would change the last bit
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=recipe.learning_rate, total_steps=steps)
    for step in range(steps):
        if step % _DRAWN == 0:
            n = _DRAWN * batch
            drawn = [canvases.draw(one, n, empty=recipe.empty, n_images=digits.n_images) for one in generators]
            batches = torch.stack(drawn).split(batch, dim=1)
        which = batches[step % _DRAWN]
        logits = model(canvases.compose(digits.images, which))
        present = canvases.targets(digits.targets, which)
        loss = F.binary_cross_entropy_with_logits(logits, present, reduction="sum") / (batch * FEATURES)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    trained = ensemble.snapshot(model)
    return {name: torch.stack([untrained[name], trained[name]], dim=1).numpy() for name in trained}
