"""Whether neurons that died in training come back when they are given a push, and what they were before they died.

A unit of layer 2 is dead if it is 0 on all training images: no gradient reaches it, so it stays dead. Its bias is
raised until it is active on a tenth of the images, and the network trains an epoch more; the same epoch with the biases
as they were is the control. A network takes a second.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.experiments import further_training, sparse_forward
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

RAISED_TO = 0.1
ALIVE = 0.01


def active(model: torch.nn.Sequential) -> np.ndarray:
    """Return the share of training images on which each unit of layer 2 is above 0, (n_units,)."""
    values = next(sparse_forward.activations([model], "train", ["linear2"]))["linear2"]
    return (values > 0).double().mean(0).numpy()


def _of_run(run: Run) -> store.Arrays:
    model = run.model()
    values = next(sparse_forward.activations([model], "train", ["linear2"]))["linear2"].numpy()
    start = next(sparse_forward.activations([run.model(0)], "train", ["linear2"]))["linear2"].numpy()
    dead = (values <= 0).all(0)
    found = {"dead": dead, "born_dead": (start <= 0).all(0), "initial": start.mean(0) / start.std(0)}
    found["revived"] = np.zeros(dead.shape, bool)
    found["alone"] = found["revived"].copy()
    if not dead.any():
        return found
    raised, as_it_was = further_training.state(run), further_training.state(run)
    raised["linear2.bias"][dead] -= np.quantile(values[:, dead], 1 - RAISED_TO, axis=0).astype(np.float32)
    networks = further_training.trained_on(run.recipe, run.seed, [raised, as_it_was], epochs=1)
    for name, network in zip(("revived", "alone"), networks, strict=True):
        found[name] = dead & (active(network.model()) >= ALIVE)
    return found


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Try to revive the dead units of layer 2.

    Parameters
    ----------
    population : Population
        Of a recipe on plain pixels that learns in compiled code.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``unit``: ``dead``, whether it is; ``born_dead``, whether it was before training; ``revived``,
        whether it is active on a hundredth of the training images or more after its bias was raised and an epoch;
        ``alone``, the same without the push; ``initial``, its mean pre-activation before training, in its standard
        deviations.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    variables = {name: (("seed", "unit"), np.stack([row[name] for row in found])) for name in found[0]}
    return xr.Dataset(variables, {"seed": population.seeds, "unit": range(found[0]["dead"].shape[0])})
