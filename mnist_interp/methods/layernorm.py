"""Ablation of a unit before a LayerNorm, which couples it to all other units of its layer.

The mean and the standard deviation that LayerNorm takes are over an image's units. Take one out, and they change, and
with them what every other unit says: `recomputed`. Hold both as they were, and only the unit itself changes: `frozen`.
The difference is damage that no single unit did. Both are linear in the layer up to one factor and one shift an image,
so the layer is read once, and a unit's loss corrects what was read: under 1 ms a unit for 10,000 images.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import nn


@dataclass(frozen=True, eq=False)
class Coupled:
    """A layer's activations before its LayerNorm, and the rest of the network from there.

    Attributes
    ----------
    values : torch.Tensor of shape (n_images, n_units)
        Activations.
    labels : numpy.ndarray of shape (n_images,)
        True digits.
    norm : torch.nn.LayerNorm
        What couples them.
    linear : torch.nn.Linear
        What reads the norm.
    rest : torch.nn.Sequential
        What follows.
    """

    values: torch.Tensor
    labels: np.ndarray
    norm: nn.LayerNorm
    linear: nn.Linear
    rest: nn.Sequential

    @cached_property
    def weight(self) -> torch.Tensor:
        """The norm's scale and the weights that read it, as one matrix: (n_next, n_units)."""
        return self.linear.weight * self.norm.weight

    @cached_property
    def offset(self) -> torch.Tensor:
        """The output of `linear` for a normalized layer of zeros, (n_next,)."""
        return self.linear(self.norm.bias)

    @cached_property
    def product(self) -> torch.Tensor:
        """The layer times `weight`, before any statistics, (n_images, n_next)."""
        return self.values @ self.weight.T

    @cached_property
    def statistics(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Variance and mean over the units of each image, (n_images,), in double precision."""
        return torch.var_mean(self.values.double(), dim=1, correction=0)

    def read(self, product: torch.Tensor, variance: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
        """Return the output of `linear`, (n_images, n_next), from a product with `weight` and the norm's statistics."""
        scale = torch.rsqrt(variance + self.norm.eps).float()[:, None]
        return (product - mean.float()[:, None] * self.weight.sum(1)) * scale + self.offset


def recomputed(coupled: Coupled, unit: int, value: float) -> torch.Tensor:
    """Return logits, (n_images, 10), with a unit held at a value before the norm, and its statistics recomputed."""
    own, n_units = coupled.values[:, unit], coupled.values.shape[1]
    variance, mean = coupled.statistics
    added = value - own.double()
    new_mean = mean + added / n_units
    new_variance = variance + (value**2 - own.double() ** 2) / n_units + mean**2 - new_mean**2
    product = torch.addr(coupled.product, added.float(), coupled.weight[:, unit])
    return coupled.rest(coupled.read(product, new_variance.clamp(min=0), new_mean))


def frozen(coupled: Coupled, unit: int, value: float) -> torch.Tensor:
    """Return logits, (n_images, 10), with a unit held at a value and the norm's statistics frozen."""
    product = torch.addr(coupled.product, value - coupled.values[:, unit], coupled.weight[:, unit])
    return coupled.rest(coupled.read(product, *coupled.statistics))
