"""What a linear reader can make of each stage of a network, from the pixels to the last hidden layer.

Stages are the ReLUs; of a transformer the class token behind each block, too.

Fitted on 5,000 training images, scored on 2,000 test images (`probes.ridge_accuracy`). About 1 s a network, untrained
or trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings
from mnist_interp.experiments.states import STATES
from mnist_interp.methods import activations, probes
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run
from mnist_interp.training.transformer import Block

FITTED, SCORED = preview.reduced(500), preview.reduced(200)


def _points(run: Run, split: mnist.Split, per_class: int, checkpoint: int) -> dict[str, np.ndarray]:
    """Return what a reader sees of each stage, (n_images, n_values): of tokens the first."""
    model, images = run.model(checkpoint), mnist.load(split).pixels[mnist.sample(split, per_class)]
    blocks = [name for name, module in model.named_children() if isinstance(module, Block)]
    found = activations.record(model, images, [*blocks, *activations.relu_layers(model)])
    return {name: (values[:, 0] if name in blocks else values.flatten(1)).numpy() for name, values in found.items()}


def _accuracies(run: Run, checkpoint: int) -> xr.DataArray:
    fitted, scored = _points(run, "train", FITTED, checkpoint), _points(run, "test", SCORED, checkpoint)
    layers = list(fitted)
    labels = recordings.labels("train", per_class=FITTED), recordings.labels("test", per_class=SCORED)
    hidden = [probes.ridge_accuracy(fitted[layer], labels[0], scored[layer], labels[1]) for layer in layers]
    return xr.DataArray([_from_pixels(), *hidden], dims="stage", coords={"stage": ["pixels", *layers]})


@cache
def _from_pixels() -> float:
    """Return the accuracy of the first stage, which is the same for all networks."""
    digits: list[tuple[mnist.Split, int]] = [("train", FITTED), ("test", SCORED)]
    pixels = [mnist.load(split).pixels[mnist.sample(split, count)].numpy() for split, count in digits]
    labels = [recordings.labels(split, per_class=count) for split, count in digits]
    return probes.ridge_accuracy(pixels[0], labels[0], pixels[1], labels[1])


@store.cached
def summary(population: Population) -> xr.Dataset:
    """Return what a linear reader gets right from every stage of every network, untrained and trained.

    Returns
    -------
    xarray.Dataset
        ``accuracy`` (seed, state, stage), fractions: states are ``"untrained"`` and ``"trained"``, stages
        ``"pixels"`` and then each ReLU.
    """
    jobs = [(run, checkpoint) for run in population for checkpoint in STATES.values()]
    found = iter(parallel.each(_accuracies, jobs))
    by_seed = [xr.concat([next(found) for _ in STATES], "state") for _ in population]
    accuracy = xr.concat(by_seed, "seed").assign_coords(seed=population.seeds, state=list(STATES))
    return xr.Dataset({"accuracy": accuracy})


@store.cached
def at(population: Population, checkpoint: int | Sequence[int] = -1) -> xr.Dataset:
    """Return what a linear reader gets right from every stage: ``accuracy`` (seed, stage), at a checkpoint.

    Parameters
    ----------
    population : Population
        Networks of any kind.
    checkpoint : int or sequence of int
        Index into the runs' checkpoints, or one for each run.
    """
    places = [checkpoint] * len(population) if isinstance(checkpoint, int) else checkpoint
    found = parallel.each(_accuracies, list(zip(population, places, strict=True)))
    return xr.Dataset({"accuracy": xr.concat(found, "seed").assign_coords(seed=population.seeds)})
