"""What two networks of one kind have in common in their last hidden layer, whatever kind that is, at any checkpoint.

The measures of `cross_seed_similarity`, from recordings of 2,000 training images, on which partners and linear
functions are chosen, and of 2,000 test images, on which they are scored. Networks are those of disjoint pairs. A
convolutional network or a transformer takes a fifth of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import cross_seed_similarity, matched_architectures, pixel_components, recordings
from mnist_interp.methods import similarity
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(200)
Seen = tuple[np.ndarray, np.ndarray]  # (n_images, n_units) on the training images that are fitted on, and on the test's


@dataclass(frozen=True, eq=False)
class Layers:
    """The last hidden layer and the logits of a network."""

    hidden: Seen
    logits: Seen

    @property
    def live(self) -> Seen:
        """The units that are above 0 on some training image."""
        units = self.hidden[0].max(0) > 0
        return self.hidden[0][:, units], self.hidden[1][:, units]


def _recorded(run: Run, checkpoint: int) -> Layers:
    layer = matched_architectures.last_layer(run)
    train, test = (
        recordings.points_of_layers(run, [layer, "output"], split, per_class=PER_CLASS, checkpoint=checkpoint)
        for split in ("train", "test")
    )
    of_layer = {name: (train[name].astype(float), test[name].astype(float)) for name in (layer, "output")}
    return Layers(of_layer[layer], of_layer["output"])


def _within(seen: Seen) -> Seen:
    fitted, test = seen
    digits = recordings.labels("train", per_class=PER_CLASS), recordings.labels(per_class=PER_CLASS)
    return similarity.within(fitted, digits[0]), similarity.within(test, digits[1])


@cache
def _pixels_within() -> tuple[np.ndarray, float]:
    """Return the pixels of the test images less their digit's mean, and their similarity to themselves."""
    chosen = mnist.sample("test", PER_CLASS)
    pixels = mnist.load("test").pixels[chosen].numpy().astype(float)
    inside = similarity.within(pixels, mnist.load("test").labels[chosen])
    return inside, similarity.self_similarity(inside)


def _like_pixels(layer: np.ndarray) -> float:
    pixels, of_pixels = _pixels_within()
    return similarity.cka(layer, pixels, of_second=of_pixels)


def _mean_share(sources: Seen, targets: Seen) -> float:
    """Return the share of the targets' test variance that a linear function of the sources gives, mean over targets."""
    if not targets[0].shape[1]:
        return 0.0
    return float(similarity.linear_r_squared(sources[0], targets[0], sources[1], targets[1]).mean())


def _partner_share(first: Seen, second: Seen) -> float:
    """Return the share of the first's test variance that partners in the second give, mean over those that have one."""
    if not first[0].shape[1] or not second[0].shape[1]:
        return 0.0
    found = similarity.partner_correlations(first[0], second[0], first[1], second[1])
    return float(np.square(np.maximum(found, 0)).sum() / first[0].shape[1])


def _compared(one: Run, other: Run, places: tuple[int, int]) -> xr.Dataset:
    first, second = (_recorded(run, place) for run, place in zip((one, other), places, strict=True))
    inside = [_within(layers.hidden)[1] for layers in (first, second)]
    pixels = pixel_components.scores("train", PER_CLASS), pixel_components.scores("test", PER_CLASS)
    return xr.Dataset(
        {
            "cka_within": similarity.cka(*inside),
            "cka_pixels": np.mean([_like_pixels(layer) for layer in inside]),
            "partner_share": _partner_share(first.live, second.live),
            "together_share": _mean_share(second.hidden, first.live),
            "logits_share": _mean_share(second.logits, first.live),
            "pixels_share": _mean_share(pixels, first.live),
            **cross_seed_similarity.privilege(first.live, second.live, one.seed),
        }
    )


@store.cached
def of_pairs(population: Population, checkpoint: int | Sequence[int] = -1) -> xr.Dataset:
    """Compare the last hidden layers within disjoint pairs of networks.

    Parameters
    ----------
    population : Population
        Networks of one kind, whatever it is.
    checkpoint : int or sequence of int
        Index into the runs' checkpoints, or one for each run.

    Returns
    -------
    xarray.Dataset
        By ``pair`` (such as "24 and 25"): ``cka_within``, debiased, each digit's mean taken away; ``cka_pixels``, that
        of each of the two with the pixels, averaged. Shares of the test variance of the first's live units, averaged,
        that is given by their partner among the second's (``partner_share``; none has a partner that is left over), by
        a linear function of all of these (``together_share``), of the second's ``logits_share``, and of 16 principal
        components of the pixels (``pixels_share``). And of `cross_seed_similarity.privilege` ``live_partner``,
        ``live_rotated`` and ``live_signs``.
    """
    places = [checkpoint] * len(population) if isinstance(checkpoint, int) else list(checkpoint)
    at = {run.seed: place for run, place in zip(population, places, strict=True)}
    pairs = cross_seed_similarity.pairs(population)
    jobs = [(one, other, (at[one.seed], at[other.seed])) for one, other in pairs]
    names = cross_seed_similarity.pair_names(population)
    return xr.concat(parallel.each(_compared, jobs), "pair").assign_coords(pair=names)


def privilege(population: Population, checkpoint: int | Sequence[int] = -1) -> np.ndarray:
    """Return by how much units find better partners than axes of rotations do, (n_pairs,)."""
    found = of_pairs(population, checkpoint)
    return (found["live_partner"] - found["live_rotated"]).to_numpy()
