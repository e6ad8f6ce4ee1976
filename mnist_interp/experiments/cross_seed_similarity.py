"""How alike the layers of two seeds are, over pairs of a population: as geometries, and neuron by neuron.

Partners and linear functions are chosen on 10,000 training images and scored on all test images. Pairs are disjoint
(seeds 0 and 1, 2 and 3, ...), so that they are independent. A population of 24 takes some seconds.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, sparse_forward
from mnist_interp.experiments.states import STATES
from mnist_interp.methods import similarity
from mnist_interp.methods.similarity import correlations
from mnist_interp.runtime import store
from mnist_interp.training.runs import Population, Run

FITTED_PER_CLASS = 1_000
LAYER = "relu2"
_ROTATION = 31416


def _seen(run: Run, checkpoint: int) -> tuple[np.ndarray, np.ndarray]:
    """Return layer 2 on the training images that are fitted on, and on all test images."""
    fitted = recordings.points(run, LAYER, "train", per_class=FITTED_PER_CLASS, checkpoint=checkpoint)
    test = next(sparse_forward.activations([run.model(checkpoint)], "test", [LAYER]))[LAYER].numpy()
    return fitted.astype(float), test.astype(float)


def _units(run: Run, units: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return some units of the trained layer 2 as `_seen` does the layer."""
    fitted, test = _seen(run, -1)
    return fitted[:, units], test[:, units]


def _own(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlate column by column, 0 where one never varies."""
    return np.diagonal(correlations(first, second))


def _within(seen: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Take each digit's mean from what `_seen` returns."""
    fitted, test = seen
    digits = recordings.labels("train", per_class=FITTED_PER_CLASS)
    return similarity.within(fitted, digits), similarity.within(test, mnist.load("test").labels)


def _predicted(sources: tuple[np.ndarray, np.ndarray], targets: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the share of each target's test variance that a linear function of the sources predicts."""
    return similarity.linear_r_squared(sources[0], targets[0], sources[1], targets[1])


def _compare(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]) -> xr.Dataset:
    turned = tuple(part for part in np.split(similarity.rotated(np.vstack(second), seed=_ROTATION), [len(second[0])]))
    live = first[1].std(0) > 0
    partner = _own(first[1], second[1][:, similarity.partners(first[0], second[0])])
    arbitrary = _own(first[1], turned[1][:, similarity.partners(first[0], turned[0])])
    together, inside = _predicted(second, first), (_within(first), _within(second))
    found = {
        "cka": similarity.cka(first[1], second[1]),
        "cka_within": similarity.cka(inside[0][1], inside[1][1]),
        "procrustes": similarity.procrustes(first[1], second[1]),
        "partner": float(partner.mean()),
        "rotated": float(arbitrary.mean()),
        "partner_share": float(np.square(np.maximum(partner, 0))[live].mean()) if live.any() else 0.0,
        "together_share": float(together[live].mean()) if live.any() else 0.0,
    }
    return xr.Dataset(found)


@store.cached
def of_pairs(population: Population) -> xr.Dataset:
    """Compare layer 2 within disjoint pairs of networks, untrained and trained.

    Returns
    -------
    xarray.Dataset
        By ``state`` and ``pair`` (such as "0 and 1"):
        ``cka``, debiased, and ``cka_within``, the same once each digit's mean is taken away; ``procrustes``, the
        overlap; ``partner``, the mean correlation of the first network's units with their partners in the second;
        ``rotated``, the same with the second randomly rotated; and shares of the variance of the first's active units,
        averaged: ``partner_share``, that their partner gives; ``together_share``, that a linear function of all units
        of the second gives.
    """
    pairs = list(zip(population[::2], population[1::2], strict=False))
    if len(pairs) < 2:  # a preview of three seeds: pairs that overlap, to have more than one
        pairs = list(pairwise(population))
    names = [f"{one.seed} and {other.seed}" for one, other in pairs]
    found = [
        xr.concat([_compare(_seen(one, checkpoint), _seen(other, checkpoint)) for one, other in pairs], "pair")
        for checkpoint in STATES.values()
    ]
    return xr.concat(found, "state").assign_coords(state=list(STATES), pair=names)


@store.cached
def table(population: Population) -> xr.Dataset:
    """Compare layer 2 of every two networks, trained: ``cka`` and ``partner``, both (seed, other)."""
    test = [_seen(run, -1)[1] for run in population]
    n = len(test)
    found = {name: np.ones((n, n)) for name in ("cka", "partner")}
    for i in range(n):
        for j in range(i):
            order = similarity.partners(test[i], test[j])
            found["cka"][i, j] = found["cka"][j, i] = similarity.cka(test[i], test[j])
            found["partner"][i, j] = found["partner"][j, i] = _own(test[i], test[j][:, order]).mean()
    labels = {"seed": population.seeds, "other": population.seeds}
    return xr.Dataset({name: (tuple(labels), values) for name, values in found.items()}, coords=labels)


@store.cached
def explained_by_digit(run: Run, units: list[int]) -> xr.Dataset:
    """Return the share of each unit's variance that the digit explains, on test images: ``share`` (unit)."""
    wanted = _units(run, units)
    digits = recordings.labels("train", per_class=FITTED_PER_CLASS), mnist.load("test").labels
    share = _predicted((np.eye(10)[digits[0]], np.eye(10)[digits[1]]), wanted)
    return xr.Dataset({"share": ("unit", share)}, coords={"unit": units})


@store.cached
def counterparts(published: Run, population: Population, units: list[int]) -> xr.Dataset:
    """Look in every network for counterparts of some units of one network's layer 2.

    Parameters
    ----------
    published : Run
        The network whose units are looked for.
    population : Population
        Where they are looked for.
    units : list of int
        Which.

    Returns
    -------
    xarray.Dataset
        By ``state``, ``seed`` and ``unit``:
        ``best``: the unit that correlates most on training images; ``correlation``: its correlation on test images;
        ``alone``: the share of the unit's variance on test images that it gives (0 if the correlation is negative);
        ``together``: the share that a linear function of all 16 gives; ``within``: the same of what is left of both
        once each digit's mean is taken away.
    """
    wanted, own = seen = _units(published, units)
    inside = _within(seen)

    def look(run: Run, checkpoint: int) -> xr.Dataset:
        fitted, test = there = _seen(run, checkpoint)
        best = correlations(wanted, fitted).argmax(1)
        found = _own(own, test[:, best])
        return xr.Dataset(
            {
                "best": ("unit", best),
                "correlation": ("unit", found),
                "alone": ("unit", np.square(np.maximum(found, 0))),
                "together": ("unit", _predicted(there, seen)),
                "within": ("unit", _predicted(_within(there), inside)),
            }
        )

    states = [xr.concat([look(run, place) for run in population], "seed") for place in STATES.values()]
    return xr.concat(states, "state").assign_coords(state=list(STATES), seed=population.seeds, unit=units)
