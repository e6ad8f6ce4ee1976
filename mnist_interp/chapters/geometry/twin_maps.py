"""A digit's UMAP beside that of its twin, a Gaussian cloud in which there is no curve: frames for the picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.experiments import map_curves
from mnist_interp.methods import principal_curve, projections
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Run


def _placed(run: Run, digit: int) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Return maps on a grid and ranks along the units' main direction, by cloud, and the shares along a curve."""
    clouds = map_curves.clouds(run, digit).values()
    ranks = []
    for cloud in clouds:
        centered = cloud.points - cloud.points.mean(0)
        along = centered @ np.linalg.svd(centered, full_matrices=False)[2][0]
        order = np.argsort(np.argsort(along, kind="stable"), kind="stable")
        ranks.append(np.rint(100 * order / max(len(order) - 1, 1)).astype(int))
    flat = [not np.ptp(cloud.placed, axis=0).any() for cloud in clouds]
    grids = [
        np.zeros(cloud.placed.shape, int) if still else projections.on_grid(cloud.placed)
        for cloud, still in zip(clouds, flat, strict=True)
    ]
    return np.stack(grids), np.stack(ranks), [principal_curve.share_along(cloud.placed) for cloud in clouds]


@store.cached
def placed(run: Run) -> xr.Dataset:
    """Place every digit's images, and its twin, by UMAP of the digit's five most selective units.

    Returns
    -------
    xarray.Dataset
        By digit and ``cloud``: ``map`` (..., image, axis), whole numbers from 0 to 1000; ``rank`` (..., image), from 0
        to 100 along the direction in which the five units spread most; ``share``, of the map's variance along its
        principal curve.
    """
    grids, ranks, shares = zip(*parallel.each(_placed, ((run, digit) for digit in range(10))), strict=True)
    return xr.Dataset(
        {
            "map": (("digit", "cloud", "image", "axis"), np.stack(grids)),
            "rank": (("digit", "cloud", "image"), np.stack(ranks)),
            "share": (("digit", "cloud"), np.array(shares)),
        },
        coords={"digit": range(10), "cloud": list(map_curves.CLOUDS), "axis": ["x", "y"]},
    )


def dots(run: Run) -> pd.DataFrame:
    """Lay out `placed`: columns ``label`` (the digit), ``cloud``, ``x``, ``y`` and ``rank``."""
    found = placed(run)
    columns = {name: found["map"].sel(axis=name, drop=True) for name in ("x", "y")}
    frame = xr.Dataset({**columns, "rank": found["rank"]}).to_dataframe().reset_index()
    return frame.drop(columns="image").rename(columns={"digit": "label"})


def sentences(run: Run) -> pd.DataFrame:
    """Say how much of each map's variance lies along its principal curve: columns ``label`` and ``text``."""
    share = placed(run)["share"]
    real, twin = (share.sel(cloud=cloud).to_numpy() for cloud in map_curves.CLOUDS)
    text = [
        f"A curve accounts for {one:.0%} of the variance of the digit's map, and {other:.0%} of its twin's."
        for one, other in zip(real, twin, strict=True)
    ]
    return pd.DataFrame({"label": range(10), "text": text})
