"""How far accuracy survives moving the digit: shifted by whole pixels, or rotated about the middle of the image.

None of the networks was trained on moved digits. What leaves the image is lost and what enters is blank; digits are
centered, and a shift of four pixels takes less than a hundredth of their ink. Accuracy on 2,000 test images; about 1 s
a network, kept by the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist, transforms
from mnist_interp.methods import activations, evaluate
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(200)
SHIFTS = (0, 1, 2, 3, 4)
TURNS = (0, 10, 20, 30, 45)
DIRECTIONS = ((-1, 0), (1, 0), (0, -1), (0, 1))


@cache
def _movements() -> tuple[list[list[torch.Tensor]], list[list[torch.Tensor]]]:
    """Move the images once for all networks: by shift and direction, by turn and way, those in place first."""
    pixels = mnist.load("test").pixels[mnist.sample("test", PER_CLASS)]
    by_shift = [
        [transforms.shift(pixels, step * down, step * right) for down, right in DIRECTIONS] for step in SHIFTS[1:]
    ]
    by_turn = [[transforms.rotate(pixels, sign * angle) for sign in (-1, 1)] for angle in TURNS[1:]]
    return [[pixels], *by_shift], [[pixels], *by_turn]


def _moved(run: Run, checkpoint: int) -> xr.Dataset:
    labels, model = mnist.load("test").labels[mnist.sample("test", PER_CLASS)], run.model(checkpoint)

    def accuracy(pixels: torch.Tensor) -> float:
        return evaluate.accuracy(activations.logits(model, pixels), labels)

    by_shift, by_turn = ([np.mean([accuracy(one) for one in moved]) for moved in by_step] for by_step in _movements())
    return xr.Dataset(
        {"shift": ("pixels", by_shift), "turn": ("degrees", by_turn)},
        coords={"pixels": list(SHIFTS), "degrees": list(TURNS)},
    )


@store.cached
def summary(population: Population, checkpoint: int | Sequence[int] = -1) -> xr.Dataset:
    """Return the accuracy of every network of a population on moved test images.

    Parameters
    ----------
    population : Population
        Networks of any kind.
    checkpoint : int or sequence of int
        Index into the runs' checkpoints, or one for each run.

    Returns
    -------
    xarray.Dataset
        Test accuracies, fractions: ``shift`` (seed, pixels), by `SHIFTS`, the mean over four directions; ``turn``
        (seed, degrees), by `TURNS`, the mean over both ways.
    """
    places = [checkpoint] * len(population) if isinstance(checkpoint, int) else checkpoint
    found = parallel.each(_moved, list(zip(population, places, strict=True)))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
