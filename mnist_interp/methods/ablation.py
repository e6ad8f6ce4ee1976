"""Interventions: a network's output when some of its units are given other values.

An intervention on a hidden layer starts from that layer's recorded activations, a `Stage`, and never from the pixels:
replacing unit n by v adds (v - a_n) times one column of weights to what comes next, which for the last hidden layer are
the logits themselves. All 16 units of layer 2 at 30 scales on 10,000 images take a fraction of a second, against
minutes image by image. A channel of a convolution is a unit whose activation is a map: it is replaced whole, and passes
through its own slice of the next layer's weights. What a unit is replaced by, its reference, matters more than anything
else here. `zero`, `mean`, `resample` and `scale` give replacements of all units of a layer at once, for `intervene` and
what else takes some; the references that the book compares, functions of one unit's lesion to logits, are those of
`references`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp.methods import activations, evaluate


@dataclass(frozen=True, eq=False)
class Stage:
    """A layer's activations on some images, and the rest of the network from there.

    Attributes
    ----------
    values : torch.Tensor of shape (n_images, n_units) or (n_images, n_units, height, width)
        Activations; of channels whole maps.
    labels : numpy.ndarray of shape (n_images,)
        True digits.
    linear : torch.nn.Linear or torch.nn.Conv2d
        The layer that reads the units; after flattening them where a linear one reads maps.
    rest : torch.nn.Sequential
        What follows it; nothing after the last hidden layer.
    """

    values: torch.Tensor
    labels: np.ndarray
    linear: nn.Linear | nn.Conv2d
    rest: nn.Sequential

    @property
    def n_units(self) -> int:
        """Units of the layer, or channels."""
        return self.values.shape[1]

    @property
    def levels(self) -> np.ndarray:
        """One number per unit and image, (n_images, n_units): its activation, or the mean of its map."""
        return activations.per_unit(self.values).numpy()

    def some(self, images: np.ndarray) -> Stage:
        """Return the same layer on some of the images, by their places."""
        return Stage(self.values[images], self.labels[images], self.linear, self.rest)

    @cached_property
    def read(self) -> torch.Tensor:
        """The output of `linear` when untouched, (n_images, n_next, ...)."""
        return self.linear(self.values.flatten(1) if isinstance(self.linear, nn.Linear) else self.values)

    @torch.no_grad()
    def untouched(self) -> torch.Tensor:
        """Return the network's logits, (n_images, n_classes)."""
        return self.finish(self.read)

    @torch.no_grad()
    def replaced(self, unit: int, values: torch.Tensor) -> torch.Tensor:
        """Return logits with one unit at other values, (n_images, ...) or, the same for all, (1, ...)."""
        return self.finish(self._without(unit) + self.passed_on(values, unit))

    def _without(self, unit: int) -> torch.Tensor:
        """Return the output of `linear` with a unit at zero, cached for the unit last asked for."""
        kept = self.__dict__.setdefault("_silent", {})
        if unit not in kept:
            kept.clear()
            kept[unit] = self.read - self.passed_on(self.values[:, unit], unit)
        return kept[unit]

    def finish(self, read: torch.Tensor) -> torch.Tensor:
        """Return logits, (n_images, 10), from the output of `linear`."""
        return self.rest(read)

    def passed_on(self, values: torch.Tensor, unit: int) -> torch.Tensor:
        """Return what one unit's values, (n_images, ...), add to the output of `linear`, without biases."""
        if isinstance(self.linear, nn.Conv2d):
            conv, weight = self.linear, self.linear.weight[:, unit : unit + 1]
            return F.conv2d(values[:, None], weight, None, conv.stride, conv.padding, conv.dilation)
        if values.dim() == 1:
            return values[:, None] * self.linear.weight[:, unit]
        return values.flatten(1) @ self.linear.weight.unflatten(1, (self.n_units, -1))[:, unit].T

    def change(self, replacement: torch.Tensor, unit: int) -> torch.Tensor:
        """Return what replacing one unit adds to `read`, (n_images, n_next, ...)."""
        instead = replacement.select(replacement.dim() - self.values.dim() + 1, unit)
        return self.passed_on(instead - self.values[:, unit], unit)


def stage(model: nn.Sequential, layer: str, inputs: torch.Tensor, labels: np.ndarray) -> Stage:
    """Record a layer of a network on inputs of any range.

    Parameters
    ----------
    model : torch.nn.Sequential
        With named layers, in evaluation mode.
    layer : str
        A layer whose units a linear one or a convolution reads, such as ``"relu2"``.
    inputs : torch.Tensor of shape (n_images, 784)
        Pixels in [0, 1], unless what the network does with others is the question.
    labels : numpy.ndarray of shape (n_images,)
        True digits.

    Raises
    ------
    ValueError
        If the layer is unknown, or what follows it couples its units (a normalization): then intervene after that.
    """
    return stages(model, [layer], inputs, labels)[layer]


def stages(model: nn.Sequential, layers: Sequence[str], inputs: torch.Tensor, labels: np.ndarray) -> dict[str, Stage]:
    """Record several layers, as `stage` does one, from one pass through the network: by name."""
    readers = {layer: reader(model, layer) for layer in layers}
    last = max(reader.cut for reader in readers.values())
    recorded = activations.record(model[:last], inputs, layers)
    return {layer: Stage(recorded[layer], labels, reader.linear, reader.rest) for layer, reader in readers.items()}


class _Reader(NamedTuple):
    """How many modules end with a layer, the linear one that reads it, and what follows that."""

    cut: int
    linear: nn.Linear | nn.Conv2d
    rest: nn.Sequential


def reader(model: nn.Sequential, layer: str) -> _Reader:
    """Return the module that reads a layer's units, and what follows; refuse a layer that no linear module reads."""
    names = [name for name, _ in model.named_children()]
    if layer not in names:
        raise ValueError(f"unknown layer {layer!r}: this model has {', '.join(names)}")
    cut = names.index(layer) + 1
    after = [module for module in model[cut:] if not isinstance(module, nn.Dropout)]
    if after and isinstance(after[0], nn.Flatten):
        after = after[1:]
    if not after or not isinstance(after[0], nn.Linear | nn.Conv2d):
        found = type(after[0]).__name__ if after else "nothing"
        raise ValueError(f"{layer!r} is followed by {found}: expected a linear layer; intervene on the layer before it")
    if isinstance(conv := after[0], nn.Conv2d) and (conv.groups > 1 or conv.padding_mode != "zeros"):
        raise ValueError(f"{layer!r} is read by a convolution in groups, or one that pads by other than zeros")
    return _Reader(cut, after[0], nn.Sequential(*after[1:]))


def read_layers(model: nn.Sequential) -> list[str]:
    """Name the hidden layers whose units the next layer reads unchanged, in order: those that `stage` accepts.

    That is each hidden layer's ReLU, or the normalization behind it.
    """
    names = [name for name, module in model.named_children() if not isinstance(module, nn.Dropout | nn.Flatten)]
    readers = [
        place for place, name in enumerate(names) if isinstance(model.get_submodule(name), nn.Linear | nn.Conv2d)
    ]
    return [names[place - 1] for place in readers[1:]]


def zero(stage: Stage) -> torch.Tensor:
    """Return zeros to replace units: (n_units,), or one map per channel."""
    return torch.zeros(stage.values.shape[1:])


def mean(training: Stage) -> torch.Tensor:
    """Return means over (training) images to replace units: (n_units,), or one map per channel."""
    return training.values.mean(0, dtype=torch.float64).float()


def partners(n_images: int, *, seed: int) -> torch.Tensor:
    """Pair every image with another, each used once: indices, (n_images,)."""
    order = np.random.default_rng(seed).permutation(n_images)
    partner = np.empty_like(order)
    partner[order] = np.roll(order, 1)
    return torch.from_numpy(partner)


def resample(stage: Stage, *, seed: int) -> torch.Tensor:
    """Return each unit's value on another image, the same image for all units: (n_images, n_units, ...)."""
    return stage.values[partners(len(stage.values), seed=seed)]


def scale(stage: Stage, factor: float) -> torch.Tensor:
    """Return activations times a factor: (n_images, n_units, ...)."""
    return factor * stage.values


def intervene(stage: Stage, units: Sequence[int], replacement: torch.Tensor) -> torch.Tensor:
    """Return logits with some units replaced.

    Parameters
    ----------
    stage : Stage
        The layer and what follows.
    units : sequence of int
        Which ones; none leaves the network as it is.
    replacement : torch.Tensor of shape (n_units, ...) or (n_images, n_units, ...)
        What each unit says instead, as `zero`, `mean`, `resample` and `scale` give it.

    Returns
    -------
    torch.Tensor of shape (n_images, 10)
        Logits.

    Raises
    ------
    ValueError
        If there is no such unit, one is named twice, or the reference is of another width.
    """
    chosen = checked_units(units, stage.n_units)
    wanted = tuple(stage.values.shape[1:])
    if tuple(replacement.shape) not in (wanted, (len(stage.values), *wanted)):
        raise ValueError(f"the reference has shape {tuple(replacement.shape)}: expected {wanted}, or one an image")
    if stage.values.dim() == 4:
        return stage.finish(sum((stage.change(replacement, unit) for unit in chosen), stage.read))
    difference = replacement[..., chosen] - stage.values[:, chosen]
    return stage.finish(stage.read + difference @ stage.linear.weight[:, chosen].T)


def checked_units(units: Sequence[int], n_units: int) -> list[int]:
    """Return units as they are, or refuse one that is absent or named twice."""
    chosen = [int(unit) for unit in units]
    if absent := [unit for unit in chosen if not 0 <= unit < n_units]:
        raise ValueError(f"no unit {absent[0]}: this layer has units 0 to {n_units - 1}")
    if twice := [unit for unit in chosen if chosen.count(unit) > 1]:
        raise ValueError(f"unit {twice[0]} is named twice")
    return chosen


def each_unit(stage: Stage, replacement: torch.Tensor) -> np.ndarray:
    """Replace every unit in turn: confusion counts (n_units, 10, 10)."""
    changed = (stage.finish(stage.read + stage.change(replacement, unit)) for unit in range(stage.n_units))
    return np.stack([evaluate.confusion(logits, stage.labels) for logits in changed])


def sweep(stage: Stage, factors: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Scale every unit in turn by every factor.

    Returns
    -------
    counts : numpy.ndarray of shape (n_units, n_factors, 10, 10)
        Images by true and predicted digit.
    logits : numpy.ndarray of shape (n_units, n_factors, 10)
        Means over images.
    """
    counts = np.empty((stage.n_units, len(factors), 10, 10), dtype=np.int64)
    means = np.empty((stage.n_units, len(factors), 10))
    for unit in range(stage.n_units):
        own = stage.passed_on(stage.values[:, unit], unit)
        for place, factor in enumerate(factors):
            logits = stage.finish(torch.add(stage.read, own, alpha=factor - 1))
            counts[unit, place] = evaluate.confusion(logits, stage.labels)
            means[unit, place] = logits.mean(0)
    return counts, means


def cumulative(stage: Stage, orders: np.ndarray, replacement: torch.Tensor) -> np.ndarray:
    """Replace units cumulatively, in each order: accuracy (n_orders, n_units + 1), untouched first."""
    changes = [stage.change(replacement, unit) for unit in range(stage.n_units)]
    right = np.empty((len(orders), stage.n_units + 1))
    right[:, 0] = np.trace(evaluate.confusion(stage.finish(stage.read), stage.labels))
    for row, order in enumerate(orders):
        read = stage.read.clone()
        for place, unit in enumerate(order, start=1):
            read += changes[unit]
            right[row, place] = np.trace(evaluate.confusion(stage.finish(read), stage.labels))
    return right / len(stage.labels)


def pairs(stage: Stage, replacement: torch.Tensor) -> np.ndarray:
    """Replace every pair of units: confusion counts (n_units, n_units, 10, 10); on the diagonal single units."""
    changes = [stage.change(replacement, unit) for unit in range(stage.n_units)]
    counts = np.empty((stage.n_units, stage.n_units, 10, 10), dtype=np.int64)
    for one, first in enumerate(changes):
        read = stage.read + first
        counts[one, one] = evaluate.confusion(stage.finish(read), stage.labels)
        for other in range(one):
            both = evaluate.confusion(stage.finish(read + changes[other]), stage.labels)
            counts[one, other] = counts[other, one] = both
    return counts


def direct_logit_attribution(stage: Stage) -> torch.Tensor:
    """Attribute logits to the units of the last hidden layer: a_n (W_kn - mean_k W_kn), (n_images, n_units, 10).

    Exact: over units, with the centered biases, they add up to the logits less their mean over the ten digits.

    Raises
    ------
    ValueError
        If a layer stands between these units and the logits.
    """
    if len(stage.rest) or stage.values.dim() != 2:
        raise ValueError("direct logit attribution is of the last hidden layer; this one is read by another")
    weight = stage.linear.weight
    return stage.values[:, :, None] * (weight - weight.mean(0)).T


def each_position(mean: torch.Tensor, test: Stage) -> np.ndarray:
    """Hold each place of a layer's maps at its mean.

    Parameters
    ----------
    mean : torch.Tensor of shape (n_channels, height, width)
        What places are held at.
    test : Stage
        The layer on the images that are scored, its maps (n_images, n_channels, height, width).

    Returns
    -------
    numpy.ndarray of shape (height, width, 11)
        Accuracy lost, of all images and of each digit.

    Raises
    ------
    ValueError
        If the layer has no maps, or a convolution reads them, of which a place reaches more than its own.
    """
    if test.values.dim() != 4 or not isinstance(test.linear, nn.Linear):
        raise ValueError(
            f"activations of shape {tuple(test.values.shape)}, read by {type(test.linear).__name__}: expected maps, "
            "(n_images, n, rows, columns), read by Linear"
        )
    instead = mean - test.values
    weight = test.linear.weight.unflatten(1, test.values.shape[1:])
    untouched = evaluate.accuracies(evaluate.confusion(test.finish(test.read), test.labels))
    height, width = test.values.shape[2:]
    found = np.empty((height, width, 11))
    for row, column in np.ndindex(height, width):
        read = test.read + instead[:, :, row, column] @ weight[:, :, row, column].T
        counts = evaluate.confusion(test.finish(read), test.labels)
        found[row, column] = untouched - evaluate.accuracies(counts)
    return found


def readout_norms(stage: Stage) -> np.ndarray:
    """Return the norm of each unit's outgoing weights, centered over what they reach, (n_units,)."""
    weight = stage.linear.weight.double().unflatten(1, (stage.n_units, -1)).flatten(2)  # all that reads a unit's map
    return (weight - weight.mean(0)).norm(dim=(0, 2)).numpy()


def synergy(untouched: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return what a pair costs beyond its two units alone.

    Above 0 the two cover for each other (redundancy): one is fully missed only once the other is gone. Below 0 they
    share their harm.

    Parameters
    ----------
    untouched : numpy.ndarray, broadcastable to (...)
        Accuracy of the whole network.
    pairs : numpy.ndarray of shape (..., n_units, n_units)
        Accuracy without two units, without one on the diagonal.

    Returns
    -------
    numpy.ndarray of shape (..., n_units, n_units)
        In accuracy; 0 on the diagonal.
    """
    harm = np.asarray(untouched)[..., None, None] - pairs
    alone = np.diagonal(harm, axis1=-2, axis2=-1)
    both = harm - alone[..., :, None] - alone[..., None, :]
    same = np.arange(both.shape[-1])
    both[..., same, same] = 0
    return both
