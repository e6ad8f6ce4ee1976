"""Which way, and how hard, a unit pushes each digit's logit, beside what its ablation costs that digit.

Selectivity says how much more a unit does for a digit than for the others. It does not say what the next layer makes of
it: a unit that is loud on a digit may vote for it or against it. The vote is the centered readout W, a unit's weight to
a logit less its mean weight over the ten; in layer 1 that of the linear path, the product of the later weight matrices.
A reference that changes the unit's mean on a digit's images by -d changes that digit's centered logit by -dW on average
(exactly so in the last hidden layer): dW is the signed push of that reference. A network takes a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import xarray as xr
from scipy import stats
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects, recordings, training_moments
from mnist_interp.methods import activations, class_sums, references
from mnist_interp.methods.ablation import Stage
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PUSHED_BY = {"zero": "zero", "mean": "mean", "optimal": "optimal", "resample": "mean", "refit": "mean"}


def votes(run: Run, layer: str) -> np.ndarray:
    """Return the centered readout, (10, n_units): of layer 1 along the linear path to the logits."""
    weight = run.weights["output.weight"][-1].astype(float)
    if layer == "relu1":
        weight = weight @ run.weights["linear2.weight"][-1]
    return weight - weight.mean(0)


def _cross_entropy(logits: torch.Tensor, labels: np.ndarray) -> np.ndarray:
    """Return the mean cross-entropy of each digit's images, (10,), in nats."""
    each = F.cross_entropy(logits, torch.from_numpy(labels), reduction="none").double().numpy()
    return np.bincount(labels, weights=each, minlength=10) / np.bincount(labels, minlength=10)


def _spreads(run: Run, layer: str) -> np.ndarray:
    """Return the standard deviation of each unit within the training images of each digit, (10, n_units)."""
    digits = mnist.load("train")
    values = activations.record(run.model(), digits.pixels, [layer])[layer].numpy()
    sums, squares = class_sums.of(values, digits.labels)
    counts = np.bincount(digits.labels)[:, None]
    return np.sqrt(np.maximum(squares / counts - (sums / counts) ** 2, 0))


def _loss_added(test: Stage, mean: np.ndarray) -> np.ndarray:
    """Return what mean ablation of each unit adds to each digit's cross-entropy, (10, n_units)."""
    before = _cross_entropy(test.untouched(), test.labels)
    held = torch.from_numpy(mean)
    after = [_cross_entropy(test.replaced(unit, held[unit][None]), test.labels) for unit in range(test.n_units)]
    return np.stack(after, axis=1) - before[:, None]


def _of_run(run: Run, layer: str) -> store.Arrays:
    few = recordings.stage(run, layer, "train", per_class=preview.reduced(ablation_effects.REFITTED_ON))
    moments = training_moments.of_run(run, layer)
    return {
        "vote": votes(run, layer),
        "class_mean": moments["class_means"],
        "class_std": _spreads(run, layer),
        "mean": moments["mean"],
        "std": moments["std"],
        "constant": np.array([references.best_constant(few, unit) for unit in range(few.n_units)]),
        "loss_added": _loss_added(ablation_effects.scored(run, layer), moments["mean"]),
    }


@store.cached
def measured(population: Population, layer: str = "relu2") -> xr.Dataset:
    """Return what pushes are made of, and what mean ablation adds to the loss.

    Parameters
    ----------
    population : Population
        Perceptrons with two hidden layers.
    layer : {"relu1", "relu2"}
        Whose units.

    Returns
    -------
    xarray.Dataset
        By ``seed``, ``unit`` and, where it has one, ``digit``: ``vote``, the centered readout; from training images
        ``class_mean``, ``class_std``, ``mean``, ``std`` and the optimal ``constant``; ``loss_added``, what mean
        ablation adds to the digit's cross-entropy on test images, in nats.
    """
    found = parallel.each(_of_run, [(run, layer) for run in population])
    variables = {}
    for name, one in found[0].items():
        axes = ("seed", "digit", "unit") if one.ndim == 2 else ("seed", "unit")
        variables[name] = (axes, np.stack([row[name] for row in found]))
    units = range(found[0]["vote"].shape[1])
    return xr.Dataset(variables, {"seed": population.seeds, "digit": range(10), "unit": units})


def push(parts: xr.Dataset, reference: str) -> xr.DataArray:
    """Return the signed push of a reference, (seed, digit, unit), in units of the logits.

    Parameters
    ----------
    parts : xarray.Dataset
        From `measured`.
    reference : str
        As of `references.REFERENCES`; resampling changes means as the mean does, and so, once biases are refitted,
        does zero.
    """
    held = {"zero": 0 * parts["mean"], "mean": parts["mean"], "optimal": parts["constant"]}[PUSHED_BY[reference]]
    return ((parts["class_mean"] - held) * parts["vote"]).transpose("seed", "digit", "unit")


def live(parts: xr.Dataset) -> xr.DataArray:
    """Return which units are above 0 on some training image, (seed, unit)."""
    return parts["mean"] > 0


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rho, 0 where one of the two is constant or there are fewer than three pairs."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(stats.spearmanr(one, other).statistic)


Cells = Callable[[xr.Dataset], xr.DataArray]


def all_cells(parts: xr.Dataset) -> xr.DataArray:
    """Return the cells of live units, (seed, digit, unit)."""
    return (live(parts) & (parts["vote"] == parts["vote"])).transpose("seed", "digit", "unit")


def votes_for(parts: xr.Dataset) -> xr.DataArray:
    """Return the cells in which a live unit votes for the digit."""
    return all_cells(parts) & (parts["vote"] > 0)


def votes_against(parts: xr.Dataset) -> xr.DataArray:
    """Return the cells in which a live unit votes against the digit."""
    return all_cells(parts) & (parts["vote"] < 0)


def correlations(predictor: xr.DataArray, harm: xr.DataArray, cells: xr.DataArray) -> np.ndarray:
    """Return Spearman's rho of a predictor with harm over each network's cells, (n_seeds,).

    Parameters
    ----------
    predictor, harm : xarray.DataArray
        By seed, digit and unit.
    cells : xarray.DataArray of bool
        Which of them count.
    """
    aligned = [one.transpose("seed", "digit", "unit").to_numpy() for one in (predictor, harm, cells)]
    return np.array([spearman(first[which], second[which]) for first, second, which in zip(*aligned, strict=True)])
