"""What it means to lose a unit in front of a LayerNorm, which couples it to all others of its layer.

The mean and the standard deviation that LayerNorm takes are over an image's units. Take one out, and they change, and
with them what every other unit says: `recomputed`. Hold both as they were, and only the unit itself changes: `frozen`.
The difference is damage that no single unit did. Both are linear in the layer up to one factor and one shift an image,
so the layer is read once, and a unit's loss corrects what was read: under 1 ms a unit for 10,000 images.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import nn

from mnist_interp import intervention, mnist, pool, probe, store
from mnist_interp.mnist import Split
from mnist_interp.training import Population, Run


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
        """The norm's scale and what reads it as one: (n_next, n_units)."""
        return self.linear.weight * self.norm.weight

    @cached_property
    def offset(self) -> torch.Tensor:
        """What `linear` puts out for a normalized layer of zeros, (n_next,)."""
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
        """Return what `linear` puts out, (n_images, n_next), from a product with `weight` and the norm's statistics."""
        scale = torch.rsqrt(variance + self.norm.eps).float()[:, None]
        return (product - mean.float()[:, None] * self.weight.sum(1)) * scale + self.offset


def record(run: Run, layer: str, split: Split = "test") -> Coupled:
    """Record a layer that a LayerNorm reads.

    Parameters
    ----------
    run : Run
        One network.
    layer : str
        Such as ``"relu1"`` where the recipe normalizes after the ReLU.
    split : str
        Of MNIST.

    Raises
    ------
    ValueError
        If the layer is unknown, or no LayerNorm follows it.
    """
    model, digits = run.model(), mnist.load(split)
    names = [name for name, _ in model.named_children()]
    if layer not in names:
        raise ValueError(f"unknown layer {layer!r}: this model has {', '.join(names)}")
    cut = names.index(layer) + 1
    norm = model[cut] if cut < len(model) else None
    if not isinstance(norm, nn.LayerNorm):
        raise ValueError(f"{layer!r} is followed by {type(norm).__name__}: expected a LayerNorm, which couples units")
    after = [module for module in model[cut + 1 :] if not isinstance(module, nn.Dropout)]
    if not after or not isinstance(after[0], nn.Linear):
        raise ValueError(f"the LayerNorm behind {layer!r} is followed by {after[:1]}: expected a linear layer")
    values = torch.cat([model[:cut](part) for part in digits.pixels.split(probe.PORTION)])
    return Coupled(values, digits.labels, norm, after[0], nn.Sequential(*after[1:]))


def recomputed(coupled: Coupled, unit: int, value: float) -> torch.Tensor:
    """Return logits, (n_images, 10), with a unit held at a value in front of the norm, which sees it so."""
    own, n_units = coupled.values[:, unit], coupled.values.shape[1]
    variance, mean = coupled.statistics
    added = value - own.double()
    new_mean = mean + added / n_units
    new_variance = variance + (value**2 - own.double() ** 2) / n_units + mean**2 - new_mean**2
    product = torch.addr(coupled.product, added.float(), coupled.weight[:, unit])
    return coupled.rest(coupled.read(product, new_variance.clamp(min=0), new_mean))


def frozen(coupled: Coupled, unit: int, value: float) -> torch.Tensor:
    """Return logits, (n_images, 10), with a unit held at a value and the norm's statistics as they were."""
    product = torch.addr(coupled.product, value - coupled.values[:, unit], coupled.weight[:, unit])
    return coupled.rest(coupled.read(product, *coupled.statistics))


def _each(coupled: Coupled, values: torch.Tensor) -> Iterator[np.ndarray]:
    for way in (recomputed, frozen):
        for unit, value in enumerate(values.tolist()):
            yield intervention.confusion(way(coupled, unit, value), coupled.labels)


def _costs(run: Run, layer: str) -> np.ndarray:
    test, training = record(run, layer), record(run, layer, "train")
    units = test.values.shape[1]
    replacements = (torch.zeros(units), training.values.mean(0, dtype=torch.float64).float())
    counts = np.stack([np.stack(list(_each(test, one))).reshape(2, units, 10, 10) for one in replacements])
    untouched = intervention.confusion(test.rest(test.linear(test.norm(test.values))), test.labels)
    return intervention.accuracies(untouched) - intervention.accuracies(counts)


@store.cached
def costs(population: Population, layer: str = "relu1") -> store.Arrays:
    """Measure what each unit of a layer costs, ablated before its LayerNorm, with and without the coupling.

    Parameters
    ----------
    population : Population
        Networks in which a LayerNorm follows `layer`.
    layer : str
        Whose units.

    Returns
    -------
    dict of numpy.ndarray
        ``lost``: accuracy of test images lost, of all and of each digit, by reference (zero, then the mean over
        training images) and by way (statistics recomputed, then frozen): (n_runs, 2, 2, n_units, 11).
    """
    found = pool.each(_costs, ((run, layer) for run in population))
    return {"lost": np.stack(found)}
