"""What PyTorch says of lesions, all test images at once: the reference that the lesion bench is held against.

A lesion gives units of hidden layers a dose: a factor from 0 to 3, or ``"mean"``, which holds a neuron at its mean over
the training images, a channel at its mean map. It acts where `lesion_sites` says, on what was recorded in the first
lesioned layer and through hooks in later ones, so that the network itself computes what follows. About 10 ms a
lesion of an MLP, 20 of a CNN's last layers and 400 of its first, and for the means of all epochs of a run 3 s, or
10 where there are maps, on one processor; all are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.bench import lesion_sites
from mnist_interp.data import mnist
from mnist_interp.methods import activations
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Run

DIGITS = 10
LARGEST = 3.0
TOGETHER = 1_000  # images, where there are maps: all at once would take gigabytes
FLAT = 2  # dimensions of activations without maps
Doses = Mapping[str, float | str]
Lesion = Mapping[str, Doses]


def checkpoint(run: Run, epoch: int) -> int:
    """Return the place of an epoch's end among the checkpoints of a run."""
    return run.epochs.index(float(epoch))


def _recorded(model: nn.Sequential, pixels: torch.Tensor, layers: Sequence[str]) -> Iterator[dict[str, torch.Tensor]]:
    """Yield what layers do, images in their order: all in one pass, or, where layers have maps, some at a time."""
    convolves = any(isinstance(module, nn.Conv2d) for module in model)
    for part in pixels.split(TOGETHER if convolves else len(pixels)):
        yield activations.record(model, part, layers)


def _means_after(run: Run, epoch: int) -> store.Arrays:
    pixels = mnist.load("train").pixels
    sums: dict[str, torch.Tensor] = {}
    for recorded in _recorded(run.model(checkpoint(run, epoch)), pixels, list(lesion_sites.of(run).units)):
        for layer, values in recorded.items():
            sums[layer] = sums.get(layer, 0) + values.sum(0, dtype=torch.float64)
    return {layer: (total / len(pixels)).float().numpy() for layer, total in sums.items()}


@store.cached
def means(run: Run) -> store.Arrays:
    """Average what each unit does over the training images, after every epoch.

    Parameters
    ----------
    run : Run
        Of a network that the bench can compute.

    Returns
    -------
    dict of numpy.ndarray
        For each layer by name (n_epochs + 1, n_units), or (n_epochs + 1, n_channels, height, width); float32.
    """
    rows = parallel.each(_means_after, [(run, epoch) for epoch in range(run.recipe.epochs + 1)])
    return {layer: np.stack([row[layer] for row in rows]) for layer in lesion_sites.of(run).units}


def _dosed(values: torch.Tensor, doses: Doses, mean: np.ndarray) -> torch.Tensor:
    changed = values.clone()
    for unit, dose in doses.items():
        held = torch.from_numpy(np.asarray(mean[int(unit)]))
        changed[:, int(unit)] = held if isinstance(dose, str) else values[:, int(unit)] * dose
    return changed


def _hook(doses: Doses, mean: np.ndarray) -> Callable[[nn.Module, tuple[torch.Tensor, ...], torch.Tensor], Any]:
    return lambda module, inputs, output: _dosed(output, doses, mean)


def tally(
    model: nn.Sequential,
    recorded: Mapping[str, torch.Tensor],
    labels: np.ndarray,
    lesion: Lesion,
    mean: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Count images by true digit and digit read, under a lesion.

    Parameters
    ----------
    model : torch.nn.Sequential
        With the layers that the lesion names, in evaluation mode.
    recorded : mapping
        Activations (n_images, ...) of the hidden layers, in order: the network goes on from the first lesioned one.
    labels : numpy.ndarray of shape (n_images,)
        True digits.
    lesion : mapping
        Layer to unit to dose, such as ``{"relu2": {"7": 0, "14": "mean"}}``.
    mean : mapping
        Mean activations of each layer's units.

    Returns
    -------
    numpy.ndarray of int64, shape (10, 10)
        Rows are true digits.
    """
    start = next((layer for layer in recorded if layer in lesion), list(recorded)[-1])
    rest = model[[name for name, _ in model.named_children()].index(start) + 1 :]
    later = {layer: doses for layer, doses in lesion.items() if layer != start}
    handles = [
        model.get_submodule(layer).register_forward_hook(_hook(doses, mean[layer])) for layer, doses in later.items()
    ]
    values = recorded[start]
    try:
        with torch.no_grad():
            parts = values.split(TOGETHER) if values.ndim > FLAT else (values,)
            dosed = (_dosed(part, lesion.get(start, {}), mean[start]) for part in parts)
            read = torch.cat([rest(part).argmax(1) for part in dosed]).numpy()
    finally:
        for handle in handles:
            handle.remove()
    return np.bincount(labels * DIGITS + read, minlength=DIGITS**2).reshape(DIGITS, DIGITS)


@store.cached
def tallies(run: Run, lesions: Sequence[Lesion], *, places: Sequence[int] | None = None) -> store.Arrays:
    """Count test images under each lesion of the fully trained network.

    Parameters
    ----------
    run : Run
        Of a network that the bench can compute.
    lesions : sequence of lesions
        Each as of `tally`.
    places : sequence of int, optional
        Which test images; all unless told.

    Returns
    -------
    dict of numpy.ndarray
        ``counts`` of shape (n_lesions, 10, 10); rows are true digits.
    """
    digits, model = mnist.load("test"), run.model()
    chosen = np.arange(len(digits)) if places is None else np.asarray(places)
    layers = list(lesion_sites.of(run).units)
    parts = list(_recorded(model, digits.pixels[torch.from_numpy(chosen)], layers))
    recorded = {layer: torch.cat([part[layer] for part in parts]) for layer in layers}
    mean = {layer: values[-1] for layer, values in means(run).items()}
    labels = digits.labels[chosen]
    return {"counts": np.stack([tally(model, recorded, labels, lesion, mean) for lesion in lesions])}


def random_lesions(units: Mapping[str, int], count: int, *, seed: int) -> list[dict[str, dict[str, float | str]]]:
    """Draw lesions of all kinds: one layer or all, one unit to half a layer, silenced, scaled, held at the mean.

    Parameters
    ----------
    units : mapping
        Number of units of each layer; networks of the same sizes get the same lesions.
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
