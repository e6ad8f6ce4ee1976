"""Ten lines in the digits' colors, one per digit, over doses or times."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from mnist_interp.charts.builders import names
from mnist_interp.charts.builders.scales import Where, digit_scale, keep, require, require_digits, span
from mnist_interp.charts.palette import MUTED


def digit_lines(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    digit: str = "digit",
    x_title: str,
    y_title: str,
    y_format: str = ".3~g",
    y_domain: tuple[float, float] | None = None,
    reference: float | None = None,
    where: Where = (),
    title: str = "",
    height: int = 320,
) -> alt.LayerChart:
    """Draw a line for each digit, with the digit beside its end.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each digit and x (and state).
    x, y, digit : str
        Columns of numbers, and of the digit.
    x_title, y_title, y_format : str
        The axes' titles, with units; the format of y.
    y_domain : (float, float), optional
        From where to where the axis of y reaches; all of the data if not given.
    reference : float, optional
        Value of x where an upright line stands, such as the dose of the untouched network.
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
    require(frame, x, y)
    require_digits(frame, digit)
    low, high = span(frame[x])
    domain = list(y_domain or span(frame[y], margin=0.04))
    y_scale = alt.Scale(domain=domain, nice=False, zero=False)
    about: dict[str, Any] = {"reach": lambda _: domain, "height": height, "titled": bool(title)}
    named = names.names(frame, x=x, y=y, series=digit, conditions=where, **about)
    x_scale = alt.Scale(domain=[low, high], rangeMax=named.x_range, nice=False, zero=False)
    across = alt.X(x, type="quantitative", title=x_title, scale=x_scale)
    up = alt.Y(y, type="quantitative", title=y_title, scale=y_scale, axis=alt.Axis(format=y_format))
    color = alt.Color(digit, type="ordinal", scale=digit_scale())
    base = keep(alt.Chart(frame), where).encode(x=across, color=color)
    tip = [
        alt.Tooltip(digit, type="ordinal", title="digit"),
        alt.Tooltip(x, type="quantitative", title=x_title, format=".3~g"),
        alt.Tooltip(y, type="quantitative", title=y_title, format=y_format),
    ]
    layers = [
        base.mark_line(clip=True).encode(y=up),
        base.mark_point(size=70, opacity=0, filled=True, clip=True).encode(y=up, tooltip=tip),
        *named.layers(base, up),
    ]
    if reference is not None:
        line = alt.Chart(pd.DataFrame({x: [reference]}))
        layers.insert(0, line.mark_rule(color=MUTED.css, strokeDash=[3, 3]).encode(x=across))
    return alt.LayerChart(layer=layers).properties(
        width="container", height=height, **({"title": title} if title else {})
    )
