"""Frames: kinds of neurons through training, and how well the published network's are matched in other seeds."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from mnist_interp.experiments import unit_selectivity
from mnist_interp.training.runs import Population

KINDS = {
    "selective": "selective or shared",
    "shared": "selective or shared",
    "broad": "broad or always on",
    "always on": "broad or always on",
    "sparse": "sparse or dead",
    "dead": "sparse or dead",
}


def over_training(population: Population) -> pd.DataFrame:
    """Return numbers of neurons by ``layer``, ``kind``, ``epoch``: ``middle`` (mean), ``low``, ``high`` over seeds."""
    counts = unit_selectivity.statuses_over_training(population)
    counts["kind"] = counts["status"].map(KINDS)
    by_seed = counts.groupby(["layer", "kind", "seed", "epoch"], sort=False)["units"].sum().reset_index()
    over_seeds = by_seed.groupby(["layer", "kind", "epoch"], sort=False)["units"]
    return over_seeds.agg(middle="mean", low="min", high="max").reset_index()


def living_matches(matches: xr.Dataset, active: xr.DataArray) -> pd.DataFrame:
    """Return how well each active neuron of layer 2 is matched in other seeds, the best matched first.

    Parameters
    ----------
    matches : xarray.Dataset
        From `unit_selectivity.matches`.
    active : xarray.DataArray
        Share of training images on which the published network's neurons are active, (unit).

    Returns
    -------
    pandas.DataFrame
        ``neuron``; ``match``, ``low``, ``high``, the mean and range over seeds; ``rotated``, the mean with the
        seed's class means rotated over its units.
    """
    trained = matches["trained"]
    frame = pd.DataFrame(
        {
            "neuron": [f"neuron {unit}" for unit in matches["unit"].to_numpy()],
            "match": trained.mean("seed").to_numpy(),
            "low": trained.min("seed").to_numpy(),
            "high": trained.max("seed").to_numpy(),
            "rotated": matches["rotated"].mean("seed").to_numpy(),
        }
    )
    return frame[active.to_numpy() > 0].sort_values("match", ascending=False)
