"""What heads cost, beside tens of other directions, and what they do along paths, laid out from the experiments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import head_patching

REFERENCES = {"lost": "mean", "lost_optimal": "best constants", "lost_zero": "zero", "lost_resample": "resample"}
HEADS, ROTATED, MATCHED = "heads", "rotated tens", "tens of equal variance"


def single_heads(found: xr.Dataset) -> pd.DataFrame:
    """Return what heads of the first network cost, from `head_ablation.measured`: ``head``, ``reference``, ``lost``."""
    frames = [
        found[name].isel(seed=0, drop=True).rename("lost").to_dataframe().reset_index().assign(reference=title)
        for name, title in REFERENCES.items()
    ]
    return pd.concat(frames, ignore_index=True)[["head", "reference", "lost"]]


def by_place(found: xr.Dataset, matched: xr.Dataset) -> pd.DataFrame:
    """Return what the most vital head costs, the second, and so on, and what tens of other directions do.

    Parameters
    ----------
    found, matched : xarray.Dataset
        As `head_ablation.measured` and `matched_tens.measured` return them.

    Returns
    -------
    pandas.DataFrame
        Columns ``part`` (`HEADS`, `ROTATED` or `MATCHED`, at their means), ``place`` from 1, ``mean``, ``low`` and
        ``high`` over networks; of rotations and draws the mean is taken first.
    """
    ordered = {
        HEADS: -np.sort(-found["lost"].to_numpy(), 1),
        MATCHED: -np.sort(-matched["lost"].to_numpy(), 2).mean(1),
        ROTATED: -np.sort(-found["lost_rotated"].to_numpy(), 2).mean(1),
    }
    return with_interval(
        ({"part": part, "place": place + 1}, values[:, place])
        for part, values in ordered.items()
        for place in range(values.shape[1])
    )


def _of_best(changed: xr.DataArray, block: str) -> xr.DataArray:
    """Return what patches of the head of a block do that changes most answers, (seed, path)."""
    own = changed.sel(head=[head for head in changed["head"].to_numpy() if head.startswith(block)])
    return own.isel(head=own.sel(path="all", drop=True).argmax("head"))


def paths(found: xr.Dataset) -> pd.DataFrame:
    """Return how often patches change the answer to the source's.

    Parameters
    ----------
    found : xarray.Dataset
        As `head_patching.measured` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns ``patched``, ``mean``, ``low`` and ``high``; blocks are all four heads. Heads have no partner in other
        networks, so of block 1 it is the one that changes most, of these pairs; the best unit and the best head are
        chosen on others.
    """
    direct, through = head_patching.PATHS[1:]
    first, second = (found["whole"].sel(heads=block) for block in ("block 1", "block 2"))
    rows = {
        "best unit of sixteen": found["best_unit"],
        "best head": found["best_head"],
        "block 1, its best head": _of_best(found["changed"], "1").sel(path="all"),
        "block 1, to the class token": first.sel(path="all"),
        "... past block 2": first.sel(path=direct),
        "... through block 2": first.sel(path=through),
        "block 1, to all tokens": found["everywhere"],
        "block 2": second.sel(path="all"),
    }
    return with_interval(({"patched": name}, values.to_numpy()) for name, values in rows.items())
