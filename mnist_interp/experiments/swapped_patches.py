"""How far accuracy survives patches that trade places, in networks that were trained on images in place.

Each image has patches of its own moved, the same ones for every network: of those drawn each takes another's place.
Accuracy on 1,000 test images; a fifth of a second a network, kept by the store.
"""

from __future__ import annotations

from functools import cache

import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.methods import activations, evaluate
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(100)
MOVED = (0, 2, 4, 8, 16)
SIDE, PATCH = 28, 7


def swapped(pixels: torch.Tensor, count: int, *, seed: int = 0) -> torch.Tensor:
    """Move `count` patches of each image, (n_images, 784), around a ring drawn at random; none or one moves nothing."""
    per_row = SIDE // PATCH
    generator = torch.Generator().manual_seed(seed)
    ring = torch.rand(len(pixels), per_row**2, generator=generator).argsort(1)[:, :count]
    source = torch.arange(per_row**2).repeat(len(pixels), 1).scatter(1, ring, ring.roll(1, dims=1))
    patches = pixels.view(-1, per_row, PATCH, per_row, PATCH).transpose(2, 3).reshape(-1, per_row**2, PATCH * PATCH)
    moved = patches.gather(1, source[:, :, None].expand(-1, -1, PATCH * PATCH))
    return moved.view(-1, per_row, per_row, PATCH, PATCH).transpose(2, 3).reshape(-1, SIDE * SIDE)


@cache
def _images() -> list[torch.Tensor]:
    pixels = mnist.load("test").pixels[mnist.sample("test", PER_CLASS)]
    return [swapped(pixels, count) for count in MOVED]


def _accuracies(run: Run) -> list[float]:
    labels, model = mnist.load("test").labels[mnist.sample("test", PER_CLASS)], run.model()
    return [evaluate.accuracy(activations.logits(model, images), labels) for images in _images()]


@store.cached
def summary(population: Population) -> xr.Dataset:
    """Return ``accuracy`` (seed, moved), fractions: with so many of 16 patches moved, of `MOVED`."""
    found = parallel.each(_accuracies, [(run,) for run in population])
    return xr.Dataset({"accuracy": (("seed", "moved"), found)}, {"seed": population.seeds, "moved": list(MOVED)})
