"""Means over networks with their intervals: the parts of a layer, what UMAP adds to it, and a path between networks."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from mnist_interp.experiments import interpolation, layer_parts, projection_reliability
from mnist_interp.methods.statistics import interval

PART_SCORES = {"silhouette": "silhouette", "neighbors": "neighbors vote right"}
PARTS = {
    layer_parts.WHOLE: "whole layer",
    layer_parts.ROW: "row space: heard by the readout",
    layer_parts.NULL: "null space: not heard",
}
GRAPH = "along its graph"
_SPACES = {projection_reliability.LAYER_ITSELF: "itself", projection_reliability.MAP: "on its UMAP"}


def _row(values: xr.DataArray) -> dict[str, float]:
    found = values.to_numpy()
    low, high = interval(found)
    return {"value": float(found.mean()), "low": low, "high": high}


def parts(measured: xr.Dataset) -> pd.DataFrame:
    """Lay out `layer_parts.measure`: columns ``which``, ``score`` (of `PART_SCORES`), ``value``, ``low``, ``high``."""
    rows = [
        {"which": title, "score": score, **_row(measured[key].sel(part=part))}
        for key, score in PART_SCORES.items()
        for part, title in PARTS.items()
    ]
    return pd.DataFrame(rows)


def gains(measured: xr.Dataset) -> pd.DataFrame:
    """Lay out `projection_reliability.gains`: columns ``which``, ``score``, ``value``, ``low``, ``high``.

    Silhouettes are of layer 2 and of its twin, each in itself, along its graph, and on its UMAP; votes in itself and on
    the UMAP.
    """
    rows = []
    for cloud in measured["cloud"].to_numpy().tolist():
        own = measured.sel(cloud=cloud)
        seen = {title: own.sel(space=space) for space, title in _SPACES.items()}
        silhouettes = {title: found["silhouette"] for title, found in seen.items()}
        ordered = {
            "itself": silhouettes["itself"],
            GRAPH: own["along_graph"],
            "on its UMAP": silhouettes["on its UMAP"],
        }
        rows += [{"which": f"{cloud}, {title}", "score": "silhouette", **_row(one)} for title, one in ordered.items()]
        rows += [
            {"which": f"{cloud}, {title}", "score": "neighbors vote right", **_row(found["neighbors"])}
            for title, found in seen.items()
        ]
    return pd.DataFrame(rows)


def paths(measured: xr.Dataset) -> pd.DataFrame:
    """Lay out `interpolation.paths` as lines with bands: columns ``share``, ``order``, ``value``, ``low``, ``high``."""
    accuracy = measured["accuracy"]
    rows = [
        {"share": share, "order": f"units {order}", **_row(accuracy.sel(order=order, share=share))}
        for order in interpolation.ORDERS
        for share in accuracy["share"].to_numpy().tolist()
    ]
    return pd.DataFrame(rows)
