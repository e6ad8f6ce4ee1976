"""What units in front of a LayerNorm cost a population, with the coupling that it brings and without."""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.data.mnist import Split
from mnist_interp.methods import evaluate, layernorm, network
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
    values = torch.cat([model[:cut](part) for part in digits.pixels.split(network.PORTION)])
    return layernorm.Coupled(values, digits.labels, norm, after[0], nn.Sequential(*after[1:]))


STATISTICS = {"recomputed": layernorm.recomputed, "frozen": layernorm.frozen}


def _costs(run: Run, layer: str) -> xr.Dataset:
    test, training = record(run, layer), record(run, layer, "train")
    n_units = test.values.shape[1]
    # Not all of `references`: a norm moves zero and the mean apart, and these two alone are asked about.
    constants = {"zero": torch.zeros(n_units), "mean": training.values.mean(0, dtype=torch.float64).float()}
    counts = [
        [
            [evaluate.confusion(way(test, unit, float(value)), test.labels) for unit, value in enumerate(values)]
            for way in STATISTICS.values()
        ]
        for values in constants.values()
    ]
    untouched = evaluate.confusion(test.rest(test.linear(test.norm(test.values))), test.labels)
    lost = evaluate.accuracies(untouched) - evaluate.accuracies(np.array(counts))
    axes = ("reference", "statistics", "unit")
    return xr.Dataset(
        {"overall": (axes, lost[..., 0]), "lost": ((*axes, "digit"), lost[..., 1:])},
        coords={"reference": list(constants), "statistics": list(STATISTICS), "digit": range(10)},
    )


@store.cached
def costs(population: Population, layer: str = "relu1") -> xr.Dataset:
    """Measure what each unit of a layer costs, ablated before its LayerNorm, with and without the coupling.

    Parameters
    ----------
    population : Population
        Networks in which a LayerNorm follows `layer`.
    layer : str
        Whose units.

    Returns
    -------
    xarray.Dataset
        Accuracy of test images lost: ``overall`` (seed, reference, statistics, unit), by reference (zero, mean)
        and by what becomes of the norm's statistics (recomputed, or frozen); and of each digit, ``lost`` (..., digit).
    """
    found = parallel.each(_costs, ((run, layer) for run in population))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
