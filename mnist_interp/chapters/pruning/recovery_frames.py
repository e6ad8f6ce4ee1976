"""Recovery as frames: accuracy over epochs by plan, at the end by way, and what happens to single units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import readout_masks, recovery
from mnist_interp.experiments.pruning_plans import GREEDY, PLANS, RANDOM, SELECTIVITY, SHAPLEY, SPREAD

FOLLOWED = (GREEDY, SPREAD, SHAPLEY, SELECTIVITY)
RANDOM_EIGHTS = "random eights"
UNPRUNED = "nothing pruned, same training"
PARTNERS = "correlation with partners"
SCORES = {
    "AUROC": "auroc",
    "selectivity": "selectivity",
    "signed selectivity": "signed_selectivity",
    PARTNERS: "partner",
}
FROM = {"the cut": 0, "one epoch later": 1}
AS_THEY_ARE = ("none", "ten biases", "refitted readout")
WAYS = {
    "none": "nothing",
    recovery.FIRST_WEIGHTS: "survivors’ initial weights",
    recovery.LIKE_PARENT: "from scratch, like the parent",
    recovery.WHOLE: "whole network, same training",
}
MASKS = (readout_masks.SELECTIVE, readout_masks.DEALT, readout_masks.LARGEST, readout_masks.FULL)


def named(found: xr.Dataset, plan: str) -> xr.Dataset:
    """Return what `recovery.by_plan` found of a plan, or the mean over all random eights."""
    return recovery.random(found).mean("plan") if plan == RANDOM_EIGHTS else found.sel(plan=plan)


def over_epochs(found: xr.Dataset) -> pd.DataFrame:
    """Lay out accuracy by epoch of training on: columns ``since``, ``plan``, ``epoch``, ``mean``, ``low`` and ``high``.

    All epochs from each of `FROM` on, one after the other.
    """
    return with_interval(
        ({"since": since, "plan": plan, "epoch": epoch}, named(found, plan)["accuracy"].sel(epoch=epoch).to_numpy())
        for since in FROM.values()
        for plan in (*FOLLOWED, RANDOM_EIGHTS)
        for epoch in found["epoch"].to_numpy()[since:].tolist()
    )


def by_plan(found: xr.Dataset) -> pd.DataFrame:
    """Lay out accuracy at the end, of all plans: columns ``plan``, ``mean``, ``low`` and ``high``."""
    plans = [plan for plan in PLANS if plan != RANDOM] + [RANDOM_EIGHTS]
    return with_interval(({"plan": plan}, named(found, plan)["accuracy"].isel(epoch=-1).to_numpy()) for plan in plans)


def arms(found: xr.Dataset) -> pd.DataFrame:
    """Lay out `recovery.arms`: columns ``way``, ``learns`` (whether hidden layers do), ``mean``, ``low``, ``high``."""
    return with_interval(
        ({"way": WAYS.get(way, way), "learns": way not in AS_THEY_ARE}, found["accuracy"].sel(arm=way).to_numpy())
        for way in found["arm"].to_numpy().tolist()
    )


def changes(found: xr.Dataset, arms: xr.Dataset) -> pd.DataFrame:
    """Lay out what training on changes in the units that stay.

    Parameters
    ----------
    found, arms : xarray.Dataset
        From `recovery.by_plan` and `recovery.arms`.

    Returns
    -------
    pandas.DataFrame
        Columns ``score`` (of `SCORES`), ``kept``, ``mean``, ``low`` and ``high``: after less before, mean over units.
    """
    rows: list[tuple[Mapping[str, str], np.ndarray]] = []
    for title, score in SCORES.items():
        for plan in (*FOLLOWED, RANDOM_EIGHTS):
            change = _change(named(found, plan)[score], "place")
            rows.append(({"score": title, "kept": plan}, change))
        rows.append(({"score": title, "kept": UNPRUNED}, _change(arms[f"unpruned_{score}"], "unit")))
    return with_interval(rows)


def _change(scores: xr.DataArray, over: str) -> np.ndarray:
    return (scores.sel(state="after") - scores.sel(state="before")).mean(over).to_numpy()


def same_units(found: xr.Dataset, arms: xr.Dataset, score: str, plan: str) -> np.ndarray:
    """Return what training on changes in the units that a plan keeps where nothing is pruned, means, (n_seeds,)."""
    plans = recovery.random(found)["plan"] if plan == RANDOM_EIGHTS else [plan]
    scores = arms[f"unpruned_{score}"]
    change = (scores.sel(state="after") - scores.sel(state="before")).sel(unit=found["kept"].sel(plan=plans))
    return change.mean(["plan", "place"]).to_numpy()


def beside_scratch(arms: xr.Dataset) -> pd.DataFrame:
    """Lay out single units of three networks of eight: columns ``score``, ``network``, ``mean``, ``low``, ``high``."""
    networks = arms["network"].to_numpy().tolist()
    return with_interval(
        (
            {"score": title, "network": WAYS.get(network, network)},
            arms[score].sel(network=network).mean("place").to_numpy(),
        )
        for title, score in SCORES.items()
        for network in networks
    )


def mask(found: xr.Dataset, name: str) -> xr.Dataset:
    """Return what `readout_masks.measured` found under a mask, or the mean over those dealt at random."""
    if name == readout_masks.DEALT:
        return readout_masks.dealt_at_random(found).mean("mask")
    return found.sel(mask=name)


def masks(found: xr.Dataset) -> pd.DataFrame:
    """Lay out what masks on the readout do.

    Returns
    -------
    pandas.DataFrame
        Columns ``score`` ("rise in selectivity", of the pairs that the mask lets be read, or "accuracy", at the end),
        ``mask``, ``mean``, ``low`` and ``high``.
    """
    rows: list[tuple[Mapping[str, str], np.ndarray]] = []
    for name in MASKS:
        under = mask(found, name)
        rise = under["selectivity"].sel(state="after") - under["selectivity"].sel(state="before")
        rows.append(({"score": "rise in selectivity", "mask": name}, rise.to_numpy()))
        rows.append(({"score": "accuracy", "mask": name}, under["accuracy"].isel(epoch=-1).to_numpy()))
    return with_interval(rows)
