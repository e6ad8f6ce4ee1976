"""The figure of the replication page: the author's accuracies, of unknown seeds, beside those of our seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.replication.rows import Row
from mnist_interp.data import published


def frame(rows: Sequence[Row], own: np.ndarray) -> pd.DataFrame:
    """Lay out test accuracies: ours as one row with its range, then the published ones among the rows."""
    ours = {"run": f"our {len(own)} seeds", "accuracy": own.mean(), "low": own.min(), "high": own.max()}
    theirs = [
        {"run": row.what.removeprefix("test accuracy, %, "), **dict.fromkeys(("accuracy", "low", "high"), value)}
        for row in rows
        if row.what.startswith("test accuracy")
        for value in [published.figure(row.paths[0])]
    ]
    found = pd.DataFrame([ours, *theirs])
    return found.assign(**{name: found[name] / 100 for name in ("accuracy", "low", "high")})


def unseeded(rows: Sequence[Row], own: np.ndarray, *, caption: str, description: str) -> charts.Figure:
    """Show them one below another."""
    shown = frame(rows, own)
    return charts.figure(
        charts.intervals(
            shown,
            category="run",
            value="accuracy",
            lower="low",
            upper="high",
            highlight=shown["run"].iloc[0],
            x_title="test accuracy",
            x_format=".1%",
        ),
        name="unseeded",
        caption=caption,
        description=description,
    )
