"""What it costs to lose a direction of the last hidden layer: neurons against random axes, and what cannot be heard.

Holding a direction r at its mean takes (a - mean).r r from every activation a, and so (a - mean).r W r from the logits.
Neurons are one set of orthogonal axes of the space of live units; any rotation of them is another, which holds the same
variance in all. The readout, centered over the ten logits, has rank 9: what lies in its null space cannot change a
prediction. A network with 100 rotations takes a second and a half.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.experiments import ablation_effects, training_moments
from mnist_interp.methods import evaluate, readout_spaces
from mnist_interp.methods.ablation import Stage
from mnist_interp.methods.similarity import random_rotations
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

LAYER = "relu2"
ROTATIONS = 5 if preview.enabled() else 100
FAINT = 0.01  # of the mean variance: a live unit with less hardly ever speaks


def without(test: Stage, mean: torch.Tensor, axes: np.ndarray) -> np.ndarray:
    """Hold each of some directions at its mean, one at a time.

    Parameters
    ----------
    test : Stage
        The last hidden layer on the images that are scored.
    mean : torch.Tensor of shape (n_units,)
        Over training images.
    axes : numpy.ndarray of shape (n_units, n_axes)
        Unit vectors.

    Returns
    -------
    numpy.ndarray of shape (n_axes, 11)
        Accuracy that is left, of all images and of each digit.
    """
    directions = torch.from_numpy(axes.astype(np.float32))
    along, read = (test.values - mean) @ directions, directions.T @ test.linear.weight.T
    logits = test.untouched()
    found = (evaluate.confusion(logits - along[:, [k]] * read[k], test.labels) for k in range(axes.shape[1]))
    return evaluate.accuracies(np.stack(list(found)))


def _of_run(run: Run) -> store.Arrays:
    test = ablation_effects.scored(run, LAYER)
    mean = torch.from_numpy(training_moments.of_run(run, LAYER)["mean"])
    live = np.flatnonzero(mean.numpy() > 0)
    units = np.eye(test.n_units)[:, live]
    untouched = evaluate.accuracies(evaluate.confusion(test.untouched(), test.labels))

    def harm(axes: np.ndarray) -> np.ndarray:
        return untouched - without(test, mean, axes)

    def turned_costs(axes: np.ndarray) -> np.ndarray:
        return np.stack(
            [harm(axes @ random_rotations(axes.shape[1], 1, seed=(run.seed, k))[0]) for k in range(ROTATIONS)]
        )

    turned = turned_costs(units)
    spread = test.values.var(0).numpy()
    heard_units = units[:, spread[live] >= FAINT * spread[live].mean()]
    own, components = harm(units), np.linalg.eigh(np.cov(test.values.numpy().T))[1][:, ::-1]
    silent = readout_spaces.null_space(test.linear.weight.numpy())
    along = (test.values - mean).double() @ torch.from_numpy(silent) @ torch.from_numpy(silent).T
    heard = along @ test.linear.weight.double().T
    return {
        "neuron_cost": own[:, 0].mean(),
        "neuron_bottlenecks": (own[:, 1:].max(1) >= ablation_effects.HALF).sum().astype(float),
        "axis_cost": turned[..., 0].mean(1),
        "spread_neuron_cost": harm(heard_units)[:, 0].mean(),
        "spread_axis_cost": turned_costs(heard_units)[..., 0].mean(1),
        "faint": np.float64(len(live) - heard_units.shape[1]),
        "axis_bottlenecks": (turned[..., 1:].max(2) >= ablation_effects.HALF).sum(1).astype(float),
        "component_cost": harm(np.ascontiguousarray(components))[:, 0],
        "null_dimensions": np.float64(silent.shape[1]),
        "null_variance": np.float64(along.var(0).sum() / (test.values - mean).double().var(0).sum()),
        "null_heard": np.float64((heard - heard.mean(1, keepdim=True)).abs().max()),
    }


@store.cached
def costs(population: Population) -> xr.Dataset:
    """Measure what directions of layer 2 cost.

    Returns
    -------
    xarray.Dataset
        By ``seed``: ``neuron_cost``, the mean accuracy lost over live units held at their means, and
        ``neuron_bottlenecks``, how many of them cost some digit half; ``axis_cost`` and ``axis_bottlenecks`` (seed,
        rotation), the same over the axes of random rotations of the live units; ``component_cost`` (seed, component),
        of principal components. ``faint``, live units that hardly ever speak, and without them ``spread_neuron_cost``
        and ``spread_axis_cost`` (seed, rotation). Of the readout's null space: ``null_dimensions``, ``null_variance``,
        its share of the layer's, and ``null_heard``, the largest change of a centered logit when all of it is held at
        its mean.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    axes = dict.fromkeys(("axis_cost", "spread_axis_cost", "axis_bottlenecks"), ("rotation",))
    axes["component_cost"] = ("component",)
    variables = {name: (("seed", *axes.get(name, ())), np.stack([row[name] for row in found])) for name in found[0]}
    return xr.Dataset(variables, {"seed": population.seeds})
