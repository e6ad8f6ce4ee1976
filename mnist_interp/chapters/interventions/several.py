"""Several neurons of layer 2 replaced, laid out for a page: one after the other, or two at a time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments.ablation_effects import ORDERS
from mnist_interp.methods import ablation


def random_orders(cumulative: xr.DataArray) -> xr.DataArray:
    """Return the random orders in ``cumulative`` of `ablation_effects.sets`."""
    return cumulative.drop_sel(order=list(ORDERS))


def curves(networks: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Lay out accuracy as neurons go, by each plan and over random orders.

    Parameters
    ----------
    networks : mapping of str to xarray.Dataset
        One seed each of `ablation_effects.sets`, by the network's name.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``reference``, ``plan``, ``order`` ("this plan", "random orders"), ``gone``, and
        ``accuracy`` with ``low`` and ``high``: of random orders the median, and what leaves out one in twenty.
    """
    frames = []
    for network, measured in networks.items():
        for reference, found in measured["cumulative"].groupby("reference"):
            chance = random_orders(found.squeeze("reference"))
            low, high = chance.quantile([0.025, 0.975], "order").transpose("quantile", "gone").to_numpy()
            middle = {"accuracy": chance.median("order").to_numpy(), "low": low, "high": high}
            for plan in ORDERS:
                line = found.squeeze("reference").sel(order=plan).to_numpy()
                own = {"accuracy": line, "low": line, "high": line}
                for order, columns in {"this plan": own, "random orders": middle}.items():
                    names = {"network": network, "reference": reference, "plan": plan, "order": order}
                    frames.append(pd.DataFrame({**names, "gone": range(len(line)), **columns}))
    return pd.concat(frames, ignore_index=True)


def gain(sets: xr.Dataset, plan: str) -> xr.DataArray:
    """Return a plan's accuracy, averaged along the way, minus that of random orders: (seed, reference)."""
    area = sets["cumulative"].mean("gone")
    return area.sel(order=plan, drop=True) - random_orders(area).mean("order")


def plans(sets: xr.Dataset) -> pd.DataFrame:
    """Lay out each plan's `gain` over networks: ``reference``, ``plan``, ``mean``, ``low`` and ``high``."""
    return with_interval(
        ({"reference": reference, "plan": plan}, gain(sets, plan).sel(reference=reference).to_numpy())
        for reference in sets["reference"].to_numpy()
        for plan in ORDERS
    )


def beyond(costs: xr.Dataset, sets: xr.Dataset) -> xr.DataArray:
    """Return what a pair of units costs each digit beyond its two units alone: (reference, digit, unit, other).

    Parameters
    ----------
    costs, sets : xarray.Dataset
        One seed of `ablation_effects.costs` and `ablation_effects.sets`.
    """
    pairs = sets["pairs"].transpose("reference", "digit", "unit", "other")
    return pairs.copy(data=ablation.synergy(costs["untouched"].to_numpy(), pairs.to_numpy()))


def _beyond_overall(costs: xr.Dataset, sets: xr.Dataset) -> xr.DataArray:
    pairs = sets["pairs_overall"].transpose("reference", "unit", "other")
    return pairs.copy(data=ablation.synergy(costs["untouched_overall"].to_numpy(), pairs.to_numpy()))


def _frame(pairs: xr.DataArray) -> pd.DataFrame:
    laid_out = pairs.drop_vars("seed", errors="ignore").to_dataset()
    return laid_out.to_dataframe(["reference", "digit", "unit", "other"]).reset_index().rename(columns={"unit": "one"})


def pairs(costs: xr.Dataset, sets: xr.Dataset) -> pd.DataFrame:
    """Lay out `beyond` for a map: ``reference``, ``digit`` ("all", "0", ...), ``one``, ``other``, ``beyond``."""
    by_digit = beyond(costs, sets)
    groups = [_beyond_overall(costs, sets), *(by_digit.sel(digit=digit, drop=True) for digit in range(10))]
    found = xr.concat(groups, pd.Index(["all", *map(str, range(10))], name="digit")).rename("beyond")
    frame = _frame(found)
    return frame.round({"beyond": 4})


def pair_losses(costs: xr.Dataset, sets: xr.Dataset) -> pd.DataFrame:
    """Lay out what each digit loses without two units, and what it would if the costs of each added up.

    Returns
    -------
    pandas.DataFrame
        Columns ``reference``, ``digit``, ``one``, ``other``, ``which`` and ``lost``.
    """
    lost = costs["untouched"] - sets["pairs"]
    frames = []
    for which, values in {"both replaced": lost, "if costs added up": lost - beyond(costs, sets)}.items():
        frames.append(_frame(values.rename("lost")).assign(which=which))
    laid_out = pd.concat(frames, ignore_index=True)
    laid_out = laid_out.assign(digit=laid_out["digit"].astype(str)).round({"lost": 3})
    columns = ["reference", "digit", "one", "other", "which", "lost"]
    return laid_out.loc[laid_out["one"] != laid_out["other"], columns].reset_index(drop=True)


def strongest(beyond: xr.DataArray) -> dict[str, int]:
    """Return the pair that costs some digit most beyond its two units alone: ``digit``, ``unit`` and ``other``.

    Parameters
    ----------
    beyond : xarray.DataArray
        (digit, unit, other), under one reference.
    """
    places = beyond.argmax(["digit", "unit", "other"])
    return {str(name): int(np.asarray(place)) for name, place in places.items()}
