"""How many units are needed: scores of subsets by their size, as lines with bands, and in the published orders."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from mnist_interp.data import published
from mnist_interp.experiments import ordered_subsets, subset_sizes
from mnist_interp.runtime import parallel
from mnist_interp.training.runs import Run

ORDERS = {"by hand": "order_by_hand", "by selectivity": "order_by_times_among_top3_selective"}
RANDOM = "random, median"
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


def published_orders(run: Run, drawn: pd.DataFrame) -> pd.DataFrame:
    """Return the silhouette by number of neurons in the two orders of which the notebooks draw it.

    Parameters
    ----------
    run : Run
        The published network.
    drawn : pandas.DataFrame
        `lines` of it alone.

    Returns
    -------
    pandas.DataFrame
        Rows by number of ``neurons kept``; columns `ORDERS`, on all test images, ``difference`` of the two, and
        `RANDOM`, the median of random subsets on fewer.
    """
    known = published.figure("more.silhouette_against_size")
    sizes = known["sizes"]
    found = {
        name: ordered_subsets.silhouettes(run, known[order], sizes)["silhouette"] for name, order in ORDERS.items()
    }
    frame = pd.DataFrame(found, index=pd.Index(sizes, name="neurons kept"))
    frame["difference"] = frame["by hand"] - frame["by selectivity"]
    random = drawn[(drawn["score"] == "silhouette") & (drawn["chosen"] == "random")]
    frame[RANDOM] = random.set_index("size")["value"].loc[sizes]
    return frame


def shown(silhouettes: pd.DataFrame) -> pd.DataFrame:
    """Return `published_orders` as it is to be read: three digits, and a minus sign that is one."""
    return silhouettes.map(lambda value: f"{value:.3f}".replace("-", "−"))
