"""The intrinsic dimension of the layers of a population, untrained and trained, beside Gaussian twins of theirs.

About half a second a layer of a network, and some seconds more at first use.
"""

from __future__ import annotations

import numpy as np

from mnist_interp.experiments import recordings
from mnist_interp.methods import intrinsic_dimension
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(500)


@store.cached
def of_layers(population: Population, layers: list[str]) -> store.Arrays:
    """Estimate the intrinsic dimension of layers, untrained and trained, on 5,000 test images.

    Returns
    -------
    dict of numpy.ndarray of shape (n_runs, 2, n_layers)
        ``dimension``; and ``gaussian``, that of a Gaussian cloud of the same covariance. Untrained first.
    """
    jobs = [(run, checkpoint, layer) for run in population for checkpoint in (0, -1) for layer in layers]
    both = np.array(parallel.each(_both, jobs)).reshape(len(population), 2, len(layers), 2)
    return {"dimension": both[..., 0], "gaussian": both[..., 1]}


@store.cached
def trained(population: Population, layer: str) -> store.Arrays:
    """Estimate the intrinsic dimension of one layer after training alone: ``dimension``, (n_runs,)."""
    return {"dimension": np.array(parallel.each(_dimension, [(run, -1, layer) for run in population]))}


def _dimension(run: Run, checkpoint: int, layer: str) -> float:
    return intrinsic_dimension.intrinsic(
        recordings.points(run, layer, per_class=PER_CLASS, checkpoint=checkpoint).astype(float)
    )


def _both(run: Run, checkpoint: int, layer: str) -> tuple[float, float]:
    points = recordings.points(run, layer, per_class=PER_CLASS, checkpoint=checkpoint).astype(float)
    return intrinsic_dimension.intrinsic(points), intrinsic_dimension.intrinsic(
        intrinsic_dimension.gaussian_twin(points, seed=run.seed)
    )
