"""Of how many features the loss of a neuron takes something, and whether a random direction would serve as many.

A neuron, or an axis of a rotation of the live units of layer 2, is taken out by holding it at the constant that is
best for the loss on training images. What that costs each feature has a participation ratio: 1 where one feature pays,
as many as there are where all pay alike. Of MNIST's networks the features are the ten digits, and what is lost is
accuracy; of networks that read canvases they are the 40 pairs of slot and digit, and what is lost is cross-entropy.
Rotations are the null: the same space with the same variance, on axes that are no neuron's. A network of 16 units takes
half a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import xarray as xr
from scipy.optimize import brentq
from torch.nn import functional as F

from mnist_interp.experiments import ablation_effects, slot_features
from mnist_interp.methods import activations, evaluate, references, superposition
from mnist_interp.methods.similarity import random_rotations
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.canvas_networks import CanvasPopulation, CanvasRun
from mnist_interp.training.runs import Population, Run

LAYER = "relu2"
ROTATIONS = 5 if preview.enabled() else 20
SCORED = preview.reduced(4_000)  # test canvases
_TOLERANCE = 0.01  # of the range of what is held, as of `references.best_constant`


@dataclass(frozen=True, eq=False)
class Readout:
    """A last hidden layer on some images, and the linear map that reads it.

    Attributes
    ----------
    values : torch.Tensor of shape (n_images, n_units)
        Activations.
    weight, bias : torch.Tensor of shape (n_features, n_units) and (n_features,)
        Of the output.
    present : torch.Tensor of shape (n_images, n_features)
        1 for what is on an image, else 0.
    exclusive : bool
        Whether features exclude each other: softmax, else a sigmoid each.
    """

    values: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor
    present: torch.Tensor
    exclusive: bool

    @cached_property
    def logits(self) -> torch.Tensor:
        """What the network says, (n_images, n_features)."""
        return torch.addmm(self.bias, self.values, self.weight.T)

    def held(self, axis: torch.Tensor, at: float) -> torch.Tensor:
        """Return the logits with the activation along a unit vector, (n_units,), held at a constant."""
        return torch.addr(self.logits, at - self.values @ axis, self.weight @ axis)

    def best(self, axis: torch.Tensor) -> float:
        """Return the constant along a unit vector at which the mean cross-entropy is least.

        The loss is convex in it, so its slope changes its sign once; sought in the range of the activations widened by
        itself at both ends.
        """
        along, read = self.values @ axis, self.weight @ axis
        low, high = (float(end) for end in along.aminmax())
        width, told = high - low, float((self.present @ read).mean())
        if width == 0:
            return low

        def slope(at: float) -> float:
            logits = torch.addr(self.logits, at - along, read)
            share = logits.softmax(1) if self.exclusive else logits.sigmoid_()
            return float((share @ read).mean()) - told

        low, high = low - width, high + width
        if slope(low) >= 0:
            return low
        if slope(high) <= 0:
            return high
        return float(brentq(slope, low, high, xtol=_TOLERANCE * width))


def _digit_accuracy(test: Readout) -> Callable[[torch.Tensor], np.ndarray]:
    labels = test.present.argmax(1).numpy()
    return lambda logits: -evaluate.accuracies(evaluate.confusion(logits, labels))[1:]


def _feature_loss(test: Readout) -> Callable[[torch.Tensor], np.ndarray]:
    """Mean binary cross-entropy of each feature, nats: softplus of the logit, less the logit where it is present."""

    def losses(logits: torch.Tensor) -> np.ndarray:
        told = torch.einsum("if,if->f", logits, test.present).double() / len(logits)
        return (F.softplus(logits).mean(0, dtype=torch.float64) - told).numpy()

    return losses


def costs(fit: Readout, test: Readout, axes: np.ndarray) -> np.ndarray:
    """Take out directions of a layer one by one, each held at the constant that is best on `fit`.

    Parameters
    ----------
    fit, test : Readout
        The layer on the images that constants are chosen on, and on those that are scored.
    axes : numpy.ndarray of shape (n_units, n_axes)
        Unit vectors.

    Returns
    -------
    numpy.ndarray of shape (n_axes, n_features)
        What each costs each feature: accuracy on its images where features exclude each other, else its mean binary
        cross-entropy over all images, in nats.
    """
    measure = (_digit_accuracy if test.exclusive else _feature_loss)(test)
    before, columns = measure(test.logits), torch.from_numpy(axes.astype(np.float32)).T
    return np.array([measure(test.held(axis, fit.best(axis))) - before for axis in columns]).reshape(-1, len(before))


def _of_readouts(fit: Readout, test: Readout, live: np.ndarray, seed: int) -> store.Arrays:
    """Measure units and axes of rotations; what is dead is not a number."""
    n_units = fit.values.shape[1]
    units = np.eye(n_units)[:, live]
    cost = np.full((n_units, test.present.shape[1]), np.nan)
    cost[live] = costs(fit, test, units)
    axis = np.full((ROTATIONS, n_units), np.nan)
    for k in range(ROTATIONS if len(live) else 0):
        turned = units @ random_rotations(len(live), 1, seed=(seed, k))[0]
        axis[k, : len(live)] = superposition.participation(costs(fit, test, turned))
    return {"cost": cost, "unit": superposition.participation(cost), "axis": axis}


def _digits_read(run: Run) -> store.Arrays:
    training, test = ablation_effects.recorded(run, LAYER)
    live = np.flatnonzero((training.values > 0).any(0).numpy())
    few = training.some(np.arange(0, len(training.labels), -(-len(training.labels) // references.SEARCHED)))
    linear = test.linear
    assert isinstance(linear, torch.nn.Linear)

    def readout(values: torch.Tensor, labels: np.ndarray) -> Readout:
        present = F.one_hot(torch.from_numpy(labels), 10).float()
        return Readout(values, linear.weight, linear.bias, present, exclusive=True)

    return _of_readouts(readout(few.values, few.labels), readout(test.values, test.labels), live, run.seed)


def _canvases_read(run: CanvasRun, checkpoint: int) -> store.Arrays:
    model = run.model(checkpoint)
    fit, test, linear = slot_features.fit_canvases(run.recipe), slot_features.test_canvases(), model[-1]
    assert isinstance(linear, torch.nn.Linear)

    def readout(values: torch.Tensor, some: slot_features.Canvases, n: int) -> Readout:
        return Readout(values[:n], linear.weight, linear.bias, some.present[:n], exclusive=False)

    fitted, scored = (activations.record(model, some.pixels, LAYER)[LAYER] for some in (fit, test))
    live = np.flatnonzero((fitted > 0).any(0).numpy())
    return _of_readouts(readout(fitted, fit, references.SEARCHED), readout(scored, test, SCORED), live, run.seed)


@store.cached
def measured(population: Population | CanvasPopulation, checkpoint: int = -1) -> xr.Dataset:
    """Measure of how many features units and rotated axes of layer 2 are.

    Parameters
    ----------
    population : Population or CanvasPopulation
        Networks that read digits, or canvases.
    checkpoint : int
        Of networks that read canvases; the others are measured trained.

    Returns
    -------
    xarray.Dataset
        ``cost`` (seed, unit, feature), what the unit's ablation by the best constant costs each feature (digits:
        accuracy, a fraction; canvases: nats); ``polysemanticity`` (seed, unit), the participation ratio of that where
        above 0, and ``of_axes`` (seed, rotation, axis), that of the axes of rotations of the live units. Not a number
        for what is dead, or costs nothing.
    """
    if isinstance(population, CanvasPopulation):
        found = parallel.each(_canvases_read, [(run, checkpoint) for run in population])
    else:
        found = parallel.each(_digits_read, [(run,) for run in population])
    return xr.Dataset(
        {
            "cost": (("seed", "unit", "feature"), np.stack([one["cost"] for one in found])),
            "polysemanticity": (("seed", "unit"), np.stack([one["unit"] for one in found])),
            "of_axes": (("seed", "rotation", "axis"), np.stack([one["axis"] for one in found])),
        },
        {"seed": population.seeds},
    )


def means(found: xr.Dataset) -> xr.Dataset:
    """Return ``units`` and ``axes`` (seed), the mean polysemanticity of either kind in each network."""
    return xr.Dataset(
        {"units": found["polysemanticity"].mean("unit"), "axes": found["of_axes"].mean(("rotation", "axis"))}
    )
