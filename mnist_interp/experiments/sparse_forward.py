"""Multilayer networks on all images of a split, from the pixels that hold ink: a fifth of them.

The first layer of 784 inputs is nearly all the work of such a network, and four of five products in it are by zero.
Left out, and with four networks at a time, so that each pixel is looked up once for 128 units, a network takes 2 ms
on 10,000 images where a dense product takes 7. Sums come out in another order, so values differ by rounding.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from numba import njit
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.runtime import numba_cache
from mnist_interp.training.models import Shuffle, Standardize

_AT_ONCE = 8  # pixels
_TOGETHER = 4  # networks: their weights fit the processor's second cache


class Ink(NamedTuple):
    """Pixels that are not zero, image by image.

    Attributes
    ----------
    starts : numpy.ndarray of int64, shape (n_images + 1,)
        Where each image begins in the other two.
    places : numpy.ndarray of int64
        Which pixel; images are filled up with pixel 0 to a multiple of `_AT_ONCE`.
    values : numpy.ndarray of float32
        Its value, in [0, 1]; 0 where it only fills up.
    """

    starts: np.ndarray
    places: np.ndarray
    values: np.ndarray


def inked(pixels: np.ndarray) -> Ink:
    """Return the pixels of images, (n_images, 784), that are not zero."""
    image, place = np.nonzero(pixels)
    counts = np.bincount(image, minlength=len(pixels))
    starts = np.concatenate([[0], np.cumsum(-(-counts // _AT_ONCE) * _AT_ONCE)])
    places, values = np.zeros(starts[-1], np.int64), np.zeros(starts[-1], np.float32)
    first = np.cumsum(counts) - counts
    at = np.arange(len(image)) + np.repeat(starts[:-1] - first, counts)
    places[at], values[at] = place, pixels[image, place]
    return Ink(starts, places, values)


@cache
def _ink(split: mnist.Split) -> Ink:
    return inked(mnist.load(split).pixels.numpy())


@njit(fastmath=True, error_model="numpy")  # pragma: no cover
def _products(starts, places, values, weight, bias):  # type: ignore[no-untyped-def]
    """Return pixels times weights, (784, n_units), plus biases: (n_images, n_units)."""
    n, m = len(starts) - 1, weight.shape[1]
    out = np.empty((n, m), np.float32)
    for i in range(n):
        for j in range(m):
            out[i, j] = bias[j]
        for k in range(starts[i], starts[i + 1], 8):
            a, b, c, d = places[k], places[k + 1], places[k + 2], places[k + 3]
            e, f, g, h = places[k + 4], places[k + 5], places[k + 6], places[k + 7]
            p, q, r, s = values[k], values[k + 1], values[k + 2], values[k + 3]
            t, u, v, w = values[k + 4], values[k + 5], values[k + 6], values[k + 7]
            for j in range(m):
                out[i, j] += (p * weight[a, j] + q * weight[b, j] + r * weight[c, j] + s * weight[d, j]) + (
                    t * weight[e, j] + u * weight[f, j] + v * weight[g, j] + w * weight[h, j]
                )
    return out


numba_cache.keep([sys.modules[__name__]])


def _affine(model: nn.Sequential) -> tuple[np.ndarray, np.ndarray]:
    """Return a network's first weights and biases as they act on pixels, (784, n_units) and (n_units,)."""
    modules = list(model.children())
    place = next(k for k, module in enumerate(modules) if isinstance(module, nn.Linear))
    first = modules[place]
    assert isinstance(first, nn.Linear)
    weight, bias = first.weight.double(), first.bias.double()
    for module in reversed(modules[:place]):
        if isinstance(module, Standardize):
            weight = weight / module.scale
            bias = bias - module.shift * weight.sum(1)
        elif isinstance(module, Shuffle):
            weight = weight[:, module.order.argsort()]
        else:
            raise ValueError(
                f"a {type(module).__name__} comes before the first linear layer: expected a multilayer network"
            )
    return weight.float().T.contiguous().numpy(), bias.float().numpy()


def first_layers(models: Sequence[nn.Sequential], ink: Ink) -> Iterator[torch.Tensor]:
    """Yield what the first linear layer of each network puts out, (n_images, n_units).

    Raises
    ------
    ValueError
        If something comes before that layer which is not a shift, a scale or a permutation of the pixels.
    """
    for first in range(0, len(models), _TOGETHER):
        weights, biases = zip(*map(_affine, models[first : first + _TOGETHER]), strict=True)
        ends = np.cumsum([len(bias) for bias in biases])
        out = _products(*ink, np.hstack(weights), np.concatenate(biases))
        yield from (torch.from_numpy(np.ascontiguousarray(part)) for part in np.split(out, ends[:-1], axis=1))


def activations(
    models: Sequence[nn.Sequential], split: mnist.Split, layers: Sequence[str]
) -> Iterator[dict[str, torch.Tensor]]:
    """Yield what layers of each network put out for all images of a split, as `activations.record` does for one.

    Parameters
    ----------
    models : sequence of torch.nn.Sequential
        Multilayer networks in evaluation mode, such as one run's checkpoints.
    split : {"train", "test", "fit", "validation"}
        The images.
    layers : sequence of str
        From the first linear one on.

    Raises
    ------
    ValueError
        If a layer is unknown, or as of `first_layers`.
    """
    for model, values in zip(models, first_layers(models, _ink(split)), strict=True):
        kept: dict[str, torch.Tensor] = {}
        names, modules = zip(*model.named_children(), strict=True)
        start = next(k for k, module in enumerate(modules) if isinstance(module, nn.Linear))
        unknown = [layer for layer in layers if layer not in names[start:]]
        if unknown:
            raise ValueError(f"unknown layer {unknown[0]!r}: expected one of {', '.join(names[start:])}")
        with torch.no_grad():
            for name, module in zip(names[start:], [nn.Identity(), *modules[start + 1 :]], strict=True):
                values = module(values)
                if name in layers:
                    kept[name] = values
        yield {layer: kept[layer] for layer in layers}
