"""All fives of a network's layer 2 as the ground on which picked ones are placed.

Silhouette, and accuracy with the other units at their means, are cheap enough for all 4,368. A linear probe and nearest
neighbors are not: they are asked of 200 random fives. All on test images; about 10 s and 15 s, kept by the store.
"""

from __future__ import annotations

import numpy as np

from mnist_interp.experiments import ablation_effects, recordings, subset_scores
from mnist_interp.methods import probes, projection_quality, unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Run

LAYER = "relu2"
PER_CLASS = preview.reduced(100)
READ_PER_CLASS = preview.reduced(200)
_CHOSEN_PER_CLASS = preview.reduced(500)
READERS = {"the network": "accuracy", "a linear probe": "linear probe", "nearest neighbors": "neighbors, native"}


@store.cached
def everything(run: Run) -> store.Arrays:
    """Score all 4,368 fives of a network's layer 2.

    Parameters
    ----------
    run : Run
        One network.

    Returns
    -------
    dict of numpy.ndarray of shape (4368,)
        ``silhouette`` on 1,000 images; ``shuffled``, the same with the labels dealt out at random; ``accuracy`` on all
        test images, the other units at their means over training images; ``learned``, that on 5,000 training images.
    """
    test, mean = ablation_effects.scored(run, LAYER), ablation_effects.mean(run, LAYER)
    points, labels = recordings.points(run, LAYER, per_class=PER_CLASS), recordings.labels(per_class=PER_CLASS)
    chosen = unit_subsets.every(points.shape[1], subset_scores.SIZE)
    random = np.random.default_rng(run.seed).permutation(labels)
    few = recordings.stage(run, LAYER, "train", per_class=_CHOSEN_PER_CLASS)
    return {
        "silhouette": unit_subsets.silhouettes(points, labels, chosen),
        "shuffled": unit_subsets.silhouettes(points, random, chosen),
        "accuracy": unit_subsets.kept_accuracies(test, mean, chosen),
        "learned": unit_subsets.kept_accuracies(few, mean, chosen),
    }


def read(run: Run, chosen: np.ndarray) -> np.ndarray:
    """Return how often a linear probe, then nearest neighbors, read some units of layer 2 rightly: (n_subsets, 2).

    The probe is fitted on 2,000 training images and scored on all test images; neighbors vote among 2,000 test images.
    """
    test = recordings.stage(run, LAYER)
    fitted, few = (recordings.points(run, LAYER, split, per_class=READ_PER_CLASS) for split in ("train", "test"))
    own, labels = (recordings.labels(split, per_class=READ_PER_CLASS) for split in ("train", "test"))
    return np.array(
        [
            (
                probes.logistic_accuracy(fitted[:, units], own, test.levels[:, units], test.labels),
                projection_quality.knn_accuracy(few[:, units], labels),
            )
            for units in chosen
        ]
    )


@store.cached
def sampled(run: Run) -> store.Arrays:
    """Read random fives of a network's layer 2 by a probe and by neighbors.

    Returns
    -------
    dict of numpy.ndarray
        ``units`` (200, 5); ``linear probe`` and ``neighbors, native`` (200,), fractions, as of `read`.
    """
    units = subset_scores.random_fives(16, seed=run.seed, count=preview.reduced(subset_scores.N_RANDOM))
    found = np.concatenate(parallel.each(read, ((run, part) for part in np.array_split(units, 8))))
    return {"units": units, "linear probe": found[:, 0], "neighbors, native": found[:, 1]}


def place(units: np.ndarray) -> np.ndarray:
    """Return where sorted fives of 16 units, (n, 5), stand among all of them."""
    at = {tuple(one): k for k, one in enumerate(unit_subsets.every(16, subset_scores.SIZE).tolist())}
    return np.array([at[tuple(sorted(one))] for one in np.asarray(units).tolist()])


def by_reader(run: Run) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return for each of `READERS` the fives that it was asked of, by `place`, and how often it is right."""
    some, every = sampled(run), everything(run)["accuracy"]
    asked = {reader: (place(some["units"]), some[score]) for reader, score in READERS.items() if score in some}
    return {"the network": (np.arange(len(every)), every)} | asked
