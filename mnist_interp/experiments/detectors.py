"""How well the units of layer 2 detect their favorite digit, beside what their index of selectivity lets one expect.

The index compares two means. If an image were drawn in proportion to the activation that it causes, the share of the
unit's favorite digit among such images would follow from the ten class means alone: that is what the index states, and
a detector may be better than that. A network takes a fifth of a second.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward
from mnist_interp.methods import detection, selectivity
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

PRECISION = 0.9


def _of_run(run: Run) -> store.Arrays:
    train, test = (next(sparse_forward.activations([run.model()], split, ["relu2"])) for split in ("train", "test"))
    learned, seen = train["relu2"].numpy(), test["relu2"].numpy()
    labels = mnist.load("test").labels
    scores = selectivity.class_selectivity(selectivity.class_means(learned, mnist.load("train").labels))
    favorite = scores.argmax(0)
    means = selectivity.class_means(seen, labels)
    own = means[favorite, np.arange(len(favorite))]
    return {
        "score": scores.max(0),
        "favorite": favorite,
        "average_precision": detection.average_precision(seen, labels, favorite),
        "recall": detection.recall_at_precision(seen, labels, favorite, precision=PRECISION),
        "implied": own / np.maximum(means.sum(0), 1e-12),
    }


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Return what layer 2's units are worth as detectors.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``unit``: ``score`` for the ``favorite`` digit, both on training images; on test images
        ``average_precision``, ``recall`` at a precision of nine tenths, and the precision that class means alone
        imply, ``implied``.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    variables = {name: (("seed", "unit"), np.stack([row[name] for row in found])) for name in found[0]}
    return xr.Dataset(variables, {"seed": population.seeds, "unit": range(found[0]["score"].shape[0])})


def over_strong(found: xr.Dataset, name: str) -> np.ndarray:
    """Return a score averaged over the units of a strong preference, (n_seeds,); 0 for a network without any."""
    strong = found["score"] >= selectivity.STRONG
    return (found[name].where(strong, 0).sum("unit") / strong.sum("unit").clip(min=1)).to_numpy()
