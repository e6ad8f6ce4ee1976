"""One number against another, one point per item, drawn as its digit if it belongs to one."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from mnist_interp.charts.builders.scales import Where, digit_scale, keep, require, require_digits, span


def points(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    digit: str = "digit",
    named: str,
    x_title: str,
    y_title: str,
    named_title: str,
    x_format: str = ".2f",
    y_format: str = ".3~g",
    y_linear_within: float | None = None,
    where: Where = (),
    title: str = "",
    height: int = 340,
) -> alt.Chart:
    """Draw a digit at each pair of numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each point.
    x, y : str
        Columns of numbers.
    digit : str
        Column of the digit that a point belongs to.
    named : str
        Column that names a point in its tooltip.
    x_title, y_title, named_title, x_format, y_format : str
        Titles with units, and formats.
    y_linear_within : float, optional
        Beyond plus and minus this number y is drawn on a logarithmic scale; nowhere unless told.
    where : str or sequence of str
        Conditions on rows (`charts.where`).
    title : str
        Stands above the chart.
    height : int
        In CSS pixels.

    Raises
    ------
    ValueError
        If a column is missing, or the digits are not 0 to 9 as integers.
    """
    require(frame, x, y, named)
    require_digits(frame, digit)
    scales = [alt.Scale(domain=span(frame[name], margin=0.05), nice=False, zero=False) for name in (x, y)]
    ticks: Any = alt.Undefined
    if y_linear_within is not None:
        scales[1] = alt.Scale(domain=span(frame[y], margin=0.05), nice=False, type="symlog", constant=y_linear_within)
        decades = y_linear_within * 10.0 ** np.arange(6)
        low, high = scales[1].domain
        ticks = [tick for tick in (*-decades[::-1], 0.0, *decades) if low <= tick <= high]
    drawn = keep(alt.Chart(frame), where).mark_text(fontSize=12, fontWeight=600)
    return drawn.encode(
        x=alt.X(x, type="quantitative", title=x_title, scale=scales[0]),
        y=alt.Y(y, type="quantitative", title=y_title, scale=scales[1], axis=alt.Axis(format=y_format, values=ticks)),
        color=alt.Color(digit, type="ordinal", scale=digit_scale()),
        text=alt.Text(digit, type="ordinal"),
        tooltip=[
            alt.Tooltip(named, type="nominal", title=named_title),
            alt.Tooltip(digit, type="ordinal", title="digit"),
            alt.Tooltip(x, type="quantitative", title=x_title, format=x_format),
            alt.Tooltip(y, type="quantitative", title=y_title, format=y_format),
        ],
    ).properties(width="container", height=height, **({"title": title} if title else {}))
