"""Which digits lose accuracy when a unit is held at its average: two guesses, in three kinds of networks; a frame."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mnist_interp.chapters.architectures import kinds
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import matched_architectures, unit_selectivity
from mnist_interp.training.runs import Population

FAVORITE, PUSH = "its favorite (selectivity)", "its push"


def of(networks: Mapping[str, Population]) -> pd.DataFrame:
    """Lay out how well selectivities and pushes predict which digits mean ablation hurts, at equal accuracy.

    Parameters
    ----------
    networks : mapping of str to Population
        As of `kinds.populations`.

    Returns
    -------
    pandas.DataFrame
        Columns ``guess`` (`FAVORITE` or `PUSH`), ``network``, ``mean``, ``low`` and ``high``: rank correlations.
    """
    rows = []
    for kind in kinds.KINDS:
        found = matched_architectures.through_training(networks[kind])
        means = found["class_mean"].transpose(..., "digit", "unit")
        guesses = {
            FAVORITE: matched_architectures.predicts(found, unit_selectivity.scores(means), "mean"),
            PUSH: matched_architectures.push_predicts(found).sel(reference="mean"),
        }
        rows += [
            (
                {"guess": name, "network": kind},
                matched_architectures.at(rho, found["accuracy"], matched_architectures.MATCHED).to_numpy(),
            )
            for name, rho in guesses.items()
        ]
    frame = with_interval(rows)
    return frame.sort_values("guess", key=lambda names: names == PUSH, kind="stable", ignore_index=True)
