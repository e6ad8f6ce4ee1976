"""All fives of a network's layer 2 as the ground on which picked ones are placed.

Silhouette, and accuracy with the other units at their means, are cheap enough for all 4,368. A linear probe and nearest
neighbors are not: they are asked of 200 random fives. All on test images; about 10 s and 15 s, kept by the store.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mnist_interp import clouds, damage, fives, geometry, intervention, pool, recipes, store, subspaces
from mnist_interp.training import Run

LAYER = "relu2"
PER_CLASS = recipes.few_in_preview(100)
READ_PER_CLASS = recipes.few_in_preview(200)
_CHOSEN_PER_CLASS = recipes.few_in_preview(500)
READERS = {"the network": "accuracy", "a linear probe": "linear probe", "nearest neighbors": "neighbors, native"}
_BINS = {"the network": 40, "a linear probe": 20, "nearest neighbors": 20}


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
    test, mean = damage.scored(run, LAYER), damage.mean(run, LAYER)
    points, labels = clouds.points(run, LAYER, per_class=PER_CLASS), clouds.labels(per_class=PER_CLASS)
    chosen = subspaces.subsets(points.shape[1], fives.SIZE)
    random = np.random.default_rng(run.seed).permutation(labels)
    few = intervention.record(run, LAYER, "train", per_class=_CHOSEN_PER_CLASS)
    return {
        "silhouette": subspaces.silhouettes(points, labels, chosen),
        "shuffled": subspaces.silhouettes(points, random, chosen),
        "accuracy": subspaces.kept_accuracies(test, mean, chosen),
        "learned": subspaces.kept_accuracies(few, mean, chosen),
    }


def read(run: Run, chosen: np.ndarray) -> np.ndarray:
    """Return how often a linear probe, then nearest neighbors, read some units of layer 2 rightly: (n_subsets, 2).

    The probe is fitted on 2,000 training images and scored on all test images; neighbors vote among 2,000 test images.
    """
    test = intervention.record(run, LAYER)
    fitted, few = (clouds.points(run, LAYER, split, per_class=READ_PER_CLASS) for split in ("train", "test"))
    own, labels = (clouds.labels(split, per_class=READ_PER_CLASS) for split in ("train", "test"))
    return np.array(
        [
            (
                subspaces.probe_accuracy(fitted[:, units], own, test.levels[:, units], test.labels),
                geometry.knn_accuracy(few[:, units], labels),
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
    units = fives.random_fives(16, seed=run.seed, count=recipes.few_in_preview(fives.N_RANDOM))
    found = np.concatenate(pool.each(read, ((run, part) for part in np.array_split(units, 8))))
    return {"units": units, "linear probe": found[:, 0], "neighbors, native": found[:, 1]}


def place(units: np.ndarray) -> np.ndarray:
    """Return where sorted fives of 16 units, (n, 5), stand among all of them."""
    at = {tuple(one): k for k, one in enumerate(subspaces.subsets(16, fives.SIZE).tolist())}
    return np.array([at[tuple(sorted(one))] for one in np.asarray(units).tolist()])


def by_reader(run: Run) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return for each of `READERS` the fives that it was asked of, by `place`, and how often it is right."""
    some, every = sampled(run), everything(run)["accuracy"]
    asked = {reader: (place(some["units"]), some[score]) for reader, score in READERS.items() if score in some}
    return {"the network": (np.arange(len(every)), every)} | asked


def counted(x: np.ndarray, y: np.ndarray, *, bins: int = 40) -> pd.DataFrame:
    """Count pairs in a grid: columns ``x``, ``x2``, ``y``, ``y2`` (edges) and ``count``, empty cells left out."""
    counts, across, up = np.histogram2d(x, y, bins=bins)
    i, j = np.nonzero(counts)
    edges = {"x": across[i], "x2": across[i + 1], "y": up[j], "y2": up[j + 1]}
    return pd.DataFrame({**edges, "count": counts[i, j].astype(int)})


def cells(run: Run) -> pd.DataFrame:
    """Count fives by silhouette and by how well each reader reads them: columns of `counted`, and ``reader``."""
    silhouette = everything(run)["silhouette"]
    parts = [
        counted(silhouette[at], right, bins=_BINS[reader]).assign(reader=reader)
        for reader, (at, right) in by_reader(run).items()
    ]
    return pd.concat(parts, ignore_index=True)


def picked(run: Run, subsets: Mapping[str, tuple[int, ...]], scores: pd.DataFrame) -> pd.DataFrame:
    """Place named fives on the ground.

    Parameters
    ----------
    run : Run
        The network.
    subsets : mapping of str to tuple of int
        Fives by name.
    scores : pandas.DataFrame
        Their scores, rows by name, with the columns that `READERS` names.

    Returns
    -------
    pandas.DataFrame
        Columns ``subset``, ``short`` (one character), ``x``, the silhouette, ``y``, how often right, and ``reader``.
    """
    x = everything(run)["silhouette"][place(np.array(list(subsets.values())))]
    short = [name[0] if ":" in name else name[-1] for name in subsets]
    rows = [
        pd.DataFrame(
            {"subset": list(subsets), "short": short, "x": x, "y": scores.loc[list(subsets), score], "reader": reader}
        )
        for reader, score in READERS.items()
    ]
    return pd.concat(rows, ignore_index=True)
