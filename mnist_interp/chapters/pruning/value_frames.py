"""What a unit is worth in all subsets, against scores of the unit alone."""

from __future__ import annotations

import pandas as pd
import xarray as xr
from scipy.stats import spearmanr

from mnist_interp.chapters.pruning.oracle_frames import REFERENCES
from mnist_interp.experiments import pruning_oracle, pruning_plans
from mnist_interp.experiments.pruning_plans import READOUT, SELECTIVITY, SINGLE, SPREAD
from mnist_interp.training.runs import Population

MEASURES = (SELECTIVITY, SINGLE, READOUT, SPREAD)
VALUES = {"Shapley": "shapley", "Banzhaf": "banzhaf"}


def values(population: Population) -> xr.Dataset:
    """Return ``shapley`` and ``banzhaf`` (seed, reference, unit) of test images, and ``score`` (..., measure)."""
    found = []
    for reference in REFERENCES.values():
        oracle = pruning_oracle.measured(population, reference).sel(split="test")
        score = pruning_plans.measured(population, reference)["score"].sel(plan=list(MEASURES))
        found.append(oracle[list(VALUES.values())].assign(score=score.rename(plan="measure")))
    return xr.concat(found, xr.Variable("reference", list(REFERENCES.values())))


def units(found: xr.Dataset) -> pd.DataFrame:
    """Lay out one network's `values`.

    Returns
    -------
    pandas.DataFrame
        Columns ``reference``, ``worth`` (of `VALUES`), ``measure``, ``unit``, ``x``, its measure, and ``y``, its value
        in points of accuracy.
    """
    rows = []
    for reference in found["reference"].to_numpy().tolist():
        of_one = found.sel(reference=reference)
        for worth, name in VALUES.items():
            for measure in MEASURES:
                own = pd.DataFrame(
                    {
                        "reference": reference,
                        "worth": worth,
                        "measure": measure,
                        "unit": of_one["unit"].to_numpy(),
                        "x": of_one["score"].sel(measure=measure).to_numpy(),
                        "y": 100 * of_one[name].to_numpy(),
                    }
                )
                rows.append(own)
    return pd.concat(rows, ignore_index=True)


def correlations(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rank correlation of `units` by reference, value and measure, in column ``rank_correlation``."""
    by = frame.groupby(["reference", "worth", "measure"], sort=False)
    return (
        by[["x", "y"]]
        .apply(lambda rows: spearmanr(rows["x"], rows["y"]).statistic)
        .rename("rank_correlation")
        .reset_index()
    )


def sentences(correlated: pd.DataFrame) -> pd.DataFrame:
    """Return a sentence for each reference and value: columns ``reference``, ``worth`` and ``text``."""
    rows = []
    for (reference, worth), own in correlated.groupby(["reference", "worth"], sort=False):
        listed = ", ".join(f"{one.measure} {one.rank_correlation:.2f}" for one in own.itertuples())
        text = f"Rank correlation with {worth} values: {listed.replace('-', '−')}."
        rows.append({"reference": reference, "worth": worth, "text": text})
    return pd.DataFrame(rows)


def over_networks(found: xr.Dataset) -> xr.DataArray:
    """Return the rank correlation of Shapley value and measure, (seed, reference, measure)."""
    return xr.apply_ufunc(
        lambda one, other: spearmanr(one, other).statistic,
        found["shapley"],
        found["score"],
        input_core_dims=[["unit"], ["unit"]],
        vectorize=True,
    )
