"""Whether UMAP finds thin curves or draws them: a digit's map beside that of a cloud in which there is no curve.

The digit's images in its five most selective units of layer 2, and a Gaussian cloud of the same mean and covariance,
with what is below 0 set to 0. How much of the variance lies along a principal curve, in the units and on the map?
About a second a network.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from mnist_interp.experiments import recordings, subset_scores
from mnist_interp.methods import gaussian_twins, principal_curve, projections
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

LAYER, NEIGHBORS = "relu2", 15
PER_CLASS = preview.reduced(150)
REAL, TWIN = CLOUDS = ("the digit", "its twin")
UNITS, MAP = SPACES = ("units", "map")


class Cloud(NamedTuple):
    """A digit's images, or what is drawn in their place: in five units, (n_images, 5), and on their UMAP."""

    points: np.ndarray
    placed: np.ndarray


def placed(points: np.ndarray, *, seed: int) -> np.ndarray:
    """Project by UMAP with 15 neighbors, for the eye; points that all coincide stay at the origin."""
    if not np.ptp(points, axis=0).any():
        return np.zeros((len(points), 2), np.float32)
    cloud = np.ascontiguousarray(points, dtype=np.float32)
    return projections.umap(cloud, neighbors=NEIGHBORS, seed=seed, epochs=projections.FOR_THE_EYE)["map"]


def clouds(run: Run, digit: int, *, per_class: int = PER_CLASS) -> dict[str, Cloud]:
    """Return a digit's test images in its five most selective units, and their twin, by `CLOUDS`."""
    own = recordings.labels(per_class=per_class) == digit
    points = recordings.points(run, LAYER, per_class=per_class)[own][:, subset_scores.selective_fives(run)[digit]]
    twin = gaussian_twins.rectified(points.astype(float), seed=10 * run.seed + digit)
    both = zip(CLOUDS, (points, twin), strict=True)
    return {name: Cloud(cloud, placed(cloud, seed=run.seed)) for name, cloud in both}


def _measure(run: Run) -> np.ndarray:
    return np.array(
        [
            [[principal_curve.share_along(space) for space in cloud] for cloud in clouds(run, digit).values()]
            for digit in range(10)
        ]
    )


@store.cached
def measure(population: Population) -> xr.Dataset:
    """Measure how much of every digit's cloud, and of its twin's, lies along a principal curve.

    Returns
    -------
    xarray.Dataset
        ``share`` (seed, digit, cloud, space): of the variance, by `CLOUDS` and `SPACES`.
    """
    found = np.stack(parallel.each(_measure, ((run,) for run in population)))
    labels = {"seed": population.seeds, "digit": range(10), "cloud": list(CLOUDS), "space": list(SPACES)}
    return xr.Dataset({"share": (tuple(labels), found)}, coords=labels)
