"""Images classified correctly with every subset of a network's last hidden layer: 65,536 for sixteen units.

The units outside of a subset are held at constants. An image is classified correctly if its own logit stands above
the nine others; each of these nine differences is a constant plus one term a unit that is kept. The units are divided
in two: for sixteen images at a time the sums over all subsets of the first few, and over all subsets of the rest, are
tabulated, and a subset then costs the comparison of the one sum with minus the other. Nothing is added from subset to
subset, as it would be along a Gray code, so rounding does not build up; sums are of float32, as those of the network.
Compiled by numba: 10,000 images and all subsets of sixteen units take a third of a second.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from numba import njit

from mnist_interp.methods import subset_games
from mnist_interp.methods.ablation import Stage
from mnist_interp.runtime import numba_cache

_LANES = 16  # images at a time
_RIVALS = 9
_FIRST = 8  # units, at most, whose sums are compared with those of the rest: 147 kB, in a processor's cache


@njit(error_model="numpy")  # pragma: no cover
def _sums(start, terms):  # type: ignore[no-untyped-def]
    """Return `start`, (9, 16), plus the sum of each subset of `terms`, (n_units, 9, 16): (2^n_units, 9, 16)."""
    found = np.empty((2 ** len(terms), _RIVALS, _LANES), np.float32)
    found[0] = start
    for unit in range(len(terms)):
        for subset in range(2**unit):
            for rival in range(_RIVALS):
                for image in range(_LANES):
                    found[2**unit + subset, rival, image] = found[subset, rival, image] + terms[unit, rival, image]
    return found


@njit(error_model="numpy")  # pragma: no cover
def _count(starts, terms, n_first, right):  # type: ignore[no-untyped-def]
    """Add to `right`, (2^n_rest, 2^n_first), the number of images whose differences are all below 0."""
    nothing = np.zeros((_RIVALS, _LANES), np.float32)
    for block in range(len(starts)):
        first = _sums(nothing, terms[block, :n_first])
        rest = _sums(-starts[block], -terms[block, n_first:])
        for other in range(len(rest)):
            limit = rest[other]
            for subset in range(len(first)):
                own = first[subset]
                total = 0
                for image in range(_LANES):
                    below = True
                    for rival in range(_RIVALS):
                        below &= own[rival, image] < limit[rival, image]
                    total += below
                right[other, subset] += total


numba_cache.keep([sys.modules[__name__]])


def _differences(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the other nine logits, of (..., n_images, 10), minus the true one: (..., n_images, 9)."""
    others = np.array([[rival for rival in range(_RIVALS + 1) if rival != digit] for digit in range(_RIVALS + 1)])
    own = np.take_along_axis(logits, np.broadcast_to(labels[:, None], (*logits.shape[:-1], 1)), axis=-1)
    return np.take_along_axis(logits, np.broadcast_to(others[labels], (*logits.shape[:-1], _RIVALS)), axis=-1) - own


def _blocks(values: np.ndarray, fill: float) -> np.ndarray:
    """Return (..., n_images, 9) as (n_blocks, ..., 9, 16), padded with a number."""
    lacking = -values.shape[-2] % _LANES
    padded = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(0, lacking), (0, 0)], constant_values=fill)
    split = padded.reshape(*values.shape[:-2], -1, _LANES, _RIVALS)
    return np.ascontiguousarray(np.moveaxis(split.swapaxes(-1, -2), -3, 0), dtype=np.float32)


def correct(stage: Stage, constants: torch.Tensor) -> np.ndarray:
    """Count the images classified correctly with every subset of the last hidden layer's units.

    Parameters
    ----------
    stage : Stage
        The last hidden layer on some images, of at most 20 units, and ten logits.
    constants : torch.Tensor of shape (n_units,)
        What units outside of the subset are held at, such as their means over training images.

    Returns
    -------
    numpy.ndarray of int32, shape (2^n_units,)
        A game, as of `subset_games`: unit u is kept where bit u of the place is 1. Of equal logits the first counts,
        as everywhere.

    Raises
    ------
    ValueError
        If the layer has more than 20 units, another layer follows, or there are not ten logits.
    """
    n_units = subset_games.checked(stage.n_units)
    if len(stage.rest) or stage.values.dim() != 2 or len(stage.linear.weight) != _RIVALS + 1:
        raise ValueError("all subsets are tried of the last hidden layer, which ten logits read")
    weight = stage.linear.weight.double().numpy()
    kept = (stage.values.double() - constants.double()).numpy()
    silent = stage.linear(constants).double().expand(len(stage.labels), -1).numpy()
    starts = _differences(silent, stage.labels).astype(np.float32)
    # An equal logit of a later digit does not win: as good as a little less.
    later = np.arange(_RIVALS) >= stage.labels[:, None]
    starts = np.where(later, np.nextafter(starts, np.float32(-np.inf)), starts)
    terms = np.stack([_differences(kept[:, unit, None] * weight[:, unit], stage.labels) for unit in range(n_units)])
    n_first = min(_FIRST, n_units)
    right = np.zeros((2 ** (n_units - n_first), 2**n_first), np.int32)
    _count(_blocks(starts, np.inf), _blocks(terms, 0.0), n_first, right)
    return right.ravel()
