"""How clearly digits lie apart in layer 2, and in the two parts of it that its readout tells apart.

On 2,000 test images; about a third of a second a network.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.experiments import recordings
from mnist_interp.methods import projection_quality, readout_spaces, unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

LAYER = "relu2"
WHOLE, ROW, NULL = PARTS = ("whole layer", "row space", "null space")
PER_CLASS = preview.reduced(200)


def parts(run: Run, points: np.ndarray) -> dict[str, np.ndarray]:
    """Return layer 2 whole, and its coordinates in the row space and the null space of the centered readout.

    Parameters
    ----------
    run : Run
        One network.
    points : numpy.ndarray of shape (n_images, n_units)
        Its layer 2.
    """
    weight = run.weights["output.weight"][-1]
    bases = {ROW: readout_spaces.row_space(weight), NULL: readout_spaces.null_space(weight)}
    return {WHOLE: points} | {part: points @ basis for part, basis in bases.items()}


def _measure(run: Run) -> xr.Dataset:
    points = recordings.points(run, LAYER, per_class=PER_CLASS).astype(float)
    labels = recordings.labels(per_class=PER_CLASS)
    found = parts(run, points)
    whole = max(points.var(0).sum(), np.finfo(float).tiny)
    return xr.Dataset(
        {
            "silhouette": ("part", [unit_subsets.silhouette(one, labels) for one in found.values()]),
            "neighbors": ("part", [projection_quality.knn_accuracy(one, labels) for one in found.values()]),
            "variance": ("part", [one.var(0).sum() / whole for one in found.values()]),
        },
        coords={"part": list(PARTS)},
    )


@store.cached
def measure(population: Population) -> xr.Dataset:
    """Score the whole layer 2, the row space and the null space of every network.

    Returns
    -------
    xarray.Dataset
        By seed and ``part`` (of `PARTS`): ``silhouette``; ``neighbors``, how often the ten nearest vote for the right
        digit; ``variance``, the share of the layer's.
    """
    found = parallel.each(_measure, ((run,) for run in population))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
