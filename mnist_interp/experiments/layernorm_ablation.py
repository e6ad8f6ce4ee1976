"""What units in front of a LayerNorm cost a population, with the coupling that it brings and without."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.data.mnist import Split
from mnist_interp.methods import activations, evaluate, layernorm
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run


def record(run: Run, layer: str, split: Split = "test") -> layernorm.Coupled:
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
    values = torch.cat([model[:cut](part) for part in digits.pixels.split(activations.PORTION)])
    return layernorm.Coupled(values, digits.labels, norm, after[0], nn.Sequential(*after[1:]))


def _each(coupled: layernorm.Coupled, values: torch.Tensor) -> Iterator[np.ndarray]:
    for way in (layernorm.recomputed, layernorm.frozen):
        for unit, value in enumerate(values.tolist()):
            yield evaluate.confusion(way(coupled, unit, value), coupled.labels)


def _costs(run: Run, layer: str) -> np.ndarray:
    test, training = record(run, layer), record(run, layer, "train")
    units = test.values.shape[1]
    replacements = (torch.zeros(units), training.values.mean(0, dtype=torch.float64).float())
    counts = np.stack([np.stack(list(_each(test, one))).reshape(2, units, 10, 10) for one in replacements])
    untouched = evaluate.confusion(test.rest(test.linear(test.norm(test.values))), test.labels)
    return evaluate.accuracies(untouched) - evaluate.accuracies(counts)


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
    found = parallel.each(_costs, ((run, layer) for run in population))
    return {"lost": np.stack(found)}
