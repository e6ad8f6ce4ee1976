"""How strongly the loss still pulls at each hidden unit while a network trains.

Each image has a gradient of its own cross-entropy with respect to every hidden activation; their absolute values are
averaged, as signed ones cancel. A network of 48 units at 15 checkpoints takes about 2 s on the 10,000 test images.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, training_dynamics
from mnist_interp.methods import activations
from mnist_interp.runtime import store
from mnist_interp.training.runs import Run


def by_unit(run: Run, per_class: int | None = None) -> xr.DataArray:
    """Return the mean absolute loss gradient with respect to each hidden unit, (checkpoint, neuron), on test images.

    In nats per unit of activation; of channels the mean over their maps.

    Parameters
    ----------
    run : Run
        One network, at the milestones of its training.
    per_class : int, optional
        Test images of each digit; all unless told.
    """
    coordinates = recordings.neuron_labels(recordings.hidden_sizes(run)).assign(
        checkpoint=training_dynamics.milestones(run)
    )
    return xr.DataArray(_over_training(run, per_class)["units"], coordinates, ("checkpoint", "neuron"))


def by_layer(run: Run, per_class: int | None = None) -> xr.DataArray:
    """Return the norm of the loss gradient with respect to each hidden layer, (checkpoint, layer), mean over images.

    Parameters as of `by_unit`.
    """
    names = activations.relu_layers(run.model())
    coordinates = {"checkpoint": training_dynamics.milestones(run), "layer": names}
    return xr.DataArray(_over_training(run, per_class)["layers"], coordinates, ("checkpoint", "layer"))


@store.cached
def _over_training(run: Run, per_class: int | None) -> store.Arrays:
    digits, names = mnist.load("test"), activations.relu_layers(run.model())
    chosen = slice(None) if per_class is None else mnist.sample("test", per_class)
    pixels, targets = digits.pixels[chosen], digits.targets[chosen]
    units, layers = [], []
    for checkpoint in training_dynamics.milestones(run):
        found = activations.gradients(
            run.model(checkpoint), pixels, names, lambda z: F.cross_entropy(z, targets, reduction="sum")
        ).gradients
        units.append(np.concatenate([activations.per_unit(found[name].abs()).mean(0).numpy() for name in names]))
        layers.append([float(found[name].flatten(1).norm(dim=1).mean()) for name in names])
    return {"units": np.stack(units), "layers": np.array(layers)}
