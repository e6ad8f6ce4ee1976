"""How far accuracy survives moving the digit: shifted by whole pixels, or turned about the middle of the image.

None of the networks was trained on moved digits. What leaves the image is lost and what enters is blank; digits are
centered, and a shift of four pixels takes less than a hundredth of their ink. Accuracy on 2,000 test images; about 1 s
a network, kept by the store.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from mnist_interp import mnist, pool, probe, store
from mnist_interp.recipes import few_in_preview
from mnist_interp.training import Population, Run

SIDE = 28
PER_CLASS = few_in_preview(200)
SHIFTS = (0, 1, 2, 3, 4)
TURNS = (0, 10, 20, 30, 45)
DIRECTIONS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def shifted(pixels: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """Move images by whole pixels, blanks entering.

    Parameters
    ----------
    pixels : torch.Tensor of shape (n_images, 784)
        In [0, 1].
    down, right : int
        By how many; negative for up and left.

    Returns
    -------
    torch.Tensor of shape (n_images, 784)
        The moved images.
    """
    images = pixels.view(-1, SIDE, SIDE)
    moved = torch.zeros_like(images)
    to = [slice(max(step, 0), SIDE + min(step, 0)) for step in (down, right)]
    source = [slice(max(-step, 0), SIDE + min(-step, 0)) for step in (down, right)]
    moved[:, to[0], to[1]] = images[:, source[0], source[1]]
    return moved.flatten(1)


def turned(pixels: torch.Tensor, degrees: float) -> torch.Tensor:
    """Turn images about their middle, counterclockwise, by torchvision with bilinear interpolation; shapes as above."""
    from torchvision.transforms import InterpolationMode  # here, as pages that read what is kept need none of it
    from torchvision.transforms.functional import rotate

    images = rotate(pixels.view(-1, 1, SIDE, SIDE), degrees, interpolation=InterpolationMode.BILINEAR)
    return images.flatten(1).clamp(0, 1)


@cache
def _movements() -> tuple[list[list[torch.Tensor]], list[list[torch.Tensor]]]:
    """Move the images once for all networks: by shift and direction, by turn and way, those in place first."""
    pixels = mnist.load("test").pixels[mnist.sample("test", PER_CLASS)]
    by_shift = [[shifted(pixels, step * down, step * right) for down, right in DIRECTIONS] for step in SHIFTS[1:]]
    by_turn = [[turned(pixels, sign * angle) for sign in (-1, 1)] for angle in TURNS[1:]]
    return [[pixels], *by_shift], [[pixels], *by_turn]


def _moved(run: Run) -> store.Arrays:
    labels, model = mnist.load("test").targets[mnist.sample("test", PER_CLASS)], run.model()

    def accuracy(pixels: torch.Tensor) -> float:
        return float((probe.outputs(model, pixels).argmax(1) == labels).double().mean())

    ways = zip(("shift", "turn"), _movements(), strict=True)
    return {way: np.array([np.mean([accuracy(one) for one in moved]) for moved in by_step]) for way, by_step in ways}


@store.cached
def summary(population: Population) -> store.Arrays:
    """Read moved test images with every network of a population.

    Parameters
    ----------
    population : Population
        Networks of any kind.

    Returns
    -------
    dict of numpy.ndarray
        Test accuracies, fractions: ``shift`` (n_runs, 5), by `SHIFTS`, the mean over four directions; ``turn``
        (n_runs, 5), by `TURNS`, the mean over both ways.
    """
    found = pool.each(_moved, [(run,) for run in population])
    return {name: np.stack([one[name] for one in found]) for name in found[0]}
