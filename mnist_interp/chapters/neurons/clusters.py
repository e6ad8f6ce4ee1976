"""Two clusters of what drives a neuron, neuron by neuron, as one frame."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from mnist_interp.runtime import labeled

TITLES = {"share": "share of the cluster", "auroc": "AUROC of the template"}


def tables(clustered: Mapping[int, xr.Dataset]) -> pd.DataFrame:
    """Return ``cluster``, ``digit``, ``value``, ``neuron``, ``table`` (`TITLES`) of `feature_clusters.two_features`.

    Parameters
    ----------
    clustered : mapping of int to xarray.Dataset
        What it returned, by neuron.
    """
    return pd.concat(
        [
            labeled.tidy(found[name]).assign(neuron=neuron, table=title)
            for neuron, found in clustered.items()
            for name, title in TITLES.items()
        ]
    )
