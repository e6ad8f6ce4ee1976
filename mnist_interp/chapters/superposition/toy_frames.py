"""What the figures of the toy model draw, as rows of frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import gate, toy_superposition

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NETWORKS = 3  # that the reader may choose among
SHARE, LENGTH = "share", "length"


def _named(count: int) -> list[str]:
    return list(LETTERS[:count])


def directions(found: xr.Dataset) -> pd.DataFrame:
    """Return where each feature's direction points in a plane, over training.

    Parameters
    ----------
    found : xarray.Dataset
        As of `toy_superposition.networks`, of two dimensions.

    Returns
    -------
    pandas.DataFrame
        Columns ``sparsity``, ``step``, ``network`` (from 1), ``feature`` (a letter, the most important first), ``x``,
        ``y`` and ``dimensionality``.
    """
    few = found["weights"].isel(seed=slice(NETWORKS)).to_numpy()
    own = toy_superposition.dimensionality(few)
    sparsity, step, network, feature = np.indices(own.shape)
    return pd.DataFrame(
        {
            "sparsity": found["sparsity"].to_numpy()[sparsity.ravel()],
            "step": found["step"].to_numpy()[step.ravel()],
            "network": network.ravel() + 1,
            "feature": np.array(_named(own.shape[-1]))[feature.ravel()],
            "x": few[..., 0, :].ravel(),
            "y": few[..., 1, :].ravel(),
            "dimensionality": own.ravel(),
        }
    )


def by_importance(measured: xr.Dataset) -> pd.DataFrame:
    """Return means over networks of `gate.measures` by feature, with their intervals.

    Returns
    -------
    pandas.DataFrame
        Columns ``sparsity``, ``feature`` (1 is the most important), ``measure`` (share of a dimension, length),
        ``mean``, ``low``, ``high``.
    """
    kinds = {SHARE: measured["dimensionality"], LENGTH: measured["norm"]}
    return with_interval(
        ({"sparsity": float(s), "feature": int(f) + 1, "measure": name}, values.sel(sparsity=s, feature=f).to_numpy())
        for name, values in kinds.items()
        for s in measured["sparsity"]
        for f in measured["feature"]
    )


def measures(measured: xr.Dataset) -> pd.DataFrame:
    """Return how each measure ranks what is known, at each sparsity and over all: `gate.recovery` as rows."""
    found = gate.recovery(measured)
    rows = [
        {"measure": str(name), "sparsity": float(s), "value": float(found["within"].sel(measure=name, sparsity=s))}
        for name in found["measure"].to_numpy()
        for s in found["sparsity"]
    ]
    rows += [
        {"measure": str(name), "sparsity": "all", "value": float(found["overall"].sel(measure=name))}
        for name in found["measure"].to_numpy()
    ]
    return pd.DataFrame(rows)


def dictionaries(cosines: xr.Dataset) -> pd.DataFrame:
    """Return mean cosines of `gate.cosines` by dictionary and sparsity, with their intervals over networks."""
    values = cosines["cosine"]
    return with_interval(
        ({"dictionary": str(name), "sparsity": float(s)}, finite)
        for name in cosines["dictionary"].to_numpy()
        for s in cosines["sparsity"]
        if len(finite := values.sel(dictionary=name, sparsity=s).dropna("seed").to_numpy()) > 1
    )
