"""The figures of heads: their costs against other directions, and what they do along paths, from `head_frames`."""

from __future__ import annotations

import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.architectures.head_frames import REFERENCES
from mnist_interp.charts import where


def heads(single: pd.DataFrame, by_place: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return what heads cost, from `head_frames.single_heads` and `by_place`."""
    titles = list(REFERENCES.values())
    return charts.figure(
        [
            charts.bars(
                single.assign(head="head " + single["head"]),
                category="head",
                value="lost",
                x_title="accuracy lost",
                x_format=".1%",
                where=where.equals("reference", "reference"),
                title="one network’s heads",
            ),
            charts.curve(
                by_place,
                x="place",
                y="mean",
                series="part",
                band=("low", "high"),
                x_title="rank, most missed first",
                y_title="accuracy lost with it held at its mean",
                y_format=".0%",
            ),
        ],
        name="heads",
        columns=2,
        wide=True,
        controls=[charts.Choose("reference", charts.named(titles), title="In A, replaced by")],
        caption=caption,
        description=description,
    )


def paths(found: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return how often a patch changes the answer, from `head_frames.paths`."""
    return charts.figure(
        charts.intervals(
            found,
            category="patched",
            value="mean",
            lower="low",
            upper="high",
            x_title="pairs whose answer becomes the source’s",
            x_format=".0%",
            reference=0,
            highlight="best head",
        ),
        name="paths",
        columns=1,
        caption=caption,
        description=description,
    )
