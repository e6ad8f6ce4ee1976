"""How many units are needed: scores of subsets by their size, as lines with bands."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from mnist_interp.experiments import subset_sizes
from mnist_interp.runtime import parallel
from mnist_interp.training.runs import Run

_COLUMNS = ["network", "size", "score", "chosen", "value", "low", "high"]


def lines(runs: Mapping[str, Run]) -> pd.DataFrame:
    """Lay out networks by size, as lines with bands.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``size``, ``score`` ("silhouette" or "accuracy"), ``chosen`` ("random" or "grown for
        silhouette"), ``value``, and ``low`` and ``high``, worst and best of the random ones.
    """
    measured = parallel.each(subset_sizes.measure, ((run,) for run in runs.values()))
    return pd.concat(
        [_of_one(found).assign(network=name)[_COLUMNS] for name, found in zip(runs, measured, strict=True)],
        ignore_index=True,
    )


def _of_one(found: xr.Dataset) -> pd.DataFrame:
    drawn = {
        "random": {"value": "median", "low": "worst", "high": "best"},
        "grown for silhouette": dict.fromkeys(("value", "low", "high"), subset_sizes.GROWN),
    }
    rows = []
    for size in found["size"].to_numpy().tolist():
        for score, by_chosen in found.sel(size=size).items():
            for chosen, columns in drawn.items():
                values = {column: float(by_chosen.sel(chosen=label)) for column, label in columns.items()}
                rows.append({"size": size, "score": score, "chosen": chosen, **values})
    return pd.DataFrame(rows)
