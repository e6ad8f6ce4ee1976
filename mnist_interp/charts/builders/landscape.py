"""Thousands of things by two numbers, counted in a grid, with a few of them named."""

from __future__ import annotations

import altair as alt
import pandas as pd

from mnist_interp.charts.builders.scales import Where, keep, quantized, require, span
from mnist_interp.charts.palette import INK, PAPER, SERIES


def landscape(
    frame: pd.DataFrame,
    named: pd.DataFrame,
    *,
    x: str,
    y: str,
    name: str,
    short: str,
    count: str = "count",
    selected: str | None = None,
    x_title: str,
    y_title: str,
    count_title: str,
    named_title: str,
    x_format: str = ".2f",
    y_format: str = ".0%",
    where: Where = (),
    title: str = "",
    height: int = 380,
) -> alt.LayerChart:
    """Draw a grid of counts, with the named things on top.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each cell that is not empty: its edges in columns `x`, `x` + "2", `y`, `y` + "2", and `count`.
    named : pandas.DataFrame
        One row for each named thing: columns `x`, `y`, `name`, and `short`, one or two characters drawn at its place.
    x, y, name, short, count : str
        Columns.
    selected : str, optional
        State that a `Tap` sets to a name; that one is filled.
    x_title, y_title, count_title, named_title, x_format, y_format : str
        Titles with units, and formats.
    where : str or sequence of str
        Conditions on the rows of both frames (`charts.where`).
    title : str
        Stands above the chart.
    height : int
        In CSS pixels.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    require(frame, x, f"{x}2", y, f"{y}2", count)
    require(named, x, y, name, short)
    ground, _, key = quantized(frame[count], "sequential", None, count_title)
    domains = [span(frame[at], frame[f"{at}2"], named[at], margin=0.03) for at in (x, y)]
    scales = [alt.Scale(domain=domain, nice=False, zero=False) for domain in domains]
    across = alt.X(x, type="quantitative", title=x_title, scale=scales[0], axis=alt.Axis(format=x_format, grid=False))
    up = alt.Y(y, type="quantitative", title=y_title, scale=scales[1], axis=alt.Axis(format=y_format, grid=False))
    cells = (
        keep(alt.Chart(frame), where)
        .mark_rect(stroke=None)
        .encode(x=across, x2=f"{x}2", y=up, y2=f"{y}2", fill=alt.Fill(count, type="quantitative", scale=ground))
    )
    tip = [
        alt.Tooltip(name, type="nominal", title=named_title),
        alt.Tooltip(x, type="quantitative", title=x_title, format=x_format),
        alt.Tooltip(y, type="quantitative", title=y_title, format=y_format),
    ]
    base = keep(alt.Chart(named), where).encode(x=across, y=up)
    chosen = "false" if selected is None else f"datum[{name!r}] === {selected}"
    disks = base.mark_circle(size=230, opacity=1, strokeWidth=1.5).encode(
        fill=alt.condition(chosen, alt.value(SERIES[1].css), alt.value(PAPER.css)),
        stroke=alt.value(INK.css),
        tooltip=tip,
    )
    words = base.mark_text(fontSize=11, fontWeight=700).encode(
        text=alt.Text(short, type="nominal"),
        color=alt.condition(chosen, alt.value(PAPER.css), alt.value(INK.css)),
    )
    return alt.LayerChart(layer=[cells, disks, words]).properties(
        width="container", height=height, usermeta={"mi": {"ramp": key}}, **({"title": title} if title else {})
    )
