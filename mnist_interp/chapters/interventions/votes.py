"""What predicts a lesion's damage, laid out cell by cell: selectivity, the vote, and the signed push.

A cell is a live unit and a digit. References have the names that readers see, `references.TITLES`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import ablation_effects, signed_pushes
from mnist_interp.methods.references import TITLES
from mnist_interp.training.runs import Population

LAYERS = {"layer 2": "relu2", "layer 1": "relu1"}
FOR, AGAINST = "votes for the digit", "votes against it"
CELLS = {"all cells": signed_pushes.all_cells, FOR: signed_pushes.votes_for, AGAINST: signed_pushes.votes_against}


def cells(*populations: Population, networks: int = 3) -> pd.DataFrame:
    """Lay out the cells of layer 2 of the first networks of some populations, taken one after the other.

    Parameters
    ----------
    *populations : Population
        The protagonist alone, and the baseline.
    networks : int
        How many networks in all.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``reference``, ``neuron``, ``digit``, ``vote`` (`FOR` or `AGAINST`), ``selectivity``,
        ``push`` and ``lost``, the digit's accuracy lost; live units only.
    """
    rows = []
    seeds = [(population, seed) for population in populations for seed in population.seeds][:networks]
    for population, seed in seeds:
        parts, costs = signed_pushes.measured(population), ablation_effects.costs(population)
        pushes = xr.concat([signed_pushes.push(parts, one) for one in TITLES], "reference")
        found = xr.Dataset(
            {
                "lost": ablation_effects.lost(costs),
                "push": pushes.assign_coords(reference=list(TITLES)),
                "selectivity": costs["selectivity"],
                "vote": parts["vote"],
                "live": signed_pushes.live(parts),
            }
        ).sel(seed=seed, drop=True)
        frame = found.to_dataframe(["reference", "unit", "digit"]).reset_index()
        rows.append(frame[frame["live"]].assign(network=f"{seed}"))
    frame = pd.concat(rows, ignore_index=True)
    return pd.DataFrame(
        {
            "network": frame["network"],
            "reference": frame["reference"].map(TITLES),
            "neuron": frame["unit"].map("neuron {}".format),
            "digit": frame["digit"],
            "vote": np.where(frame["vote"] > 0, FOR, AGAINST),
            "selectivity": frame["selectivity"].round(3),
            "push": frame["push"].round(3),
            "lost": frame["lost"].round(4),
        }
    )


def by_vote(population: Population) -> pd.DataFrame:
    """Lay out how selectivity goes along with damage, over all cells and by the sign of the vote.

    Returns
    -------
    pandas.DataFrame
        Columns ``reference``, ``cells``, ``mean``, ``low`` and ``high``: rank correlations over networks.
    """
    parts, costs = signed_pushes.measured(population), ablation_effects.costs(population)
    harm = ablation_effects.lost(costs)
    return with_interval(
        (
            {"reference": title, "cells": name},
            signed_pushes.correlations(costs["selectivity"], harm.sel(reference=reference), some(parts)),
        )
        for reference, title in TITLES.items()
        for name, some in CELLS.items()
    )


def quadrants(population: Population) -> dict[str, float]:
    """Return what mean ablation costs by whether a unit is loud on the digit, and which way it votes.

    Returns
    -------
    dict of float
        For ``loud_for``, ``quiet_for``, ``loud_against`` and ``quiet_against``: mean accuracy that a digit loses, in
        points; and with ``share_`` before the name, the share of all the cells that vote this way.
    """
    parts, costs = signed_pushes.measured(population), ablation_effects.costs(population)
    harm = 100 * ablation_effects.lost(costs).sel(reference="mean").transpose("seed", "digit", "unit")
    loud = (costs["selectivity"] > 0).transpose("seed", "digit", "unit")
    found: dict[str, float] = {}
    for way, cells in {"for": votes_of(parts, FOR), "against": votes_of(parts, AGAINST)}.items():
        for name, some in {"loud": cells & loud, "quiet": cells & ~loud}.items():
            found[f"{name}_{way}"] = harm.where(some).mean().item()
            found[f"share_{name}_{way}"] = (some.sum() / cells.sum()).item()
    return found


def votes_of(parts: xr.Dataset, cells: str) -> xr.DataArray:
    """Return which cells, of `CELLS` by name, are so, (seed, digit, unit)."""
    return CELLS[cells](parts).transpose("seed", "digit", "unit")


def predictors(parts: xr.Dataset, costs: xr.Dataset, reference: str) -> dict[str, xr.DataArray]:
    """Return what might predict a digit's loss under a reference, each (seed, digit, unit), by name."""
    vote = xr.apply_ufunc(np.sign, parts["vote"])
    return {
        "selectivity": costs["selectivity"],
        "selectivity, signed": vote * costs["selectivity"],
        "spread × size of vote": parts["class_std"] * abs(parts["vote"]),
        "signed push": signed_pushes.push(parts, reference),
    }


def by_predictor(population: Population) -> pd.DataFrame:
    """Lay out how well each predictor goes along with damage, in both layers.

    Returns
    -------
    pandas.DataFrame
        Columns ``layer``, ``reference``, ``predictor``, ``mean``, ``low`` and ``high``: rank correlations.
    """
    rows = []
    for shown, layer in LAYERS.items():
        parts, costs = signed_pushes.measured(population, layer), ablation_effects.costs(population, layer)
        live, harm = signed_pushes.all_cells(parts), ablation_effects.lost(costs)
        rows += [
            (
                {"layer": shown, "reference": title, "predictor": name},
                signed_pushes.correlations(values, harm.sel(reference=reference), live),
            )
            for reference, title in TITLES.items()
            for name, values in predictors(parts, costs, reference).items()
        ]
    return with_interval(rows)
