"""How alike the layers of two seeds are, over pairs of a population: as geometries, and neuron by neuron.

Partners and linear functions are chosen on 10,000 training images and scored on all test images. Pairs are disjoint
(seeds 24 and 25, 26 and 27, ...), so that they are independent. A population of 24 takes some seconds.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import pixel_components, recordings, sparse_forward, training_moments
from mnist_interp.experiments.states import STATES
from mnist_interp.methods import readout_spaces, similarity
from mnist_interp.methods.similarity import correlations
from mnist_interp.runtime import store
from mnist_interp.training.runs import Population, Run

FITTED_PER_CLASS = 1_000
LAYER = "relu2"
N_TURNS = 100
LOGITS = 10
N_DRAWS = 100
_DRAWN_BY = 31416


Seen = tuple[np.ndarray, np.ndarray]


def _layer(run: Run, layer: str, checkpoint: int) -> Seen:
    """Return a layer on the training images that are fitted on, and on all test images."""
    fitted = recordings.points(run, layer, "train", per_class=FITTED_PER_CLASS, checkpoint=checkpoint)
    test = next(sparse_forward.activations([run.model(checkpoint)], "test", [layer]))[layer].numpy()
    return fitted.astype(float), test.astype(float)


def _seen(run: Run, checkpoint: int) -> Seen:
    """Return layer 2 as `_layer` does."""
    return _layer(run, LAYER, checkpoint)


def _units(run: Run, units: list[int]) -> Seen:
    """Return some units of the trained layer 2 as `_seen` does the layer."""
    fitted, test = _seen(run, -1)
    return fitted[:, units], test[:, units]


def _own(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlate column by column, 0 where one never varies."""
    return np.diagonal(correlations(first, second))


def _within(seen: Seen) -> Seen:
    """Take each digit's mean from what `_seen` returns."""
    fitted, test = seen
    digits = recordings.labels("train", per_class=FITTED_PER_CLASS)
    return similarity.within(fitted, digits), similarity.within(test, mnist.load("test").labels)


def _predicted(sources: Seen, targets: Seen) -> np.ndarray:
    """Return the share of each target's test variance that a linear function of the sources predicts."""
    return similarity.linear_r_squared(sources[0], targets[0], sources[1], targets[1])


@cache
def _pixels_within() -> tuple[np.ndarray, float]:
    """Return the pixels of all test images less their digit's mean, and their similarity to themselves."""
    digits = mnist.load("test")
    pixels = similarity.within(digits.pixels.numpy().astype(float), digits.labels)
    return pixels, similarity.self_similarity(pixels)


def _like_pixels(layer: np.ndarray) -> float:
    pixels, of_pixels = _pixels_within()
    return similarity.cka(layer, pixels, of_second=of_pixels)


def _live(run: Run, checkpoint: int, seen: Seen) -> Seen:
    units = training_moments.live(run, LAYER, checkpoint)
    return seen[0][:, units], seen[1][:, units]


def privilege(first: Seen, second: Seen, seed: int) -> dict[str, float]:
    """Return mean correlations of live units with their partners: as they are, rotated, and with random signs.

    Parameters
    ----------
    first, second : pair of numpy.ndarray, each of shape (n_images, n_units)
        Live units of both networks, on the images on which they are matched, and on those that are scored.
    seed : int
        Of the rotations and signs.

    Returns
    -------
    dict of float
        ``live_partner``, ``live_rotated`` and ``live_signs``, as of `of_pairs`; 0 where a network has no live unit.
    """
    width = second[0].shape[1]
    if not first[0].shape[1] or not width:
        return dict.fromkeys(("live_partner", "live_rotated", "live_signs"), 0.0)
    turns = {
        "live_rotated": similarity.random_rotations(width, N_TURNS, seed=seed),
        "live_signs": similarity.random_signs(width, N_TURNS, seed=seed),
    }
    parts = (first[0], second[0], first[1], second[1])
    return {"live_partner": float(similarity.partner_correlations(*parts).mean())} | {
        name: float(similarity.turned_partner_correlations(*parts, one).mean()) for name, one in turns.items()
    }


def _compare(one: Run, other: Run, checkpoint: int) -> xr.Dataset:
    first, second = _seen(one, checkpoint), _seen(other, checkpoint)
    live = first[1].std(0) > 0
    partner = _own(first[1], second[1][:, similarity.partners(first[0], second[0])])
    together, inside = _predicted(second, first), (_within(first)[1], _within(second)[1])
    logits = [_layer(run, "output", checkpoint)[1] for run in (one, other)]
    found = {
        "cka": similarity.cka(first[1], second[1]),
        "cka_within": similarity.cka(*inside),
        "cka_pixels": np.mean([_like_pixels(layer) for layer in inside]),
        "cka_logits": similarity.cka(*logits),
        "procrustes": similarity.procrustes(first[1], second[1]),
        "partner_share": float(np.square(np.maximum(partner, 0))[live].mean()) if live.any() else 0.0,
        "together_share": float(together[live].mean()) if live.any() else 0.0,
    }
    return xr.Dataset(found | privilege(_live(one, checkpoint, first), _live(other, checkpoint, second), one.seed))


def pairs(population: Population) -> list[tuple[Run, Run]]:
    """Return disjoint pairs of networks: the first and the second, the third and the fourth, and so on."""
    found = list(zip(population[::2], population[1::2], strict=False))
    return found if len(found) > 1 else list(pairwise(population))  # a preview of three seeds has two that overlap


def pair_names(population: Population) -> list[str]:
    """Return what `pairs` are called, such as "24 and 25"."""
    return [f"{one.seed} and {other.seed}" for one, other in pairs(population)]


@store.cached
def of_pairs(population: Population) -> xr.Dataset:
    """Compare layer 2 within disjoint pairs of networks, untrained and trained.

    Returns
    -------
    xarray.Dataset
        By ``state`` and ``pair`` (such as "24 and 25"):
        ``cka``, debiased; ``cka_within``, the same once each digit's mean is taken away; ``cka_pixels``, that of each
        of the two with the pixels, within digits, averaged; ``cka_logits``, that of the logits; ``procrustes``, the
        overlap. Mean correlations of the first network's live units with their partners among the second's:
        ``live_partner``; ``live_rotated``, with partners among the axes of 100 random rotations of these;
        ``live_signs``, with these under 100 draws of random signs. Shares of the variance of the first's units that
        are active on test images, averaged: ``partner_share``, that their partner gives; ``together_share``, that a
        linear function of all units of the second gives.
    """
    found = [
        xr.concat([_compare(*pair, checkpoint) for pair in pairs(population)], "pair") for checkpoint in STATES.values()
    ]
    return xr.concat(found, "state").assign_coords(state=list(STATES), pair=pair_names(population))


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
        ``together``: the share that a linear function of all 16 gives; ``logits``: that of the ten logits;
        ``answer``: that of the nine directions that the readout hears; ``unheard``: that of the others, at right angles
        to them; ``directions``: that of ten random directions of layer 2, mean of 100 draws; ``within``: what all 16
        give of what is left of both once each digit's mean is taken away.
    """
    wanted, own = seen = _units(published, units)
    inside = _within(seen)

    def look(run: Run, checkpoint: int) -> xr.Dataset:
        fitted, test = there = _seen(run, checkpoint)
        best = correlations(wanted, fitted).argmax(1)
        readout = run.weights["output.weight"][checkpoint]
        heard, unheard = readout_spaces.row_space(readout), readout_spaces.null_space(readout)
        found = _own(own, test[:, best])
        some = similarity.random_directions_r_squared(
            fitted, wanted, test, own, dimensions=LOGITS, count=N_DRAWS, seed=_DRAWN_BY + run.seed
        )
        return xr.Dataset(
            {
                "best": ("unit", best),
                "correlation": ("unit", found),
                "alone": ("unit", np.square(np.maximum(found, 0))),
                "together": ("unit", _predicted(there, seen)),
                "logits": ("unit", _predicted(_layer(run, "output", checkpoint), seen)),
                "answer": ("unit", _predicted((fitted @ heard, test @ heard), seen)),
                "unheard": ("unit", _predicted((fitted @ unheard, test @ unheard), seen)),
                "directions": ("unit", some),
                "within": ("unit", _predicted(_within(there), inside)),
            }
        )

    states = [xr.concat([look(run, place) for run in population], "seed") for place in STATES.values()]
    return xr.concat(states, "state").assign_coords(state=list(STATES), seed=population.seeds, unit=units)


@store.cached
def explained_by_pixels(run: Run, units: list[int]) -> xr.Dataset:
    """Return the share of each unit's test variance that 16 principal components of the pixels give.

    Returns
    -------
    xarray.Dataset
        By ``unit``: ``share``; and ``within``, the same of what is left of both once each digit's mean is taken away.
    """
    components = pixel_components.scores("train", FITTED_PER_CLASS), pixel_components.scores("test")
    wanted = _units(run, units)
    return xr.Dataset(
        {
            "share": ("unit", _predicted(components, wanted)),
            "within": ("unit", _predicted(_within(components), _within(wanted))),
        },
        coords={"unit": units},
    )
