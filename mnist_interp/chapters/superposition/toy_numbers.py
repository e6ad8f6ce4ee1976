"""What the prose glues of the toy model."""

from __future__ import annotations

from typing import Any

import xarray as xr

from mnist_interp.experiments.toy_superposition import REPRESENTED, TWENTY

Numbers = dict[str, Any]
RARE = 0.97


def toy(measured: xr.Dataset) -> Numbers:
    """Return how many features of twenty the toy represents, always there and rarely, from `gate.measures`."""
    counts = (measured["norm"] > REPRESENTED).sum("feature").mean("seed")
    return {
        "toy_features": TWENTY.features,
        "toy_rare": RARE,
        "toy_always": counts.sel(sparsity=0).item(),
        "toy_rarely": counts.sel(sparsity=RARE).item(),
    }
