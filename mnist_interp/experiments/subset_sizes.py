"""How many units are needed: subsets of every size, random and grown for the silhouette.

Grown on training images: the best pair by silhouette, then always the unit that raises it most. Scored on test images,
the silhouette on 1,000 of them; about 7 s a network, kept by the store.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.experiments import ablation_effects, recordings, subset_scores
from mnist_interp.methods import unit_subsets
from mnist_interp.runtime import preview, store
from mnist_interp.training.runs import Run

LAYER = "relu2"
PER_CLASS = preview.reduced(100)
SIZES = range(2, 17)
CHOSEN = {"worst": 0, "median": 0.5, "best": 1}  # quantiles of the random subsets
GROWN = "grown"


@store.cached
def measure(run: Run) -> xr.Dataset:
    """Score up to 200 random subsets of every size from 2 to 16, and grown ones.

    Parameters
    ----------
    run : Run
        One network of 16 units in layer 2.

    Returns
    -------
    xarray.Dataset
        ``silhouette``, on 1,000 test images, and ``accuracy``, on all of them with the other units at their means,
        both (size, chosen): the worst, median and best of the random subsets, and the grown one.
    """
    test, mean = ablation_effects.scored(run, LAYER), ablation_effects.mean(run, LAYER)
    seen = {split: recordings.points(run, LAYER, split, per_class=PER_CLASS) for split in ("train", "test")}
    own = {split: recordings.labels(split, per_class=PER_CLASS) for split in ("train", "test")}
    generator = np.random.default_rng(run.seed)
    rows, grown = [], np.empty(0, int)
    for size in SIZES:
        tried = unit_subsets.every(16, 2) if size == 2 else _with_one_more(grown)
        grown = tried[unit_subsets.silhouettes(seen["train"], own["train"], tried).argmax()]
        every = unit_subsets.every(16, size)
        drawn = every[np.sort(generator.choice(len(every), min(len(every), subset_scores.N_RANDOM), replace=False))]
        chosen = np.vstack([drawn, grown])
        scores = {
            "silhouette": unit_subsets.silhouettes(seen["test"], own["test"], chosen),
            "accuracy": unit_subsets.kept_accuracies(test, mean, chosen),
        }
        rows.append({name: [*np.quantile(one[:-1], list(CHOSEN.values())), one[-1]] for name, one in scores.items()})
    return xr.Dataset(
        {name: (("size", "chosen"), [row[name] for row in rows]) for name in rows[0]},
        coords={"size": list(SIZES), "chosen": [*CHOSEN, GROWN]},
    )


def _with_one_more(units: np.ndarray) -> np.ndarray:
    return np.array([[*units, other] for other in range(16) if other not in units])
