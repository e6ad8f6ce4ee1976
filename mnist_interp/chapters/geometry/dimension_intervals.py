"""Intrinsic dimensions of layers, untrained and trained, beside their rectified Gaussian twins, as intervals."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from mnist_interp.methods.statistics import interval

LAYERS = {"relu1": "layer 1", "relu2": "layer 2"}
_KINDS = {"dimension": "", "twin": ", rectified twin"}


def intervals(measured: xr.Dataset) -> pd.DataFrame:
    """Lay out `layer_dimension.of_layers` for intervals.

    Returns
    -------
    pandas.DataFrame
        Columns ``which`` (layer, state, and whether it is the twin), ``value`` (mean over seeds), ``low``, ``high``.
    """
    rows = []
    for layer, title in LAYERS.items():
        for state in measured["state"].to_numpy().tolist():
            for kind, addition in _KINDS.items():
                values = measured[kind].sel(layer=layer, state=state).to_numpy()
                low, high = interval(values)
                rows.append({"which": f"{title}, {state}{addition}", "value": values.mean(), "low": low, "high": high})
    return pd.DataFrame(rows)
