"""The figures of the toolbox page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp import charts
from mnist_interp.methods.references import TITLES


def units(areas: np.ndarray, null: np.ndarray, *, caption: str, description: str) -> charts.Figure:
    """Draw each unit's best AUROC beside what permuted labels give.

    Parameters
    ----------
    areas : numpy.ndarray of shape (n_classes, n_units)
        From `selectivity.auroc`.
    null : numpy.ndarray of shape (repeats, n_classes, n_units)
        From `permutation_null.auroc`.
    caption, description : str
        Of the figure.
    """
    best = areas.max(0)
    chance = np.quantile(null.max(1), [0.5, 0.05, 0.95], axis=0)
    order = np.argsort(-best, kind="stable")
    names = [f"unit {unit}" for unit in order]
    rows = pd.DataFrame({"unit": names, "value": best[order], "low": best[order], "high": best[order]})
    middle, low, high = chance[:, order]
    permuted = pd.DataFrame({"unit": names, "value": middle, "low": low, "high": high})
    columns: dict[str, Any] = {
        "category": "unit",
        "value": "value",
        "lower": "low",
        "upper": "high",
        "x_title": "AUROC of the best class",
    }
    panels = [
        charts.intervals(rows, **columns, reference=0.5, title="as trained"),
        charts.intervals(permuted, **columns, reference=0.5, title="permuted labels"),
    ]
    return charts.figure(panels, name="units", columns=2, caption=caption, description=description)


def losses(lost: xr.DataArray, *, caption: str, description: str) -> charts.Figure:
    """Draw what each class loses without each unit, (reference, unit, class), one reference at a time."""
    frame = lost.rename("lost").to_dataframe().reset_index()
    frame["unit"] = frame["unit"].astype(str)
    panel = charts.heatmap(
        frame,
        x="class",
        y="unit",
        value="lost",
        x_title="digit",
        y_title="unit taken out",
        value_title="accuracy lost",
        value_format="+.0%",
        spread="harm",
        domain=(-1, 1),
        where=charts.where.equals("reference", "reference"),
        height=420,
    )
    options = {TITLES[name]: name for name in lost["reference"].to_numpy().tolist()}
    return charts.figure(
        panel,
        name="losses",
        controls=[charts.Choose("reference", options, title="Replaced by")],
        caption=caption,
        description=description,
    )


def doses(found: xr.Dataset, *, caption: str, description: str) -> charts.Figure:
    """Draw accuracy and logits by dose, a line a digit, for a unit to choose, from `interventions.dose_response`."""
    frame = found.rename({"class": "digit"}).to_dataframe().reset_index()
    chosen = charts.where.equals("unit", "unit")
    columns: dict[str, Any] = {"x": "dose", "x_title": "times its activation", "reference": 1, "where": chosen}
    return charts.figure(
        [
            charts.digit_lines(frame, y="accuracy", y_title="accuracy", y_format=".0%", y_domain=(0, 1), **columns),
            charts.digit_lines(frame, y="logits", y_title="mean logit", **columns),
        ],
        name="doses",
        columns=2,
        controls=[
            charts.Choose("unit", {f"unit {unit}": unit for unit in found["unit"].to_numpy().tolist()}, title="Unit")
        ],
        caption=caption,
        description=description,
    )
