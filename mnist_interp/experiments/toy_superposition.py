"""The toy model of superposition: features that we know, in fewer dimensions than there are of them.

Of Elhage et al. 2022, "Toy models of superposition": a feature is in [0, 1] and present with probability 1 - sparsity;
the network keeps x as h = W x and gives back ReLU(W^T h + b); errors of feature i count by .9^i. As W is known, so is
how much of a dimension each feature has for itself, which makes this the ground truth for measures that are to be used
where nothing is known. All seeds of a sparsity train as one model; ten minutes of the paper's notebooks take one here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr

from mnist_interp.runtime import parallel, preview, store, torch_defaults
from mnist_interp.training import registry

SPARSITIES = (0.0, 0.7, 0.9, 0.97, 0.99)
SEEDS = registry.MLP_SEEDS
REPRESENTED = 0.5  # a feature with a longer direction than this is represented; one that is kept whole has length 1
STEPS = 400 if preview.enabled() else 2_000
BATCH = 256
RATE = 0.02  # of Adam, going down to 0 in a line
_DRAWN_AT_ONCE = 40  # steps
_CHECKPOINTS = 20


@dataclass(frozen=True)
class Toy:
    """A size of the toy: `features` in `hidden` dimensions, the importance of each `decay` times that before it."""

    features: int = 20
    hidden: int = 5
    decay: float = 0.9

    @property
    def key(self) -> dict[str, Any]:
        """What decides the toy, as JSON."""
        return asdict(self)

    @property
    def importance(self) -> torch.Tensor:
        """How much an error of each feature counts, (features,); 1 for the first."""
        return self.decay ** torch.arange(self.features)


TWENTY = Toy()
FIVE = Toy(features=5, hidden=2)


def checkpoint_steps(steps: int) -> list[int]:
    """Return before which steps the weights are kept: 0, then in equal ratios, the last one at the end."""
    spaced = np.geomspace(1, steps, _CHECKPOINTS - 1)
    return [0, *np.unique(np.rint(spaced).astype(int)).tolist()]


def draw(toy: Toy, sparsity: float, generators: Sequence[torch.Generator], *shape: int) -> torch.Tensor:
    """Draw inputs: float32 of shape (len(generators), *shape, features), 0 where a feature is absent."""
    uniform = torch.empty(len(generators), *shape, toy.features)
    for rows, generator in zip(uniform, generators, strict=True):
        rows.uniform_(generator=generator)
    share = 1 - sparsity
    return torch.where(uniform < share, uniform / share, 0.0)


def output(weights: torch.Tensor, bias: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return what networks give back, before the ReLU: (n, rows, features) of inputs of the same shape.

    Parameters
    ----------
    weights : torch.Tensor of shape (n, hidden, features)
        W of each network.
    bias : torch.Tensor of shape (n, 1, features)
        Of what is given back.
    x : torch.Tensor of shape (n, rows, features)
        Inputs.
    """
    return torch.baddbmm(bias, x @ weights.transpose(1, 2), weights)


def train(toy: Toy, sparsity: float, seeds: Sequence[int], steps: int) -> store.Arrays:
    """Train networks of one sparsity side by side; each comes out as it would alone.

    Returns
    -------
    dict of numpy.ndarray
        ``weights`` (n_checkpoints, n_seeds, hidden, features) and ``bias`` (n_checkpoints, n_seeds, features).
    """
    with torch_defaults.as_it_comes():
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        start = (2 / (toy.features + toy.hidden)) ** 0.5
        first = [start * torch.randn(toy.hidden, toy.features, generator=one) for one in generators]
        weights = torch.stack(first).requires_grad_()
        bias = torch.zeros(len(seeds), 1, toy.features).requires_grad_()
        optimizer = torch.optim.Adam([weights, bias], lr=RATE)
        schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
        kept, importance = set(checkpoint_steps(steps)), toy.importance
        found: list[tuple[np.ndarray, np.ndarray]] = []
        for step in range(steps + 1):
            if step in kept:
                found.append((weights.detach().numpy().copy(), bias.detach().squeeze(1).numpy().copy()))
            if step == steps:
                break
            if step % _DRAWN_AT_ONCE == 0:
                inputs = draw(toy, sparsity, generators, _DRAWN_AT_ONCE, BATCH)
            x = inputs[:, step % _DRAWN_AT_ONCE]
            optimizer.zero_grad()
            error = output(weights, bias, x).relu() - x
            (importance * error.square()).mean((1, 2)).sum().backward()
            optimizer.step()
            schedule.step()
    return {name: np.stack(one) for name, one in zip(("weights", "bias"), zip(*found, strict=True), strict=True)}


@store.cached
def networks(toy: Toy = TWENTY, seeds: Sequence[int] = SEEDS) -> xr.Dataset:
    """Train the toy at every sparsity.

    Parameters
    ----------
    toy : Toy
        Its size.
    seeds : sequence of int
        Each decides a network's first weights and its inputs.

    Returns
    -------
    xarray.Dataset
        ``weights`` (sparsity, step, seed, dimension, feature) and ``bias`` (sparsity, step, seed, feature), float32;
        ``step`` 0 is untrained, -1 trained.
    """
    found = parallel.each(train, [(toy, sparsity, tuple(seeds), STEPS) for sparsity in SPARSITIES])
    axes = {"weights": ("dimension", "feature"), "bias": ("feature",)}
    variables = {
        name: (("sparsity", "step", "seed", *rest), np.stack([one[name] for one in found]))
        for name, rest in axes.items()
    }
    labels = {"sparsity": list(SPARSITIES), "step": checkpoint_steps(STEPS), "seed": list(seeds)}
    return xr.Dataset(variables, {**labels, "feature": range(toy.features)})


def norms(weights: np.ndarray) -> np.ndarray:
    """Return the length of each feature's direction, (..., features), of weights (..., hidden, features)."""
    return np.linalg.norm(weights, axis=-2)


def dimensionality(weights: np.ndarray) -> np.ndarray:
    """Return how much of a dimension each feature has for itself, D_i = |w_i|^2 / sum_j (w_i/|w_i| . w_j)^2.

    Parameters
    ----------
    weights : numpy.ndarray of shape (..., hidden, features)
        A feature's direction is a column.

    Returns
    -------
    numpy.ndarray of shape (..., features)
        1 for a feature whose direction no other shares, a half for each of two that lie opposite, 0 for one without a
        direction.
    """
    overlaps = np.square(np.swapaxes(weights, -1, -2) @ weights)
    squared = np.square(norms(weights))
    shared = overlaps.sum(-1)
    return np.divide(squared**2, shared, out=np.zeros_like(squared), where=shared > 0)
