"""A layer of a trained network on MNIST, recorded: as points, as a stage for ablations, or all hidden units.

Scores that compare all pairs of points grow with the square of their number, so they are taken on some hundred images
of each digit, equally spaced in the order of the file (`mnist.sample`); what is chosen is chosen on training images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.data.mnist import Split
from mnist_interp.experiments import sparse_forward
from mnist_interp.methods import ablation, activations
from mnist_interp.methods.ablation import Stage
from mnist_interp.training.runs import Run, is_perceptron


def points(run: Run, layer: str, split: Split = "test", *, per_class: int, checkpoint: int = -1) -> np.ndarray:
    """Return a layer's values for so many images of each digit.

    Parameters
    ----------
    run : Run
        One network.
    layer : str
        Name of a layer, or ``"pixels"`` for the images themselves.
    split : {"train", "test", "fit", "validation"}
        Where the images are from.
    per_class : int
        Images of each digit.
    checkpoint : int
        Index into the run's checkpoints; the last one unless told, 0 untrained.

    Returns
    -------
    numpy.ndarray of float32, shape (10 * per_class, n_units)
        In the order of `labels`.
    """
    return points_of_layers(run, [layer], split, per_class=per_class, checkpoint=checkpoint)[layer]


def points_of_layers(
    run: Run, layers: Sequence[str], split: Split = "test", *, per_class: int, checkpoint: int = -1
) -> dict[str, np.ndarray]:
    """Return several layers' `points` from one pass through the network, by name."""
    images = mnist.load(split).pixels[mnist.sample(split, per_class)]
    recorded = {"pixels": images}
    if hidden := [layer for layer in layers if layer not in recorded]:
        recorded |= activations.record(run.model(checkpoint), images, hidden)
    return {layer: recorded[layer].flatten(1).numpy() for layer in layers}


def labels(split: Split = "test", *, per_class: int) -> np.ndarray:
    """Return the digits of the images that `points` takes, (10 * per_class,)."""
    return mnist.load(split).labels[mnist.sample(split, per_class)]


def stage(run: Run, layer: str, split: Split = "test", *, checkpoint: int = -1, per_class: int | None = None) -> Stage:
    """Record a layer of a trained network on one split of MNIST.

    Parameters
    ----------
    run, layer, split, checkpoint
        As of `ablation.stage` and `Run.model`.
    per_class : int, optional
        Images of each digit, equally spaced; all unless told.
    """
    return stages(run, [layer], split, checkpoint=checkpoint, per_class=per_class)[layer]


def stages(
    run: Run, layers: Sequence[str], split: Split = "test", *, checkpoint: int = -1, per_class: int | None = None
) -> dict[str, Stage]:
    """Record several layers of a trained network, as `stage` does one, from one pass: by name."""
    digits = mnist.load(split)
    chosen = slice(None) if per_class is None else mnist.sample(split, per_class)
    return ablation.stages(run.model(checkpoint), layers, digits.pixels[chosen], digits.labels[chosen])


def hidden_units(
    run: Run, split: mnist.Split, checkpoint: int = -1, *, maps: Literal["mean", "max"] = "mean"
) -> np.ndarray:
    """Return the activations of all hidden units, (n_images, n_units); of a channel its map's mean or maximum."""
    model = run.model(checkpoint)
    names = activations.relu_layers(model)
    if is_perceptron(run.recipe):
        return np.hstack(list(next(sparse_forward.activations([model], split, names)).values()))
    return np.hstack(list(activations.record_per_unit(model, mnist.load(split).pixels, names, maps=maps).values()))


def hidden_layers(run: Run) -> dict[str, slice]:
    """Say which of the units that `hidden_units` returns are whose: ``"layer 1"``, ``"layer 2"`` and so on."""
    model = run.model()
    found = activations.record(model, torch.zeros(1, 784), activations.relu_layers(model))
    ends = np.cumsum([values.shape[1] for values in found.values()]).tolist()
    return {f"layer {k}": slice(start, end) for k, (start, end) in enumerate(zip([0, *ends], ends, strict=False), 1)}


def neuron_labels(sizes: Mapping[str, int]) -> xr.Coordinates:
    """Return labels of a dimension ``neuron``: the units of several layers side by side, as ``layer`` and ``unit``.

    Parameters
    ----------
    sizes : mapping of str to int
        How many units each layer has, by its name, such as ``"relu1"``, in the order in which they lie.
    """
    pairs = [(layer, unit) for layer, size in sizes.items() for unit in range(size)]
    return xr.Coordinates.from_pandas_multiindex(pd.MultiIndex.from_tuples(pairs, names=["layer", "unit"]), "neuron")


def hidden_sizes(run: Run) -> dict[str, int]:
    """Return how many units each layer has that `hidden_units` returns, by name: ``"relu1"``, ``"relu2"`` and so on."""
    model = run.model()
    found = activations.record(model, torch.zeros(1, 784), activations.relu_layers(model))
    return {layer: values.shape[1] for layer, values in found.items()}
