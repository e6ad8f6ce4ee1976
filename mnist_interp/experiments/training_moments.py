"""What the units of a network do on the training images, in a few numbers: means, spreads, class means.

References of ablations, and what is chosen on training images, need no more than that. One pass over all 60,000 images
takes 0.03 s a multilayer network, and is kept.
"""

from __future__ import annotations

import numpy as np
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward
from mnist_interp.methods import ablation, activations, class_sums
from mnist_interp.runtime import store
from mnist_interp.training.runs import Run

_NAMES = ("mean", "class_means", "std")


def of_values(values: torch.Tensor, labels: np.ndarray) -> store.Arrays:
    """Summarize activations.

    Parameters
    ----------
    values : torch.Tensor of shape (n_images, n_units) or (n_images, n_units, height, width)
        Activations; of channels whole maps.
    labels : numpy.ndarray of shape (n_images,)
        The digits, each at least once.

    Returns
    -------
    dict of numpy.ndarray
        ``mean`` (n_units, ...), of channels maps; and, of channels for the mean of their map, ``class_means`` (10,
        n_units) and ``std`` (n_units,).
    """
    sums, squares = class_sums.of(activations.per_unit(values).numpy(), labels)
    counts = np.bincount(labels, minlength=10)
    mean = sums.sum(0) / len(labels)
    return {
        "mean": values.mean(0, dtype=torch.float64).float().numpy(),
        "class_means": sums / counts[:, None],
        "std": np.sqrt(np.maximum(squares.sum(0) / len(labels) - mean**2, 0)),
    }


@store.cached
def _of_run(run: Run, checkpoint: int) -> store.Arrays:
    model, labels = run.model(checkpoint), mnist.load("train").labels
    layers = ablation.read_layers(model)
    recorded = next(sparse_forward.activations([model], "train", layers))
    return {f"{layer} {name}": array for layer in layers for name, array in of_values(recorded[layer], labels).items()}


def of_run(run: Run, layer: str, checkpoint: int = -1) -> store.Arrays:
    """Return what a layer's units do on all 60,000 training images.

    Parameters
    ----------
    run : Run
        A multilayer network.
    layer : str
        One that the next layer reads as it is (`ablation.read_layers`).
    checkpoint : int
        Index into the run's checkpoints.

    Returns
    -------
    dict of numpy.ndarray
        As of `of_values`.

    Raises
    ------
    ValueError
        If the layer is another, or the network convolves.
    """
    found = _of_run(run, checkpoint)
    if f"{layer} mean" not in found:
        known = sorted(name.removesuffix(" mean") for name in found if name.endswith(" mean"))
        raise ValueError(f"no moments of {layer!r}: expected one of {', '.join(known)}")
    return {name: found[f"{layer} {name}"] for name in _NAMES}


def live(run: Run, layer: str, checkpoint: int = -1) -> np.ndarray:
    """Return the numbers of a rectified layer's live units: those above 0 on some training image, ascending."""
    return np.flatnonzero(of_run(run, layer, checkpoint)["mean"] > 0)
