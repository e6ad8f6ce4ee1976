"""Where the tokens of a transformer look, over training: the class token in a population, every token in one network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments.rollout import PATTERNS, by_patch
from mnist_interp.methods import activations
from mnist_interp.methods.attention import CLASS
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(50)
CHECKPOINTS = 12
_FIRST_STEP = 16


def checkpoints(run: Run, count: int = CHECKPOINTS) -> list[int]:
    """Choose checkpoints, evenly on a logarithmic scale of steps, the untrained and the last among them: their places."""
    steps = np.array(run.steps)
    wanted = [0, *np.geomspace(min(_FIRST_STEP, steps[-1]), steps[-1], count - 1)]
    return sorted({int(np.abs(steps - step).argmin()) for step in wanted})


def patterns(model: torch.nn.Module, pixels: torch.Tensor) -> torch.Tensor:
    """Return what each token takes from each, (n_images, n_blocks, n_heads, n_tokens, n_tokens): readers, then read."""
    found = activations.record(model, pixels, PATTERNS)
    return torch.stack([found[name] for name in PATTERNS], dim=1)


def _heads(shape: Sequence[int]) -> list[str]:
    return [f"{block}.{head}" for block in range(1, shape[0] + 1) for head in range(shape[1])]


def _of_run(run: Run, count: int) -> store.Arrays:
    chosen = mnist.sample("test", PER_CLASS)
    pixels, labels = mnist.load("test").pixels[chosen], mnist.load("test").labels[chosen]
    inked = (by_patch(pixels).sum(2) > 0).numpy()
    shares, looked, ink = [], [], []
    for place in checkpoints(run, count):
        found = patterns(run.model(place), pixels)[:, :, :, CLASS].flatten(1, 2).numpy()
        shares.append(np.stack([found[labels == digit].mean(0) for digit in range(10)]))
        entropy = -(found * np.log(np.maximum(found, 1e-30))).sum(-1)
        looked.append(np.exp(entropy).mean(0))
        ink.append((found[..., 1:] * inked[:, None]).sum(-1).mean(0))
    return {"share": np.stack(shares), "looked_at": np.stack(looked), "on_ink": np.stack(ink)}


@store.cached
def of_class_token(population: Population, count: int = CHECKPOINTS) -> xr.Dataset:
    """Measure where the class token looks.

    Parameters
    ----------
    population : Population
        Of transformers.
    count : int
        How many checkpoints.

    Returns
    -------
    xarray.Dataset
        ``share`` (seed, step, digit, head, token), mean over 500 test images, tokens counted from the class token, 0;
        ``looked_at`` (seed, step, head), how many tokens it looks at, the exponential of the entropy in nats, 1 to 17;
        ``on_ink`` (seed, step, head), what share falls on patches that are not blank, and ``inked``, how many of 16
        these are. Heads are named ``"BLOCK.HEAD"``.
    """
    found = parallel.each(_of_run, [(run, count) for run in population])
    dims = {"share": ("step", "digit", "head", "token"), "looked_at": ("step", "head"), "on_ink": ("step", "head")}
    shape = activations.record(population[0].model(), torch.zeros(1, 784), [PATTERNS[0]])[PATTERNS[0]].shape
    run = population[0]
    inked = by_patch(mnist.load("test").pixels[mnist.sample("test", PER_CLASS)]).sum(2) > 0
    return xr.Dataset(
        {name: (("seed", *dims[name]), np.stack([row[name] for row in found])) for name in dims}
        | {"inked": float(inked.double().mean() * inked.shape[1])},
        {
            "seed": population.seeds,
            "step": [run.steps[place] for place in checkpoints(run, count)],
            "head": _heads((len(PATTERNS), shape[1])),
        },
    )


@store.cached
def of_images(population: Population, images: Sequence[int], count: int = CHECKPOINTS) -> xr.Dataset:
    """Record who reads whom in one network, on some test images, over training.

    Parameters
    ----------
    population : Population
        The first of it is looked at.
    images : sequence of int
        Indices in the test set.
    count : int
        How many checkpoints.

    Returns
    -------
    xarray.Dataset
        ``share`` (image, step, head, reader, read), float32; ``predicted`` (image, step), the digit that is read.
    """
    run, pixels = population[0], mnist.load("test").pixels[list(images)]
    places = checkpoints(run, count)
    found = [patterns(run.model(place), pixels).flatten(1, 2).numpy() for place in places]
    said = [activations.logits(run.model(place), pixels).argmax(1).numpy() for place in places]
    n_heads = found[0].shape[1] // len(PATTERNS)
    return xr.Dataset(
        {
            "share": (("image", "step", "head", "reader", "read"), np.stack(found, axis=1)),
            "predicted": (("image", "step"), np.stack(said, axis=1)),
        },
        {
            "image": list(images),
            "step": [run.steps[place] for place in places],
            "head": _heads((len(PATTERNS), n_heads)),
        },
    )
