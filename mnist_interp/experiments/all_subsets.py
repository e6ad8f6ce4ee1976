"""Scores of all fives of a network's layer 2, among which picked ones are looked up.

Silhouette, and accuracy with the other units at their means, are cheap enough for all 4,368. A linear probe and nearest
neighbors are not: they are asked of 200 random fives. All on test images; about 10 s and 15 s, kept by the store.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from mnist_interp.experiments import ablation_effects, recordings, subset_scores
from mnist_interp.methods import probes, projection_quality, unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Run

LAYER = "relu2"
PER_CLASS = preview.reduced(100)
READ_PER_CLASS = preview.reduced(200)
_CHOSEN_PER_CLASS = preview.reduced(500)
NETWORK, PROBE, NEIGHBORS = READERS = ("the network", "a linear probe", "nearest neighbors")


def label(units: Iterable[int]) -> str:
    """Return what a subset of units is called, whatever their order: their numbers, ascending, such as "0, 3, 12"."""
    return ", ".join(map(str, sorted(units)))


def labels(subsets: np.ndarray | Iterable[Iterable[int]]) -> list[str]:
    """Return the `label` of each of several subsets."""
    return [label(units) for units in np.asarray(list(subsets)).tolist()]


@store.cached
def everything(run: Run) -> xr.Dataset:
    """Score all 4,368 fives of a network's layer 2.

    Parameters
    ----------
    run : Run
        One network.

    Returns
    -------
    xarray.Dataset
        By ``subset`` (its `label`): ``silhouette`` on 1,000 images; ``shuffled``, the same with permuted labels;
        ``accuracy`` on all test images, the other units at their means over training images; ``learned``, that on
        5,000 training images.
    """
    test, mean = ablation_effects.scored(run, LAYER), ablation_effects.mean(run, LAYER)
    points, digits = recordings.points(run, LAYER, per_class=PER_CLASS), recordings.labels(per_class=PER_CLASS)
    chosen = unit_subsets.every(points.shape[1], subset_scores.SIZE)
    permuted = np.random.default_rng(run.seed).permutation(digits)
    few = recordings.stage(run, LAYER, "train", per_class=_CHOSEN_PER_CLASS)
    return xr.Dataset(
        {
            "silhouette": ("subset", unit_subsets.silhouettes(points, digits, chosen)),
            "shuffled": ("subset", unit_subsets.silhouettes(points, permuted, chosen)),
            "accuracy": ("subset", unit_subsets.kept_accuracies(test, mean, chosen)),
            "learned": ("subset", unit_subsets.kept_accuracies(few, mean, chosen)),
        },
        coords={"subset": labels(chosen)},
    )


def refitted(run: Run, chosen: np.ndarray) -> np.ndarray:
    """Return the accuracy of a linear probe, then of nearest neighbors, on some units of layer 2: (n_subsets, 2).

    The probe is fitted on 2,000 training images and scored on all test images; neighbors vote among 2,000 test images.
    """
    test = recordings.stage(run, LAYER)
    fitted, few = (recordings.points(run, LAYER, split, per_class=READ_PER_CLASS) for split in ("train", "test"))
    learned, digits = (recordings.labels(split, per_class=READ_PER_CLASS) for split in ("train", "test"))
    return np.array(
        [
            (
                probes.logistic_accuracy(fitted[:, units], learned, test.levels[:, units], test.labels),
                projection_quality.knn_accuracy(few[:, units], digits),
            )
            for units in chosen
        ]
    )


@store.cached
def sampled(run: Run) -> xr.Dataset:
    """Score random fives of a network's layer 2 by a probe and by neighbors.

    Returns
    -------
    xarray.Dataset
        ``accuracy`` (reader, subset), fractions, as of `refitted`; ``holds`` (subset, unit), whether the five holds
        the unit.
    """
    units = subset_scores.random_fives(16, seed=run.seed, count=preview.reduced(subset_scores.N_RANDOM))
    found = np.concatenate(parallel.each(refitted, ((run, part) for part in np.array_split(units, 8))))
    return xr.Dataset(
        {"accuracy": (("reader", "subset"), found.T), "holds": (("subset", "unit"), _members(units))},
        coords={"reader": [PROBE, NEIGHBORS], "subset": labels(units), "unit": range(16)},
    )


def _members(units: np.ndarray) -> np.ndarray:
    return (units[:, :, None] == np.arange(16)).any(1)


def by_reader(run: Run) -> dict[str, xr.DataArray]:
    """Return, for each of `READERS`, the accuracy on each subset that was tried, (subset)."""
    fitted = sampled(run)["accuracy"]
    return {NETWORK: everything(run)["accuracy"]} | {one: fitted.sel(reader=one) for one in (PROBE, NEIGHBORS)}
