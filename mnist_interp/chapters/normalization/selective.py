"""How selective layer 2's neurons are on each rung, and what a LayerNorm imposed afterward does to the ruler."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.chapters.normalization import ladder
from mnist_interp.experiments import specialization
from mnist_interp.training.runs import Population

FAST, IMPOSED = "plain, best rate", "LayerNorm imposed"
SCORES = ("index", "auroc")


def scores(rungs: Mapping[str, Population], fast: Population, standardized: Population) -> pd.DataFrame:
    """Lay out scores of live units of layer 2, averaged over each network.

    Parameters
    ----------
    rungs : mapping of str to Population
        Of the ladder, by name.
    fast : Population
        Plain pixels at their best rate.
    standardized : Population
        Trained without LayerNorm, which is imposed on them.

    Returns
    -------
    pandas.DataFrame
        Columns ``rung``, ``score`` of `SCORES`, ``state`` ("untrained", "trained"), ``mean``, ``low`` and ``high``.
    """
    found: dict[str, xr.Dataset] = {ladder.name(rung): specialization.summary(one) for rung, one in rungs.items()}
    found |= {FAST: specialization.summary(fast), IMPOSED: specialization.imposed(standardized)}
    return with_interval(
        (
            {"rung": rung, "score": score, "state": state},
            specialization.over_live(scored, score, "relu2").sel(state=state).to_numpy(),
        )
        for rung, scored in found.items()
        for score in SCORES
        for state in specialization.STATES
    )
