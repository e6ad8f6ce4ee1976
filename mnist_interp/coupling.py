"""What it means to lose a unit in front of a LayerNorm, which couples it to all others of its layer.

The mean and the standard deviation that LayerNorm takes are over an image's units. Take one out, and they change, and
with them what every other unit says: `recomputed`. Hold both as they were, and only the unit itself changes: `frozen`.
The difference is damage that no single unit did. About 15 ms a unit for 10,000 images.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp import intervention, mnist, pool, store
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
    rest : torch.nn.Sequential
        What follows it.
    """

    values: torch.Tensor
    labels: np.ndarray
    norm: nn.LayerNorm
    rest: nn.Sequential


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
    return Coupled(model[:cut](digits.pixels), digits.labels, norm, model[cut + 1 :])


def recomputed(coupled: Coupled, unit: int, value: float) -> torch.Tensor:
    """Return logits, (n_images, 10), with a unit held at a value in front of the norm, which sees it so."""
    changed = coupled.values.clone()
    changed[:, unit] = value
    return coupled.rest(coupled.norm(changed))


def frozen(coupled: Coupled, unit: int, value: float) -> torch.Tensor:
    """Return logits, (n_images, 10), with a unit held at a value and the norm's statistics as they were."""
    values, norm = coupled.values, coupled.norm
    variance, mean = torch.var_mean(values, dim=1, correction=0)
    out = F.layer_norm(values, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
    out[:, unit] = (value - mean) * torch.rsqrt(variance + norm.eps) * norm.weight[unit] + norm.bias[unit]
    return coupled.rest(out)


def _each(coupled: Coupled, values: torch.Tensor) -> Iterator[np.ndarray]:
    for way in (recomputed, frozen):
        for unit, value in enumerate(values.tolist()):
            yield intervention.confusion(way(coupled, unit, value), coupled.labels)


def _costs(run: Run, layer: str) -> np.ndarray:
    test, training = record(run, layer), record(run, layer, "train")
    units = test.values.shape[1]
    replacements = (torch.zeros(units), training.values.mean(0, dtype=torch.float64).float())
    counts = np.stack([np.stack(list(_each(test, one))).reshape(2, units, 10, 10) for one in replacements])
    untouched = intervention.confusion(test.rest(test.norm(test.values)), test.labels)
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
