"""The silhouette of layer 2 as neurons are added in a given order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_interp.experiments import recordings
from mnist_interp.methods import unit_subsets
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Run


def _silhouette(run: Run, units: Sequence[int]) -> float:
    stage = recordings.stage(run, "relu2")
    return float(unit_subsets.silhouettes(stage.levels, stage.labels, np.array([units]))[0])


@store.cached
def silhouettes(run: Run, order: Sequence[int], sizes: Sequence[int]) -> store.Arrays:
    """Return the silhouette on all test images of the first neurons of an order.

    Parameters
    ----------
    run : Run
        One network.
    order : sequence of int
        Neurons of layer 2.
    sizes : sequence of int
        How many of them.

    Returns
    -------
    dict of numpy.ndarray
        ``silhouette``: (n_sizes,). A size takes 1.5 s.
    """
    return {"silhouette": np.array(parallel.each(_silhouette, [(run, tuple(order[:size])) for size in sizes]))}
