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
def _movements(
    shifts: tuple[int, ...], turns: tuple[int, ...]
) -> tuple[list[list[torch.Tensor]], list[list[torch.Tensor]]]:
    """Move the images once for all networks: by shift and direction, by turn and way, those in place first."""
    pixels = mnist.load("test").pixels[mnist.sample("test", PER_CLASS)]
    by_shift = [
        [transforms.shift(pixels, step * down, step * right) for down, right in DIRECTIONS] for step in shifts[1:]
    ]
    by_turn = [[transforms.rotate(pixels, sign * angle) for sign in (-1, 1)] for angle in turns[1:]]
    return [[pixels], *by_shift], [[pixels], *by_turn]


def _moved(run: Run, checkpoint: int, shifts: tuple[int, ...], turns: tuple[int, ...]) -> xr.Dataset:
    labels, model = mnist.load("test").labels[mnist.sample("test", PER_CLASS)], run.model(checkpoint)

    def accuracy(pixels: torch.Tensor) -> float:
        return evaluate.accuracy(activations.logits(model, pixels), labels)

    (in_place, *by_shift), (_, *by_turn) = _movements(shifts, turns)
    still, shifted, turned = (
        [float(np.mean([accuracy(one) for one in moved])) for moved in part] for part in ([in_place], by_shift, by_turn)
    )
    return xr.Dataset(
        {"shift": ("pixels", still + shifted), "turn": ("degrees", still + turned)},
        coords={"pixels": list(shifts), "degrees": list(turns)},
    )


@store.cached
def summary(
    population: Population,
    checkpoint: int | Sequence[int] = -1,
    shifts: tuple[int, ...] = SHIFTS,
    turns: tuple[int, ...] = TURNS,
) -> xr.Dataset:
    """Return the accuracy of every network of a population on moved test images.

    Parameters
    ----------
    population : Population
        Networks of any kind.
    checkpoint : int or sequence of int
        Index into the runs' checkpoints, or one for each run.
    shifts, turns : tuple of int
        By how many pixels, and degrees, digits are moved; 0 first, which is not at all.

    Returns
    -------
    xarray.Dataset
        Test accuracies, fractions: ``shift`` (seed, pixels), the mean over four directions; ``turn`` (seed, degrees),
        the mean over both ways.
    """
    places = [checkpoint] * len(population) if isinstance(checkpoint, int) else checkpoint
    found = parallel.each(_moved, [(run, place, shifts, turns) for run, place in zip(population, places, strict=True)])
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
