"""Canvases of four digits: MNIST's at half their size, one in each slot of a 2 x 2 grid, or none.

A digit is averaged over 2 x 2 pixels to 14 x 14, so that four fill the 28 x 28 pixels of one. Slots are empty with the
same probability, independently but for one rule: no canvas is blank. Slots are counted row by row; a feature is a pair
of slot and digit, 40 in all. A digit in one slot says nothing about the others, which ten classes of one image cannot
offer: there each digit excludes all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch.nn import functional as F

from mnist_interp.data import mnist

SLOTS, DIGITS = 4, 10
BLANK = DIGITS  # the label of an empty slot
_SIDE, _HALF = 28, 14


@dataclass(frozen=True, eq=False)
class SmallDigits:
    """Digits of 14 x 14 pixels, and after the last of them a blank one.

    Attributes
    ----------
    images : torch.Tensor of shape (n_images + 1, 196)
        Flattened, float32, in [0, 1]; the last row is zeros.
    targets : torch.Tensor of int64, shape (n_images + 1,)
        The digits; `BLANK` for the last.
    """

    images: torch.Tensor
    targets: torch.Tensor

    @property
    def n_images(self) -> int:
        """Digits without the blank, which is therefore also the place of the blank."""
        return len(self.images) - 1


@cache
def reduced(split: mnist.Split) -> SmallDigits:
    """Return a split of MNIST with every 2 x 2 pixels averaged; the same object at every call."""
    digits = mnist.load(split)
    small = digits.pixels.view(-1, _HALF, 2, _HALF, 2).mean((2, 4)).flatten(1)
    return SmallDigits(F.pad(small, (0, 0, 0, 1)), F.pad(digits.targets, (0, 1), value=BLANK))


def digits_each(empty: float) -> float:
    """Return the mean number of digits on a canvas whose slots are empty with this probability, none being blank."""
    return SLOTS * (1 - empty) / (1 - empty**SLOTS)


def draw(generator: torch.Generator, n: int, *, empty: float, n_images: int) -> torch.Tensor:
    """Draw which images stand on canvases.

    The first slot that holds a digit comes from its own distribution, P(j) = (1 - empty) empty^j / (1 - empty^4), and
    the slots after it are filled independently: exactly what rejecting blank canvases would give.

    Parameters
    ----------
    generator : torch.Generator
        Advances by five uniform numbers and four images a canvas.
    n : int
        Canvases.
    empty : float
        Probability that a slot is empty, from 0 to below 1.
    n_images : int
        Images to draw from.

    Returns
    -------
    torch.Tensor of int64, shape (n, 4)
        Places of images, `n_images` where a slot is empty; in no row all four.

    Raises
    ------
    ValueError
        If every slot would be empty.
    """
    if not 0 <= empty < 1:
        raise ValueError(f"slots are empty with probability {empty}: expected 0 to below 1")
    uniform = torch.rand(n, SLOTS + 1, generator=generator, dtype=torch.float64)
    which = torch.randint(n_images, (n, SLOTS), generator=generator)
    slot = torch.arange(SLOTS)
    no_later = (1 - empty ** (slot[:-1] + 1).double()) / (1 - empty**SLOTS)
    first = (uniform[:, -1:] >= no_later).sum(1, keepdim=True)
    filled = (slot == first) | ((slot > first) & (uniform[:, :SLOTS] >= empty))
    return which.where(filled, torch.tensor(n_images))


def compose(images: torch.Tensor, which: torch.Tensor) -> torch.Tensor:
    """Lay digits out on canvases.

    Parameters
    ----------
    images : torch.Tensor of shape (n_images + 1, 196)
        As `SmallDigits.images`.
    which : torch.Tensor of int64, shape (..., 4)
        As `draw` gives it.

    Returns
    -------
    torch.Tensor of shape (..., 784)
        Flattened canvases of 28 x 28 pixels; the first two slots are the upper ones.
    """
    chosen = images.index_select(0, which.flatten()).view(-1, 2, 2, _HALF, _HALF)
    return chosen.transpose(2, 3).reshape(*which.shape[:-1], _SIDE * _SIDE)


def targets(labels: torch.Tensor, which: torch.Tensor) -> torch.Tensor:
    """Return which of the 40 features are on canvases: float32 of shape (..., 40), slot after slot, 1 where present.

    Parameters
    ----------
    labels : torch.Tensor of int64, shape (n_images + 1,)
        As `SmallDigits.targets`.
    which : torch.Tensor of int64, shape (..., 4)
        As `draw` gives it.
    """
    return F.one_hot(labels[which], DIGITS + 1)[..., :DIGITS].flatten(-2).float()
