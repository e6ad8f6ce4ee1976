"""Plans against the oracle as frames: percentile and regret, means over networks with their intervals."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import pruning_plans
from mnist_interp.experiments.pruning_plans import INVERSE, KEPT, PLANS
from mnist_interp.training.runs import Population

SIZES = (4, 8, 12)
SCORES = {"percentile": 1, "regret": 100}
ENDS = {"the highest": "", "the lowest": INVERSE}


def ordered(found: xr.Dataset) -> list[str]:
    """Return the plans by their mean regret at eight, the least first."""
    regret = found["regret"].sel(plan=list(PLANS), size=KEPT).mean("seed")
    return regret["plan"].to_numpy()[regret.argsort().to_numpy()].tolist()


def by_plan(measured: dict[str, xr.Dataset]) -> pd.DataFrame:
    """Lay out `pruning_plans.measured` by reference.

    Returns
    -------
    pandas.DataFrame
        Columns ``reference``, ``size`` (of `SIZES`), ``kept`` ("the highest" or "the lowest" score), ``plan``,
        ``score`` ("percentile", or "regret" in points), ``mean``, ``low`` and ``high``. Plans come in the order of
        their regret at eight under the first reference.
    """
    plans = ordered(next(iter(measured.values())))
    return with_interval(
        (
            {"reference": reference, "size": size, "kept": kept, "plan": plan, "score": score},
            times * found[score].sel(plan=before + plan, size=size).to_numpy(),
        )
        for plan in plans
        for reference, found in measured.items()
        for size in SIZES
        for kept, before in ENDS.items()
        for score, times in SCORES.items()
    )


def measured(population: Population, references: Iterable[str]) -> dict[str, xr.Dataset]:
    """Return `pruning_plans.measured` of a population by reference."""
    return {reference: pruning_plans.measured(population, reference) for reference in references}
