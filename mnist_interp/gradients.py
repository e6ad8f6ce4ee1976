"""How strongly the loss still pulls at each hidden unit while a network trains.

Each image has a gradient of its own cross-entropy with respect to every hidden activation; their absolute values are
averaged, as signed ones cancel. A network of 48 units at 15 checkpoints takes about 2 s on the 10,000 test images.
"""

from __future__ import annotations

import numpy as np
from torch.nn import functional as F

from mnist_interp import drift, mnist, probe, store
from mnist_interp.training import Run

LAYERS = ("relu1", "relu2")


@store.cached
def over_training(run: Run) -> store.Arrays:
    """Return the size of the loss gradients at the milestones of training, on the test images.

    Parameters
    ----------
    run : Run
        A 784-32-16-10 network.

    Returns
    -------
    dict of numpy.ndarray
        ``units``: (n_milestones, 48), the mean absolute gradient with respect to each hidden unit, layer 1 first;
        ``layers``: (n_milestones, 2), the mean over images of the norm of each layer's gradient. In nats per unit of
        activation.
    """
    digits = mnist.load("test")
    units, layers = [], []
    for place in drift.milestones(run):
        found = probe.gradients(
            run.model(place), digits.pixels, LAYERS, lambda z: F.cross_entropy(z, digits.targets, reduction="sum")
        ).gradients
        units.append(np.concatenate([found[layer].abs().mean(0).numpy() for layer in LAYERS]))
        layers.append([float(found[layer].norm(dim=1).mean()) for layer in LAYERS])
    return {"units": np.stack(units), "layers": np.array(layers)}
