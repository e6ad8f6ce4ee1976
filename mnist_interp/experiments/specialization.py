"""How specialized the hidden units of a population are, so that differently normalized networks can be compared.

Two scores a unit, of its best digit: Morcos's index, which starts from means and rises for any unit that is silent
more often, and AUROC, which asks how well the unit tells its digit from the rest and does not care how often it is
silent. Units are those of `recordings.hidden_units`. About a tenth of a second a network on one thread.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
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


def _imposed(run: Run, checkpoint: int) -> Scores:
    values = next(sparse_forward.activations([run.model(checkpoint)], "test", ["linear2"]))["linear2"]
    return _scores(F.layer_norm(values, values.shape[1:]).relu().numpy())


@store.cached
def imposed(population: Population) -> xr.Dataset:
    """Score layer 2's units as if a LayerNorm stood before their ReLU, in networks that were trained without one.

    What normalizing does to the scores by itself, with nothing learned under it.

    Returns
    -------
    xarray.Dataset
        As of `summary`, of the units of ``relu2`` alone.
    """
    size = recordings.hidden_sizes(population[0])["relu2"]
    return _of_each(population, _imposed, recordings.neuron_labels({"relu2": size}))


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
