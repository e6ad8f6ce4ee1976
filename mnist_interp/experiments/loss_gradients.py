"""How strongly the loss still pulls at each hidden unit while a network trains.

Each image has a gradient of its own cross-entropy with respect to every hidden activation; their absolute values are
averaged, as signed ones cancel. A network of 48 units at 15 checkpoints takes about 2 s on the 10,000 test images.
"""

from __future__ import annotations

import numpy as np
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.experiments import training_dynamics
from mnist_interp.methods import activations
from mnist_interp.runtime import store
from mnist_interp.training.runs import Run


@store.cached
def over_training(run: Run, per_class: int | None = None) -> store.Arrays:
    """Return the size of the loss gradients at the milestones of training, on the test images.

    Parameters
    ----------
    run : Run
        One network.
    per_class : int, optional
        Test images of each digit; all unless told.

    Returns
    -------
    dict of numpy.ndarray
        ``units``: (n_milestones, n_units), the mean absolute gradient with respect to each hidden unit, layer 1 first,
        of channels the mean over their maps; ``layers``: (n_milestones, n_layers), the mean over images of the norm of
        each layer's gradient. In nats per unit of activation.
    """
    digits, names = mnist.load("test"), activations.relu_layers(run.model())
    chosen = slice(None) if per_class is None else mnist.sample("test", per_class)
    pixels, targets = digits.pixels[chosen], digits.targets[chosen]
    units, layers = [], []
    for place in training_dynamics.milestones(run):
        found = activations.gradients(
            run.model(place), pixels, names, lambda z: F.cross_entropy(z, targets, reduction="sum")
        ).gradients
        units.append(np.concatenate([activations.per_unit(found[name].abs()).mean(0).numpy() for name in names]))
        layers.append([float(found[name].flatten(1).norm(dim=1).mean()) for name in names])
    return {"units": np.stack(units), "layers": np.array(layers)}
