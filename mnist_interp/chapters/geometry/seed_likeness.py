"""How alike two networks of different seeds are, and one network's neurons in others: frames for their pictures."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from mnist_interp.methods.statistics import interval

MEASURES = {
    "cka": "CKA",
    "cka_within": "CKA within digits",
    "procrustes": "Procrustes overlap",
    "partner": "correlation with partner",
    "rotated": "... partner in rotated axes",
    "partner_share": "variance, by partner",
    "together_share": "variance, by all 16",
}
READ_BY = {"alone": "best neuron", "together": "all 16"}
_LEAST = -0.05  # a share below 0, which a fit on other images can have, is drawn no lower


def intervals(pairs: xr.Dataset) -> pd.DataFrame:
    """Lay out `cross_seed_similarity.of_pairs` for intervals.

    Returns
    -------
    pandas.DataFrame
        Columns ``which`` (of `MEASURES`), ``state``, ``value`` (mean over pairs), ``low`` and ``high``.
    """
    rows = []
    for key, name in MEASURES.items():
        for state in pairs["state"].to_numpy().tolist():
            values = pairs[key].sel(state=state).to_numpy()
            low, high = interval(values)
            rows.append({"which": name, "state": state, "value": values.mean(), "low": low, "high": high})
    return pd.DataFrame(rows)


def cells(table: xr.Dataset) -> pd.DataFrame:
    """Lay out `cross_seed_similarity.table`: columns ``one``, ``other`` (seeds, as text), ``measure``, ``value``."""
    found = table.rename({"seed": "one", **{key: MEASURES[str(key)] for key in table}}).to_array("measure", "value")
    rows = found.to_dataframe("value").reset_index()
    return rows[["one", "other", "measure", "value"]].astype({"one": str, "other": str})


def mean_shares(found: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Lay out how well neurons are explained in groups of other networks, trained, on average over seeds.

    Parameters
    ----------
    found : mapping of str to xarray.Dataset
        `cross_seed_similarity.counterparts` by name of the group.

    Returns
    -------
    pandas.DataFrame
        Columns ``networks`` (the group), ``unit``, ``by`` (of `READ_BY`) and ``value``, a share of the variance.
    """
    rows = [
        {"networks": group, "unit": unit, "by": by, "value": float(shares[key].sel(unit=unit).mean("seed"))}
        for group, shares in _trained(found)
        for unit in shares["unit"].to_numpy().tolist()
        for key, by in READ_BY.items()
    ]
    return pd.DataFrame(rows)


def shares_by_seed(found: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Lay out what `mean_shares` averages, as bars from the one share to the other.

    Returns
    -------
    pandas.DataFrame
        Columns ``networks``, ``unit``, ``seed`` (text), ``together`` and ``high``, the share that all 16 explain, and
        ``low``, that of the best neuron (of all 16, where it is less).
    """
    parts = []
    for group, shares in _trained(found):
        drawn = shares[list(READ_BY)].clip(_LEAST).to_dataframe().reset_index()
        parts.append(
            pd.DataFrame(
                {
                    "networks": group,
                    "unit": drawn["unit"],
                    "seed": "seed " + drawn["seed"].astype(str),
                    "together": drawn["together"],
                    "low": drawn[list(READ_BY)].min(axis=1),
                    "high": drawn["together"],
                }
            ).sort_values("unit", kind="stable")
        )
    return pd.concat(parts, ignore_index=True)


def _trained(found: Mapping[str, xr.Dataset]) -> list[tuple[str, xr.Dataset]]:
    return [(group, shares.sel(state="trained", drop=True)) for group, shares in found.items()]
