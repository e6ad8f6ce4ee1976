"""How specialized the hidden units of a population are, so that differently normalized networks can be compared.

Two scores a unit, of its best digit: Morcos's index, which starts from means and rises for any unit that is silent
more often, and AUROC, which asks how well the unit tells its digit from the rest and does not care how often it is
silent. Units are those of `recordings.hidden_units`. About a tenth of a second a network on one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

import numpy as np
import torch
import xarray as xr
from torch import nn
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, sparse_forward
from mnist_interp.experiments.states import STATES
from mnist_interp.methods import selectivity
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

Scores = dict[str, np.ndarray]


def _scores(values: np.ndarray) -> Scores:
    labels = mnist.load("test").labels
    return {
        "index": selectivity.morcos_index(selectivity.class_means(values, labels)),
        "auroc": selectivity.auroc(values, labels).max(0),
        "active": (values > 0).mean(0),
    }


def _of_each(population: Population, score: Callable[[Run, int], Scores], neurons: xr.Coordinates) -> xr.Dataset:
    found = parallel.each(score, [(run, checkpoint) for run in population for checkpoint in STATES.values()])
    shape = (len(population), len(STATES), -1)
    axes = ("seed", "state", "neuron")
    variables = {name: (axes, np.stack([row[name] for row in found]).reshape(shape)) for name in found[0]}
    return xr.Dataset(variables, coords=neurons.assign(seed=population.seeds, state=list(STATES)))


@store.cached
def summary(population: Population) -> xr.Dataset:
    """Score every hidden unit of every run on the test images, untrained and trained.

    Returns
    -------
    xarray.Dataset
        By seed, state ("untrained", "trained") and neuron (layer, unit): ``index``, Morcos's; ``auroc``, of the unit's
        best digit; ``active``, the share of images on which it is above 0.
    """
    return _of_each(population, _recorded, recordings.neuron_labels(recordings.hidden_sizes(population[0])))


def _recorded(run: Run, checkpoint: int) -> Scores:
    return _scores(recordings.hidden_units(run, "test", checkpoint))


def _before_relu2(model: nn.Sequential) -> torch.Tensor:
    values = next(sparse_forward.activations([model], "test", ["linear2"]))["linear2"]
    return F.layer_norm(values, values.shape[1:]).relu()


def _behind_relu1(model: nn.Sequential) -> torch.Tensor:
    """Return layer 2's activations where layer 1's, normalized image by image, keep the layer's own mean and spread."""
    values = next(sparse_forward.activations([model], "test", ["relu1"]))["relu1"]
    imposed = F.layer_norm(values, values.shape[1:]) * values.std() + values.mean()
    return cast("torch.Tensor", model.get_submodule("linear2")(imposed)).relu()


PLACES = {"before relu2": _before_relu2, "behind relu1": _behind_relu1}


def _imposed(run: Run, checkpoint: int, place: str) -> Scores:
    return _scores(PLACES[place](run.model(checkpoint)).numpy())


@store.cached
def imposed(population: Population, place: str = "before relu2") -> xr.Dataset:
    """Score layer 2's units as if a LayerNorm stood somewhere, in networks that were trained without one.

    What normalizing does to the scores by itself, with nothing learned under it.

    Parameters
    ----------
    population : Population
        Multilayer networks without normalization.
    place : {"before relu2", "behind relu1"}
        Where it stands; behind layer 1 with that layer's own mean and spread as its shift and scale.

    Returns
    -------
    xarray.Dataset
        As of `summary`, of the units of ``relu2`` alone.
    """
    size = recordings.hidden_sizes(population[0])["relu2"]
    return _of_each(population, partial(_imposed, place=place), recordings.neuron_labels({"relu2": size}))


def over_live(scored: xr.Dataset, score: str, layer: str) -> xr.DataArray:
    """Return a score averaged over the units of a layer that are ever active, 0 where none is: (seed, state).

    Parameters
    ----------
    scored : xarray.Dataset
        From `summary` or `imposed`.
    score : {"index", "auroc"}
        Which.
    layer : str
        Such as ``"relu2"``.
    """
    units = scored.sel(layer=layer)
    alive = units["active"] > 0
    return units[score].where(alive, 0).sum("unit") / alive.sum("unit").clip(min=1)
