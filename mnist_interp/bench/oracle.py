"""What PyTorch says of lesions, all test images at once: the oracle that the lesion bench is held against.

A lesion gives units of hidden layers a dose: a factor from 0 to 3, or the name of a constant of `constants`, which
holds a unit: ``"mean"``, a neuron at its mean over the training images, a channel at its mean map, a head at its mean
for each token, and ``"optimal"``, at the number where the training loss is least, a head at such numbers for each
token. It acts where `lesion_sites` says, on what was recorded in the first lesioned layer, or before its block, and
through hooks in later ones, so that the network itself computes what follows. About 10 ms a lesion of an MLP, 20 of a
CNN's last layers and 400 of its first, 150 and 300 of a transformer's heads; for the means of all epochs of a run 3 s,
or 10 where there are maps or tokens, for the best constants 3 s, or 25 where there are heads, on one processor; all
are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.bench import head_constants, lesion_sites
from mnist_interp.bench.constants import NAMES
from mnist_interp.data import mnist
from mnist_interp.methods import ablation, activations, references
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Run
from mnist_interp.training.transformer import Tokens

DIGITS = 10
LARGEST = 3.0
TOGETHER = 1_000  # images, where there are maps: all at once would take gigabytes
SEARCHED_OF_MAPS = 500  # training images for a channel's best constant; `references` says how many for a neuron's
SEARCHED_OF_HEADS = 5_000  # the same for a head's, each seen once
FLAT = 2  # dimensions of activations without maps
Doses = Mapping[str, float | str]
Lesion = Mapping[str, Doses]
Constants = Mapping[str, Mapping[str, np.ndarray]]


def checkpoint(run: Run, epoch: int) -> int:
    """Return the place of an epoch's end among the checkpoints of a run."""
    return run.epochs.index(float(epoch))


def _recorded(model: nn.Sequential, pixels: torch.Tensor, layers: Sequence[str]) -> Iterator[dict[str, torch.Tensor]]:
    """Yield what layers do, images in order: all in one pass, or, where layers have maps or tokens, some at a time."""
    large = any(isinstance(module, nn.Conv2d | Tokens) for module in model)
    for part in pixels.split(TOGETHER if large else len(pixels)):
        yield activations.record(model, part, layers)


def _means_after(run: Run, epoch: int) -> store.Arrays:
    pixels = mnist.load("train").pixels
    sums: dict[str, torch.Tensor] = {}
    for recorded in _recorded(run.model(checkpoint(run, epoch)), pixels, list(lesion_sites.of(run).units)):
        for layer, values in recorded.items():
            sums[layer] = sums.get(layer, 0) + values.sum(0, dtype=torch.float64)
    return {
        layer: (total / len(pixels)).float().movedim(lesion_sites.unit_axis(layer) - 1, 0).numpy()
        for layer, total in sums.items()
    }


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
        For each layer by name (n_epochs + 1, n_units), or (n_epochs + 1, n_channels, height, width), or
        (n_epochs + 1, n_heads, n_tokens, size); float32.
    """
    rows = parallel.each(_means_after, [(run, epoch) for epoch in range(run.recipe.epochs + 1)])
    return {layer: np.stack([row[layer] for row in rows]) for layer in lesion_sites.of(run).units}


def _rest(model: nn.Sequential, layer: str) -> tuple[str, nn.Sequential]:
    """Return, for lesions of a layer, what the network goes on from, the layer or what is before its block, and how."""
    names = [name for name, _ in model.named_children()]
    start = names.index(layer) if layer in names else names.index(layer.partition(".")[0]) - 1
    return names[start], model[start + 1 :]


def _some(count: int) -> tuple[torch.Tensor, np.ndarray]:
    """Return pixels and labels of so many training images, evenly spaced: those that `references` takes of all."""
    digits = mnist.load("train")
    step = -(-len(digits) // count)
    return digits.pixels[::step], digits.labels[::step]


def _best_after(run: Run, epoch: int) -> store.Arrays:
    model, layers = run.model(checkpoint(run, epoch)), lesion_sites.of(run).layers
    found = {}
    for layer in layers:
        if layer.heads:
            pixels, labels = _some(SEARCHED_OF_HEADS)
            start, rest = _rest(model, layer.name)
            before = activations.record(model, pixels, start)[start]
            found[layer.name] = head_constants.best(rest, model.get_submodule(layer.name), before, labels)
            continue
        pixels, labels = _some(SEARCHED_OF_MAPS if layer.convolution else references.SEARCHED)
        stage = ablation.stage(model, layer.name, pixels, labels)
        best = [references.best_constant(stage, unit) for unit in range(layer.units)]
        found[layer.name] = np.array(best, dtype=np.float32)
    return found


@store.cached
def best_constants(run: Run) -> store.Arrays:
    """Find the constant of each unit at which the training loss is least, after every epoch.

    Parameters
    ----------
    run : Run
        Of a network that the bench can compute.

    Returns
    -------
    dict of numpy.ndarray
        For each layer by name (n_epochs + 1, n_units), as `references.best_constant` gives it; of a channel, one
        number for its whole map; of a head (n_epochs + 1, n_heads, n_tokens, size); float32.
    """
    rows = parallel.each(_best_after, [(run, epoch) for epoch in range(run.recipe.epochs + 1)])
    return {layer: np.stack([row[layer] for row in rows]) for layer in lesion_sites.of(run).units}


_MEASURES = {"mean": means, "optimal": best_constants}


def constants(run: Run, epoch: int) -> dict[str, dict[str, np.ndarray]]:
    """Return what units can be held at after an epoch: by name, those of `constants.NAMES`, and layer.

    Raises
    ------
    ValueError
        If nothing measures one of them.
    """
    if unmeasured := set(NAMES) - set(_MEASURES):
        raise ValueError(f"nothing measures the constant {min(unmeasured)!r}: expected it among those of `_MEASURES`")
    kinds = {name: _MEASURES[name](run) for name in NAMES}
    return {name: {layer: values[epoch] for layer, values in kind.items()} for name, kind in kinds.items()}


def _dosed(values: torch.Tensor, doses: Doses, layer: str, held: Constants) -> torch.Tensor:
    changed = values.clone()
    units = changed.movedim(lesion_sites.unit_axis(layer), 1)
    for name, dose in doses.items():
        unit = int(name)
        if isinstance(dose, str):
            units[:, unit] = torch.from_numpy(np.asarray(held[dose][layer][unit]))
        else:
            units[:, unit] *= dose
    return changed


def _hook(
    doses: Doses, layer: str, held: Constants
) -> Callable[[nn.Module, tuple[torch.Tensor, ...], torch.Tensor], Any]:
    return lambda module, inputs, output: _dosed(output, doses, layer, held)


def tally(
    model: nn.Sequential,
    recorded: Mapping[str, torch.Tensor],
    labels: np.ndarray,
    lesion: Lesion,
    held: Constants,
) -> np.ndarray:
    """Count images by true digit and digit read, under a lesion.

    Parameters
    ----------
    model : torch.nn.Sequential
        With the layers that the lesion names, in evaluation mode.
    recorded : mapping
        For each hidden layer, in order, activations (n_images, ...) to go on from for its lesion: the layer's own, or,
        of one inside a block, of what stands before that.
    labels : numpy.ndarray of shape (n_images,)
        True digits.
    lesion : mapping
        Layer to unit to dose, such as ``{"relu2": {"7": 0, "14": "mean"}}``.
    held : mapping
        What units can be held at, as `constants` gives it.

    Returns
    -------
    numpy.ndarray of int64, shape (10, 10)
        Rows are true digits.
    """
    first = next((layer for layer in recorded if layer in lesion), list(recorded)[-1])
    start, rest = _rest(model, first)
    later = {layer: doses for layer, doses in lesion.items() if layer != start}
    handles = [
        model.get_submodule(layer).register_forward_hook(_hook(doses, layer, held)) for layer, doses in later.items()
    ]
    values = recorded[first]
    try:
        with torch.no_grad():
            parts = values.split(TOGETHER) if values.ndim > FLAT else (values,)
            dosed = (_dosed(part, lesion.get(start, {}), start, held) for part in parts)
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
    starts = {layer: _rest(model, layer)[0] for layer in lesion_sites.of(run).units}
    parts = list(_recorded(model, digits.pixels[torch.from_numpy(chosen)], list(starts.values())))
    recorded = {layer: torch.cat([part[start] for part in parts]) for layer, start in starts.items()}
    held = constants(run, -1)
    labels = digits.labels[chosen]
    return {"counts": np.stack([tally(model, recorded, labels, lesion, held) for lesion in lesions])}


def random_lesions(units: Mapping[str, int], count: int, *, seed: int) -> list[dict[str, dict[str, float | str]]]:
    """Draw lesions of all kinds: one layer or all, one unit to half a layer, silenced, scaled, held at a constant.

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
            doses: list[float | str] = []
            for _ in chosen:
                choices: list[float | str] = [0.0, *NAMES, round(float(rng.uniform(0, LARGEST)), 2)]
                doses.append(choices[rng.integers(len(choices))])
            lesion[layer] = {str(unit): dose for unit, dose in sorted(zip(chosen.tolist(), doses, strict=True))}
        lesions.append(lesion)
    return lesions
