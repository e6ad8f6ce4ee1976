"""How many units are needed: subsets of every size, random and grown for the silhouette.

Grown on training images: the best pair by silhouette, then always the unit that raises it most. Scored on test images,
the silhouette on 1,000 of them; about 7 s a network, kept by the store.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mnist_interp import clouds, damage, fives, pool, recipes, store, subspaces
from mnist_interp.training import Run

LAYER = "relu2"
PER_CLASS = recipes.few_in_preview(100)
SIZES = range(2, 17)
SCORES = ("silhouette", "accuracy")


@store.cached
def measure(run: Run) -> store.Arrays:
    """Score up to 200 random subsets of every size from 2 to 16, and grown ones.

    Parameters
    ----------
    run : Run
        One network of 16 units in layer 2.

    Returns
    -------
    dict of numpy.ndarray
        ``scores`` (15, 4, 2): for each size worst, median and best of the random subsets, and the grown one;
        silhouette on 1,000 test images, and accuracy on all of them with the other units at their means.
    """
    test, mean = damage.scored(run, LAYER), damage.mean(run, LAYER)
    seen = {split: clouds.points(run, LAYER, split, per_class=PER_CLASS) for split in ("train", "test")}
    own = {split: clouds.labels(split, per_class=PER_CLASS) for split in ("train", "test")}
    generator = np.random.default_rng(run.seed)
    rows, grown = [], np.empty(0, int)
    for size in SIZES:
        tried = subspaces.subsets(16, 2) if size == 2 else _with_one_more(grown)
        grown = tried[subspaces.silhouettes(seen["train"], own["train"], tried).argmax()]
        every = subspaces.subsets(16, size)
        drawn = every[np.sort(generator.choice(len(every), min(len(every), fives.N_RANDOM), replace=False))]
        chosen = np.vstack([drawn, grown])
        found = np.column_stack(
            [
                subspaces.silhouettes(seen["test"], own["test"], chosen),
                subspaces.kept_accuracies(test, mean, chosen),
            ]
        )
        rows.append(np.vstack([np.quantile(found[:-1], (0, 0.5, 1), axis=0), found[-1:]]))
    return {"scores": np.stack(rows)}


def _with_one_more(units: np.ndarray) -> np.ndarray:
    return np.array([[*units, other] for other in range(16) if other not in units])


def lines(runs: Mapping[str, Run]) -> pd.DataFrame:
    """Lay out networks by size, as lines with bands.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``size``, ``score`` (of `SCORES`), ``chosen`` ("random" or "grown for silhouette"),
        ``value``, and ``low`` and ``high``, worst and best of the random ones.
    """
    found = pool.each(measure, ((run,) for run in runs.values()))
    rows = [
        {
            "network": name,
            "size": size,
            "score": score,
            "chosen": chosen,
            "value": one[at],
            "low": one[low],
            "high": one[high],
        }
        for name, each in zip(runs, found, strict=True)
        for size, by_score in zip(SIZES, each["scores"], strict=True)
        for score, one in zip(SCORES, by_score.T, strict=True)
        for chosen, at, low, high in (("random", 1, 0, 2), ("grown for silhouette", 3, 3, 3))
    ]
    return pd.DataFrame(rows)
