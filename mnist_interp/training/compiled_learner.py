"""Perceptrons that learn by plain SGD, each by itself in compiled code (`sgd_kernel`).

Between two checkpoints a network never leaves the processor's cache, nor this one call. What comes out is what autograd
gives, up to rounding, and the same bits in any company and on every processor. About 0.05 ms a step of 784-32-16-10.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp.training import sgd_kernel
from mnist_interp.training.ensemble import fill_dropout_mask
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.simd import LANES

_NORMS = {"none": sgd_kernel.NO_NORM, "layer-before": sgd_kernel.BEFORE, "layer-after": sgd_kernel.AFTER}
_LINE = 64  # bytes
Arrays = tuple[np.ndarray, ...]


class Pixels(NamedTuple):
    """Images by their lit pixels; what a byte is worth as an input above a black one, and what a black one is worth."""

    starts: np.ndarray
    lit: np.ndarray
    table: np.ndarray
    background: float


class Parameters(NamedTuple):
    """Numbers of each layer, or their gradients: weights (in, out), the rest (1, out); scale and shift of LayerNorm."""

    weight: Arrays
    bias: Arrays
    scale: Arrays
    shift: Arrays


class Layers(NamedTuple):
    """What each layer puts out for a minibatch, the gradient of that, and what it takes to get there."""

    out: Arrays
    back: Arrays
    normal: Arrays
    inverse: Arrays
    positive: Arrays
    transposed: Arrays


def applies(recipe: Recipe) -> bool:
    """Whether a recipe's networks can learn here: perceptrons without batch statistics, by SGD at a constant rate."""
    norms = dict(recipe.options).get("norms", ())
    plain = recipe.model == "mlp" and recipe.optimizer == "sgd" and recipe.schedule == "constant"
    return plain and not recipe.frozen and all(norm in _NORMS for norm in norms)


def _zeros(rows: int, columns: int) -> np.ndarray:
    """Return zeros that begin where a line of the processor's cache does, (rows, columns), float32."""
    size = 4 * rows * columns
    memory = np.zeros(size + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    return memory[start : start + size].view(np.float32).reshape(rows, columns)


def _padded(values: torch.Tensor) -> np.ndarray:
    """Put a matrix into the corner of zeros of whole vectors, or a vector into a single such row."""
    values = values.detach()
    rows, columns = values.shape if values.ndim == 2 else (1, len(values))
    whole = _zeros(rows if rows == 1 else -(-rows // LANES) * LANES, -(-columns // LANES) * LANES)
    whole[:rows, :columns] = values.numpy().reshape(rows, columns)
    return whole


class _Network:
    """One perceptron, its parameters laid out for the kernel."""

    def __init__(self, recipe: Recipe, model: nn.Sequential, masks: torch.Generator) -> None:
        parts = dict(model.named_children())
        self.linear = [layer for layer in parts.values() if isinstance(layer, nn.Linear)]
        self.names = [name for name, layer in parts.items() if isinstance(layer, nn.Linear)]
        numbers = range(1, len(self.linear))
        self.normalized = [k - 1 for k in numbers if f"norm{k}" in parts]
        self.shares = [getattr(parts.get(f"dropout{k}"), "p", 0.0) for k in numbers]
        self.widths = [layer.out_features for layer in self.linear]
        kinds = dict(recipe.options).get("norms", ("none",) * len(numbers))
        self.kinds = np.array([_NORMS[kind] for kind in kinds])
        self.generator, self.batch = masks, recipe.batch_size
        self.rates = np.float32(recipe.learning_rate), np.float32(recipe.learning_rate * recipe.first_rate)
        own = [parts.get(f"norm{k}") for k in range(1, len(self.linear) + 1)]
        neutral = [nn.LayerNorm(width) for width in self.widths]
        norms = [norm if isinstance(norm, nn.LayerNorm) else other for norm, other in zip(own, neutral, strict=True)]
        self.values = Parameters(
            weight=tuple(_padded(layer.weight.T) for layer in self.linear),
            bias=tuple(_padded(layer.bias) for layer in self.linear),
            scale=tuple(_padded(norm.weight) for norm in norms),
            shift=tuple(_padded(norm.bias) for norm in norms),
        )
        self.slopes = Parameters(*(tuple(_zeros(*array.shape) for array in arrays) for arrays in self.values))
        rows = self.batch + 3  # the kernel takes rows by fours
        wide = [bias.shape[1] for bias in self.values.bias]
        self.layers = Layers(
            out=tuple(_zeros(rows, width) for width in wide),
            back=tuple(_zeros(rows, width) for width in wide),
            normal=tuple(_zeros(rows, width) for width in wide[:-1]),
            inverse=tuple(np.zeros(rows, np.float32) for _ in wide[:-1]),
            positive=tuple(np.zeros((rows, width), np.bool_) for width in wide[:-1]),
            transposed=tuple(_zeros(*weight.shape[::-1]) for weight in self.values.weight),
        )

    def _masks(self, n_images: int) -> Arrays:
        """Draw what dropout leaves, minibatch by minibatch as torch's layers would; empty where there is none."""
        drawn = [torch.empty(n_images if p else 0, width) for p, width in zip(self.shares, self.widths, strict=False)]
        for batch in zip(*(masks.split(self.batch) for masks in drawn if len(masks)), strict=True):
            for masks, share in zip(batch, filter(None, self.shares), strict=True):
                fill_dropout_mask(masks, share, self.generator)
        wide = [out.shape[1] for out in self.layers.positive]
        pairs = zip(drawn, wide, strict=True)
        return tuple(F.pad(masks, (0, width - masks.shape[1])).numpy() for masks, width in pairs)

    def advance(self, pixels: Pixels, order: np.ndarray, targets: np.ndarray, seen: np.ndarray) -> None:
        """Learn from images in an order, a minibatch at a time; write the logits met into `seen`."""
        masks = self._masks(len(order))
        about = self.kinds, np.array(self.widths), self.batch, *self.rates
        sgd_kernel.descend(self.layers, self.values, self.slopes, pixels, order, targets, seen, masks, *about)

    def state(self) -> dict[str, np.ndarray]:
        """Copy the parameters, as the model's ``state_dict`` names and lays them out."""
        found = {}
        for k, (name, layer) in enumerate(zip(self.names, self.linear, strict=True)):
            found[f"{name}.weight"] = self.values.weight[k][: layer.in_features, : layer.out_features].T.copy()
            found[f"{name}.bias"] = self.values.bias[k][0, : layer.out_features].copy()
            if k in self.normalized:
                found[f"norm{k + 1}.weight"] = self.values.scale[k][0, : layer.out_features].copy()
                found[f"norm{k + 1}.bias"] = self.values.shift[k][0, : layer.out_features].copy()
        return found


class CompiledLearner:
    """Networks of one recipe, each of which learns as if it were alone.

    Parameters
    ----------
    recipe : Recipe
        One of which `applies` is true.
    models : sequence of torch.nn.Sequential
        As initialized, one a seed.
    masks : sequence of torch.Generator
        One a model; what dropout draws its masks from.
    images : numpy.ndarray of uint8, shape (n_images, 784)
        The training images, their pixels in the recipe's order.
    """

    def __init__(
        self, recipe: Recipe, models: Sequence[nn.Sequential], masks: Sequence[torch.Generator], images: np.ndarray
    ) -> None:
        self._networks = [_Network(recipe, *one) for one in zip(models, masks, strict=True)]
        worth = (np.arange(256) / 255 - recipe.shift) / recipe.scale
        starts, lit = sgd_kernel.pack(images)
        self._pixels = Pixels(starts, lit, (worth - worth[0]).astype(np.float32), float(worth[0]))

    def advance(self, order: torch.Tensor, targets: torch.Tensor, seen: torch.Tensor) -> None:
        """Learn from images in each network's order, (n_seeds, n), a minibatch at a time.

        Parameters
        ----------
        order, targets : torch.Tensor of int64, shape (n_seeds, n)
            Which images, and their labels.
        seen : torch.Tensor of shape (n_seeds, n, n_classes)
            Filled with the logits as they were met.
        """
        for network, *arrays in zip(self._networks, order.numpy(), targets.numpy(), seen.numpy(), strict=True):
            network.advance(self._pixels, *arrays)

    def snapshot(self) -> dict[str, torch.Tensor]:
        """Copy the weights, named as in a ``state_dict``, each (n_seeds, ...)."""
        states = [network.state() for network in self._networks]
        return {name: torch.from_numpy(np.stack([state[name] for state in states])) for name in states[0]}
