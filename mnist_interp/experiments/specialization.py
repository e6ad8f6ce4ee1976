"""How specialized the hidden units of a population are, so that differently normalized networks can be compared.

Two scores a unit, of its best digit: Morcos's index, which starts from means and rises for any unit that is silent
more often, and AUROC, which asks how well the unit tells its digit from the rest and does not care how often it is
silent. Units are those of `recordings.hidden_units`. About a tenth of a second a network on one thread.
"""

from __future__ import annotations

import numpy as np
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, sparse_forward
from mnist_interp.methods import selectivity
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run


def _scores(values: np.ndarray) -> store.Arrays:
    labels = mnist.load("test").labels
    return {
        "index": selectivity.morcos_index(selectivity.class_means(values, labels)),
        "auroc": selectivity.auroc(values, labels).max(0),
        "active": (values > 0).mean(0),
    }


@store.cached
def summary(population: Population) -> store.Arrays:
    """Score every hidden unit of every run on the test images, untrained and trained.

    Returns
    -------
    dict of numpy.ndarray
        Each (n_runs, 2, 48), untrained first: ``index``, Morcos's; ``auroc``, of the unit's best digit; ``active``,
        the share of images on which it is above 0.
    """
    jobs = [(run, checkpoint) for run in population for checkpoint in (0, -1)]
    found = parallel.each(_recorded, jobs)
    return {name: np.stack([row[name] for row in found]).reshape(len(population), 2, -1) for name in found[0]}


def _recorded(run: Run, checkpoint: int) -> store.Arrays:
    return _scores(recordings.hidden_units(run, "test", checkpoint))


def _imposed(run: Run, checkpoint: int) -> store.Arrays:
    values = next(sparse_forward.activations([run.model(checkpoint)], "test", ["linear2"]))["linear2"]
    return _scores(F.layer_norm(values, values.shape[1:]).relu().numpy())


@store.cached
def imposed(population: Population) -> store.Arrays:
    """Score layer 2's units as if a LayerNorm stood before their ReLU, in networks that were trained without one.

    What normalizing does to the scores by itself, with nothing learned under it.

    Returns
    -------
    dict of numpy.ndarray
        As of `summary`, for 16 units: each (n_runs, 2, 16).
    """
    jobs = [(run, checkpoint) for run in population for checkpoint in (0, -1)]
    found = parallel.each(_imposed, jobs)
    return {name: np.stack([row[name] for row in found]).reshape(len(population), 2, -1) for name in found[0]}


def over_live(scores: np.ndarray, active: np.ndarray, units: slice) -> np.ndarray:
    """Average a score over the units of a layer that are ever active: (n_runs, 2) from two arrays (n_runs, 2, 48)."""
    alive = active[..., units] > 0
    return np.where(alive, scores[..., units], 0).sum(-1) / np.maximum(alive.sum(-1), 1)
