"""What lights a dictionary's latents: the test canvases on which each is largest, and the feature it tells best.

For pictures to look at, of one network: the latents shown are those that tell some feature best on training canvases,
which flatters every dictionary alike. A network takes 2 s.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.data import canvases
from mnist_interp.experiments import slot_features
from mnist_interp.experiments.slot_dictionaries import AUTOENCODER, CHOSEN, STEPS, Size
from mnist_interp.methods import activations, dictionaries
from mnist_interp.runtime import store
from mnist_interp.training.canvas_networks import CanvasRun

SHOWN = (AUTOENCODER, "neurons", "ICA", "k-means")
LATENTS, CANVASES = 16, 8


def _largest(values: np.ndarray, count: int) -> np.ndarray:
    """Return the places of the largest, the first first, among equals that of the lower number."""
    return np.argsort(-values, kind="stable")[:count]


@store.cached
def of_run(run: CanvasRun, size: Size = CHOSEN) -> xr.Dataset:
    """Return what lights the latents of four dictionaries of a network's layer 2.

    Returns
    -------
    xarray.Dataset
        By ``dictionary`` and ``latent`` (a rank, the one that tells a feature best first; -1 in ``number`` where there
        are fewer): ``number``, its own; ``feature``, the one it tells best, ``auroc``, how well, on test canvases;
        ``active``, the share of test canvases on which it speaks; and (place) ``canvas``, the test canvases on which it
        is largest, ``value``, how large in the unit of activations, ``has``, whether the feature is on them.
    """
    fit, test = slot_features.fit_canvases(run.recipe), slot_features.test_canvases()
    layers = [activations.record(run.model(), shown.pixels, "relu2")["relu2"].numpy() for shown in (fit, test)]
    seeds = [10 * run.seed]
    sized = {"latents": size.latents, "active": size.active}
    found = {
        AUTOENCODER: dictionaries.autoencoders(layers[0][None], seeds=seeds, steps=STEPS, **sized)[0],
        "neurons": dictionaries.neurons(layers[0], active=size.active),
        "ICA": dictionaries.independent(layers[0], active=size.active, seed=run.seed),
        "k-means": dictionaries.clusters(layers[0], seed=run.seed, **sized),
    }
    shape = (len(SHOWN), LATENTS)
    variables = {name: np.zeros(shape) for name in ("auroc", "active")}
    variables |= {name: np.full(shape, -1) for name in ("number", "feature")}
    variables |= {name: np.zeros((*shape, CANVASES)) for name in ("value", "has")}
    variables["canvas"] = np.full((*shape, CANVASES), -1)
    present = test.present.numpy()
    for place, name in enumerate(SHOWN):
        on_fit, on_test = (found[name].codes(layer) for layer in layers)
        told = slot_features.aurocs(on_fit, fit.labels).reshape(on_fit.shape[1], -1)
        scored = slot_features.aurocs(on_test, test.labels).reshape(on_test.shape[1], -1)
        for rank, latent in enumerate(_largest(told.max(1), LATENTS)):
            feature, values = int(told[latent].argmax()), on_test[:, latent]
            lit = _largest(values, CANVASES)
            row = {
                "number": latent,
                "feature": feature,
                "auroc": scored[latent, feature],
                "active": (values > 0).mean(),
            }
            row |= {"canvas": lit, "value": values[lit], "has": present[lit, feature]}
            for key, value in row.items():
                variables[key][place, rank] = value
    axes = ("dictionary", "latent", "place")
    labels = {"dictionary": list(SHOWN), "latent": range(LATENTS), "place": range(CANVASES)}
    return xr.Dataset({name: (axes[: values.ndim], values) for name, values in variables.items()}, labels)


def slot_and_digit(feature: int) -> tuple[int, int]:
    """Return the slot and the digit of a feature."""
    slot, digit = divmod(int(feature), canvases.DIGITS)
    return slot, digit
