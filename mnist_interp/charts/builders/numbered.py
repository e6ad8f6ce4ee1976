"""One number against another, each item drawn as a numbered disk."""

from __future__ import annotations

import altair as alt
import pandas as pd

from mnist_interp.charts.builders.scales import Where, keep, require, span
from mnist_interp.charts.palette import INK, PAPER


def numbered(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    number: str,
    x_title: str,
    y_title: str,
    number_title: str,
    x_format: str = ".2f",
    y_format: str = ".1f",
    where: Where = (),
    title: str = "",
    height: int = 300,
) -> alt.LayerChart:
    """Draw a numbered disk at each pair of numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each thing.
    x, y, number : str
        Columns.
    x_title, y_title, number_title, x_format, y_format : str
        Titles with units, and formats.
    where : str or sequence of str
        Conditions on rows (`charts.where`).
    title : str
        Stands above the chart.
    height : int
        In CSS pixels.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    require(frame, x, y, number)
    scales = [alt.Scale(domain=span(frame[name], margin=0.08), nice=False, zero=False) for name in (x, y)]
    base = keep(alt.Chart(frame), where).encode(
        x=alt.X(x, type="quantitative", title=x_title, scale=scales[0], axis=alt.Axis(format=x_format)),
        y=alt.Y(y, type="quantitative", title=y_title, scale=scales[1], axis=alt.Axis(format=y_format)),
    )
    disks = base.mark_circle(size=230, opacity=1, strokeWidth=1.2).encode(
        fill=alt.value(PAPER.css),
        stroke=alt.value(INK.css),
        tooltip=[
            alt.Tooltip(number, type="nominal", title=number_title),
            alt.Tooltip(x, type="quantitative", title=x_title, format=x_format),
            alt.Tooltip(y, type="quantitative", title=y_title, format=y_format),
        ],
    )
    words = base.mark_text(fontSize=11, fontWeight=700).encode(
        text=alt.Text(number, type="nominal"), color=alt.value(INK.css)
    )
    return alt.LayerChart(layer=[disks, words]).properties(
        width="container", height=height, **({"title": title} if title else {})
    )
