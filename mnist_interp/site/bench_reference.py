"""What PyTorch says of lesions, all test images at once: the reference that the lesion bench is held against.

A lesion gives neurons of hidden layers a dose: a factor from 0 to 3, or ``"mean"``, which holds a neuron at its mean
over the training images. It acts through hooks at the layers that `bench_network` names, so that the network itself
computes what follows. About 10 ms a lesion, and 3 s for the means of all epochs of a run; both are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn

from mnist_interp import mnist, probe, store
from mnist_interp.site import bench_network
from mnist_interp.training import Run

DIGITS = 10
LARGEST = 3.0
Lesion = Mapping[str, Mapping[str, float | str]]


def checkpoint(run: Run, epoch: int) -> int:
    """Return the place of an epoch's end among the checkpoints of a run."""
    return run.epochs.index(float(epoch))


@store.cached
def means(run: Run) -> store.Arrays:
    """Average what each neuron does over the training images, after every epoch.

    Parameters
    ----------
    run : Run
        Of a network that the bench can compute.

    Returns
    -------
    dict of numpy.ndarray
        For each layer by name (n_epochs + 1, n_units), float32.
    """
    pixels = mnist.load("train").pixels
    found: dict[str, list[np.ndarray]] = {layer: [] for layer in bench_network.of(run).units}
    for epoch in range(run.recipe.epochs + 1):
        recorded = probe.activations(run.model(checkpoint(run, epoch)), pixels, list(found))
        for layer, activations in recorded.items():
            found[layer].append(activations.double().mean(0).float().numpy())
    return {layer: np.stack(rows) for layer, rows in found.items()}


def _dosed(layer: nn.Module, doses: Mapping[str, float | str], mean: np.ndarray) -> torch.utils.hooks.RemovableHandle:
    def hook(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        changed = output.clone()
        for unit, dose in doses.items():
            changed[:, int(unit)] = float(mean[int(unit)]) if isinstance(dose, str) else output[:, int(unit)] * dose
        return changed

    return layer.register_forward_hook(hook)


def tally(model: nn.Sequential, lesion: Lesion, mean: Mapping[str, np.ndarray]) -> np.ndarray:
    """Count the test images by true digit and digit read, under a lesion.

    Parameters
    ----------
    model : torch.nn.Sequential
        With the layers that the lesion names, in evaluation mode.
    lesion : mapping
        Layer to neuron to dose, such as ``{"relu2": {"7": 0, "14": "mean"}}``.
    mean : mapping
        Mean activations of each layer's neurons.

    Returns
    -------
    numpy.ndarray of int64, shape (10, 10)
        Rows are true digits.
    """
    digits = mnist.load("test")
    handles = [_dosed(model.get_submodule(layer), doses, mean[layer]) for layer, doses in lesion.items()]
    try:
        with torch.no_grad():
            read = model(digits.pixels).argmax(1).numpy()
    finally:
        for handle in handles:
            handle.remove()
    return np.bincount(digits.labels * DIGITS + read, minlength=DIGITS**2).reshape(DIGITS, DIGITS)


@store.cached
def tallies(run: Run, lesions: Sequence[Lesion]) -> store.Arrays:
    """Count the test images under each lesion of the fully trained network.

    Returns
    -------
    dict of numpy.ndarray
        ``counts`` of shape (n_lesions, 10, 10); rows are true digits.
    """
    model, mean = run.model(), {layer: values[-1] for layer, values in means(run).items()}
    return {"counts": np.stack([tally(model, lesion, mean) for lesion in lesions])}


def random_lesions(units: Mapping[str, int], count: int, *, seed: int) -> list[dict[str, dict[str, float | str]]]:
    """Draw lesions of all kinds: one layer or all, one neuron to half a layer, silenced, scaled, held at the mean.

    Parameters
    ----------
    units : mapping
        Number of neurons of each layer; networks of the same sizes get the same lesions.
    count : int
        How many.
    seed : int
        Decides them.
    """
    rng = np.random.default_rng(seed)
    lesions: list[dict[str, dict[str, float | str]]] = []
    places = [*([layer] for layer in units), list(units)]
    for number in range(count):
        lesion: dict[str, dict[str, float | str]] = {}
        for layer in places[number % len(places)]:
            size = rng.integers(1, units[layer] // 2, endpoint=True)
            chosen = rng.choice(units[layer], size=size, replace=False)
            doses: list[float | str] = [
                (0.0, "mean", round(float(rng.uniform(0, LARGEST)), 2))[rng.integers(3)] for _ in chosen
            ]
            lesion[layer] = {str(unit): dose for unit, dose in sorted(zip(chosen.tolist(), doses, strict=True))}
        lesions.append(lesion)
    return lesions
