"""How alike two networks of different seeds are, and one network's neurons in others: frames for their pictures."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from mnist_interp.methods.statistics import interval

MEASURES = {
    "cka": "CKA",
    "cka_within": "CKA within digits",
    "cka_pixels": "... of each with the pixels",
    "cka_logits": "CKA of the logits",
    "procrustes": "Procrustes overlap",
    "live_partner": "correlation with partner",
    "live_rotated": "... partner in rotated axes",
    "live_signs": "... partner under random signs",
    "partner_share": "variance, by partner",
    "together_share": "variance explained by all 16",
}
TABLE = {"cka": "CKA", "partner": "correlation with partner"}
READ_BY = {
    "alone": "best single",
    "together": "all 16",
    "logits": "10 logits",
    "directions": "10 random",
}
PIXELS = "pixels"
MARKED = 0  # the neuron that the book asks about
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
    found = table.rename({"seed": "one", **{key: TABLE[str(key)] for key in table}}).to_array("measure", "value")
    rows = found.to_dataframe("value").reset_index()
    return rows[["one", "other", "measure", "value"]].astype({"one": str, "other": str})


def _called(unit: int) -> str:
    return f"▸ {unit}" if unit == MARKED else f"{unit}"


def mean_shares(found: Mapping[str, xr.Dataset], pixels: xr.Dataset) -> pd.DataFrame:
    """Lay out how well neurons are explained in groups of other networks, trained, on average over seeds.

    Parameters
    ----------
    found : mapping of str to xarray.Dataset
        `cross_seed_similarity.counterparts` by name of the group.
    pixels : xarray.Dataset
        `cross_seed_similarity.explained_by_pixels` of the same neurons.

    Returns
    -------
    pandas.DataFrame
        Columns ``networks`` (the group), ``unit``, ``neuron`` (its name, neuron 0 marked), ``by`` (of `READ_BY`, or
        `PIXELS`) and ``value``, a share of the variance.
    """
    rows = []
    for group, shares in _trained(found):
        for unit in shares["unit"].to_numpy().tolist():
            values = {by: float(shares[key].sel(unit=unit).mean("seed")) for key, by in READ_BY.items()}
            values[PIXELS] = float(pixels["share"].sel(unit=unit))
            named = {"networks": group, "unit": unit, "neuron": _called(unit)}
            rows += [named | {"by": by, "value": value} for by, value in values.items()]
    return pd.DataFrame(rows)


def shares_by_seed(found: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Lay out how well neurons are explained in each network: bars from the best neuron's share to that of all 16.

    Returns
    -------
    pandas.DataFrame
        Columns ``networks``, ``unit``, ``seed`` (text), ``together`` and ``high``, the share that all 16 explain, and
        ``low``, that of the best neuron (of all 16, where it is less).
    """
    parts = []
    ends = ["alone", "together"]
    for group, shares in _trained(found):
        drawn = shares[ends].clip(_LEAST).to_dataframe().reset_index()
        parts.append(
            pd.DataFrame(
                {
                    "networks": group,
                    "unit": drawn["unit"],
                    "seed": "seed " + drawn["seed"].astype(str),
                    "together": drawn["together"],
                    "low": drawn[ends].min(axis=1),
                    "high": drawn["together"],
                }
            ).sort_values("unit", kind="stable")
        )
    return pd.concat(parts, ignore_index=True)


def _trained(found: Mapping[str, xr.Dataset]) -> list[tuple[str, xr.Dataset]]:
    return [(group, shares.sel(state="trained", drop=True)) for group, shares in found.items()]
