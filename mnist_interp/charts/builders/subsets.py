"""All subsets of some units by size and score, counted in a grid, with a path among them and the reader's own."""

from __future__ import annotations

import altair as alt
import pandas as pd

from mnist_interp.charts.builders.scales import Where, keep, quantized, require, span
from mnist_interp.charts.palette import INK, PAPER, SERIES


def subsets(
    frame: pd.DataFrame,
    path: pd.DataFrame,
    *,
    size: str,
    score: str,
    count: str,
    own: tuple[str, str],
    size_title: str,
    score_title: str,
    count_title: str,
    path_name: str,
    path_tips: dict[str, str],
    score_format: str = ".0%",
    where: Where = (),
    path_where: Where = (),
    height: int = 420,
) -> alt.LayerChart:
    """Draw a grid of counts, a column for each size, with one subset of each size on it, and the reader's own.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each cell that is not empty: its size, edges `score` and `score` + "2", and `count`.
    path : pandas.DataFrame
        One row for each marked subset: columns `size`, `score`, `path_name` and those of `path_tips`.
    size, score, count : str
        Columns.
    own : (str, str)
        States that hold the size and the score of the reader's own subset.
    size_title, score_title, count_title, score_format : str
        Titles with units, and the format of scores.
    path_name : str
        Column that says by what the marked subsets were chosen.
    path_tips : dict of str to str
        Further columns of numbers that a tooltip says, and their titles.
    where, path_where : str or sequence of str
        Conditions on rows of the two frames (`charts.where`).
    height : int
        In CSS pixels.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    require(frame, size, score, f"{score}2", count)
    require(path, size, score, path_name, *path_tips)
    ground, _, key = quantized(frame[count], "sequential", (0, 1), count_title)
    low, high = span(frame[size])
    scale = alt.Scale(domain=[low - 0.6, high + 0.6], nice=False, zero=False)
    axis = alt.Axis(grid=False, tickMinStep=1, format="d")
    across = alt.X(size, type="quantitative", title=size_title, scale=scale, axis=axis)
    up = alt.Y(
        score,
        type="quantitative",
        title=score_title,
        scale=alt.Scale(domain=span(frame[score], frame[f"{score}2"], margin=0.02), nice=False, zero=False),
        axis=alt.Axis(format=score_format, grid=False),
    )
    cells = (
        keep(alt.Chart(frame), where)
        .transform_calculate(left=f"datum[{size!r}] - 0.46", right=f"datum[{size!r}] + 0.46")
        .mark_rect(stroke=None)
        .encode(
            x=alt.X("left", type="quantitative", title=size_title, scale=scale, axis=axis),
            x2="right",
            y=up,
            y2=f"{score}2",
            fill=alt.Fill(count, type="quantitative", scale=ground),
        )
    )
    tip = [
        alt.Tooltip(path_name, type="nominal", title=" "),
        alt.Tooltip(size, type="quantitative", title=size_title),
        alt.Tooltip(score, type="quantitative", title=score_title, format=".1%"),
        *(alt.Tooltip(name, type="quantitative", title=title, format=".1f") for name, title in path_tips.items()),
    ]
    base = keep(alt.Chart(path), path_where).encode(x=across, y=up)
    line = base.mark_line(strokeWidth=1.5).encode(color=alt.value(INK.css))
    disks = base.mark_circle(size=60, opacity=1, strokeWidth=1.5).encode(
        fill=alt.value(PAPER.css), stroke=alt.value(INK.css), tooltip=tip
    )
    mark = (
        alt.Chart(pd.DataFrame({"own": [0]}))
        .transform_calculate(**{size: own[0], score: own[1]})
        .mark_point(shape="diamond", size=300, opacity=1, filled=True, strokeWidth=2)
        .encode(x=across, y=up, fill=alt.value(SERIES[1].css), stroke=alt.value(PAPER.css))
    )
    return alt.LayerChart(layer=[cells, line, disks, mark]).properties(
        width="container", height=height, usermeta={"mi": {"ramp": key}}
    )
