"""Which test images a population gets right, image by image: for effects so small that images count as sampled too.

A difference of a tenth of a point is ten images in 10,000. Whether it would stand on other images is asked by keeping
what each network says of each image. Counts fit a byte: 240 kB for 24 networks.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects, performance, recordings, sparse_forward
from mnist_interp.methods import bias_refit
from mnist_interp.methods.ablation import Stage, partners
from mnist_interp.methods.references import REFERENCES, Lesion
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

COMPARED = ("mean", "optimal", "refit")


def _correct(logits: torch.Tensor, labels: np.ndarray) -> np.ndarray:
    return logits.argmax(1).numpy() == labels


def _last_epochs(run: Run) -> np.ndarray:
    """Return in how many of the last epochs a network gets each test image right, and whether in the last one."""
    checkpoints = performance.epoch_ends(run)[1:][-performance.LAST :]
    labels = mnist.load("test").labels
    models = [run.model(checkpoint) for checkpoint in checkpoints]
    found = sparse_forward.activations(models, "test", ["output"])
    correct = np.stack([_correct(one["output"], labels) for one in found])
    return np.stack([correct.sum(0), correct[-1]]).astype(np.uint8)


@store.cached
def over_last_epochs(population: Population) -> xr.Dataset:
    """Return what multilayer networks get right toward the end of training.

    Returns
    -------
    xarray.Dataset
        ``settled`` (seed, image), in how many of the last five epochs, 0 to 5; ``final`` (seed, image), 0 or 1.
    """
    found = np.stack(parallel.each(_last_epochs, [(run,) for run in population]))
    axes = ("seed", "image")
    return xr.Dataset({"settled": (axes, found[:, 0]), "final": (axes, found[:, 1])}, {"seed": population.seeds})


def settled(population: Population) -> np.ndarray:
    """Return the share of the last five epochs in which each image is right, (n_seeds, n_images)."""
    counts = over_last_epochs(population)["settled"].to_numpy()
    epochs = min(performance.LAST, population.recipe.epochs)
    return counts / epochs


def final(population: Population) -> np.ndarray:
    """Return which images each network gets right in the end, (n_seeds, n_images) of 0 and 1."""
    return over_last_epochs(population)["final"].to_numpy().astype(float)


def refitted(training: Stage, test: Stage) -> torch.Tensor:
    """Return logits of a network of which nothing is ablated, with its output biases refitted as `refit` does."""
    return test.untouched() + bias_refit.output_biases(training.untouched(), training.labels)


def _ablated(run: Run, layer: str) -> np.ndarray:
    few = recordings.stage(run, layer, "train", per_class=preview.reduced(ablation_effects.REFITTED_ON))
    test = ablation_effects.scored(run, layer)
    partner = partners(len(test.labels), seed=0)
    mean = ablation_effects.mean(run, layer)
    lesions = [Lesion(unit, test, few, mean, partner) for unit in range(test.n_units)]
    rows = [sum(_correct(REFERENCES[name](one), test.labels).astype(np.uint8) for one in lesions) for name in COMPARED]
    intact = (test.untouched(), refitted(few, test))
    return np.stack([*rows, *(_correct(logits, test.labels) * test.n_units for logits in intact)]).astype(np.uint8)


@store.cached
def ablated(population: Population, layer: str = "relu2") -> xr.Dataset:
    """Return with how many units of a layer ablated, one at a time, each image is still right.

    Returns
    -------
    xarray.Dataset
        ``kept`` (seed, reference, image), 0 to the number of units: under ``mean``, ``optimal`` and ``refit``, and of
        the ``intact`` network and the intact one with ``refitted`` biases, each as often as there are units. ``units``.
    """
    found = np.stack(parallel.each(_ablated, [(run, layer) for run in population]))
    units = int(found[:, -2:].max())
    variables = {"kept": (("seed", "reference", "image"), found), "units": ((), units)}
    return xr.Dataset(variables, {"seed": population.seeds, "reference": [*COMPARED, "intact", "refitted"]})
