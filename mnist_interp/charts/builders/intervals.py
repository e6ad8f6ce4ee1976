"""Estimates with their intervals, one below the other (a forest plot), and bars that start at zero."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from mnist_interp.charts.builders.scales import Where, keep, require, span
from mnist_interp.charts.palette import DIGITS, INK, MUTED, SERIES, Color

_ROW, _DENSE_ROW, _DENSE = 26, 19, 15
_BESIDE = 44  # room for a value beyond the longest bar, in CSS pixels


def _rows(
    frame: pd.DataFrame, category: str, category_title: str, where: Where, highlight: Any = None
) -> tuple[alt.Chart, int]:
    order = frame[category].drop_duplicates().tolist()
    marked = {"test": f"datum.value === {json.dumps(highlight)}", "value": 700}
    weight: Any = alt.Undefined if highlight is None else {"condition": marked, "value": 400}
    base = keep(alt.Chart(frame), where).encode(
        y=alt.Y(
            category,
            type="nominal",
            title=category_title or None,
            sort=None,
            scale=alt.Scale(domain=order),
            axis=alt.Axis(
                labelFontSize=12, labelFontWeight=weight, labelColor=INK.css, labelLimit=220, labelOverlap=False
            ),
        )
    )
    return base, (_ROW if len(order) <= _DENSE else _DENSE_ROW) * len(order) + 60


def _colors(
    frame: pd.DataFrame, category: str, highlight: Any = None, given: Mapping[Any, Color] | None = None
) -> alt.Color:
    order = frame[category].drop_duplicates().tolist()
    if given is not None:
        return alt.Color(
            category, type="nominal", scale=alt.Scale(domain=order, range=[given[name].css for name in order])
        )
    digits = [value for value in order if str(value) in "0123456789" and str(value)]
    named = [DIGITS[int(v)].css if v in digits else SERIES[v == highlight].css for v in order]
    return alt.Color(category, type="nominal", scale=alt.Scale(domain=order, range=named))


def intervals(
    frame: pd.DataFrame,
    *,
    category: str,
    value: str,
    lower: str,
    upper: str,
    x_title: str,
    category_title: str = "",
    x_format: str = ".3~g",
    reference: float | None = None,
    highlight: Any = None,
    colors: Mapping[Any, Color] | None = None,
    where: Where = (),
    title: str = "",
) -> alt.LayerChart:
    """Draw a dot and its interval for each category, in the frame's order.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each category.
    category, value, lower, upper : str
        Columns of the name, of the estimate, and of its interval's ends.
    x_title, category_title, x_format : str
        The axes' titles, with units; the format of values.
    reference : float, optional
        Where a line stands, such as the null's value.
    highlight : optional
        The category to mark among the others, by its color and the weight of its name.
    colors : mapping of value to Color, optional
        The color of each category, where it stands for the same in other figures.
    where : str or sequence of str
        Conditions on rows (`charts.where`).
    title : str
        Stands above the chart.

    Raises
    ------
    ValueError
        If a column is missing, or the highlighted category is not there.
    """
    require(frame, category, value, lower, upper)
    if highlight is not None and highlight not in frame[category].tolist():
        raise ValueError(f"cannot highlight {highlight!r}: {category!r} has {frame[category].tolist()[:5]}, ...")
    base, height = _rows(frame, category, category_title, where, highlight)
    ends = [*span(frame[lower], frame[upper]), *([] if reference is None else [reference])]
    reach = (max(ends) - min(ends) or 1.0) * 0.04
    scale = alt.Scale(domain=[min(ends) - reach, max(ends) + reach], zero=False)
    # On a phone names take half the width, and a title in the middle of the rest would run over the edge.
    axis = alt.Axis(format=x_format, grid=True, titleAnchor="end")
    across = alt.X(value, type="quantitative", title=x_title, scale=scale, axis=axis)
    color = _colors(frame, category, highlight, colors)
    layers: list[alt.Chart] = []
    if reference is not None:
        line = alt.Chart(pd.DataFrame({value: [reference]}))
        layers.append(line.mark_rule(color=MUTED.css, strokeDash=[3, 3]).encode(x=across))
    layers.append(
        base.mark_rule(strokeWidth=3, opacity=0.55, strokeCap="round").encode(
            x=alt.X(lower, type="quantitative", scale=scale, title=x_title), x2=upper, color=color
        )
    )
    tip = [
        alt.Tooltip(category, type="nominal", title=category_title or " "),
        alt.Tooltip(value, type="quantitative", title=x_title, format=x_format),
        alt.Tooltip(lower, type="quantitative", title="from", format=x_format),
        alt.Tooltip(upper, type="quantitative", title="to", format=x_format),
    ]
    layers.append(base.mark_circle(size=70, opacity=1).encode(x=across, color=color, tooltip=tip))
    return alt.LayerChart(layer=layers).properties(
        width="container", height=height, **({"title": title} if title else {})
    )


def bars(
    frame: pd.DataFrame,
    *,
    category: str,
    value: str,
    x_title: str,
    category_title: str = "",
    x_format: str = ".3~g",
    where: Where = (),
    title: str = "",
) -> alt.LayerChart:
    """Draw a bar from zero for each category with its value beside its end; parameters as of `intervals`."""
    require(frame, category, value)
    base, height = _rows(frame, category, category_title, where)
    low, high = span(frame[value])
    scale = alt.Scale(
        domain=[min(low, 0), max(high, 0)],
        nice=False,
        rangeMin=_BESIDE if low < 0 else 0,
        rangeMax=alt.ExprRef(f"width - {_BESIDE}") if high > 0 else "width",
    )
    across = alt.X(value, type="quantitative", title=x_title, scale=scale, axis=None)
    tip = [
        alt.Tooltip(category, type="nominal", title=category_title or " "),
        alt.Tooltip(value, type="quantitative", title=x_title, format=x_format),
    ]
    drawn = base.mark_bar(height={"band": 0.68}, cornerRadiusEnd=2).encode(
        x=across, color=_colors(frame, category), tooltip=tip
    )
    negative = f"datum[{json.dumps(value)}] < 0"
    beside = base.mark_text(
        align=alt.ExprRef(f"{negative} ? 'right' : 'left'"), dx=alt.ExprRef(f"{negative} ? -5 : 5"), fontSize=11.5
    ).encode(x=across, text=alt.Text(value, type="quantitative", format=x_format), color=alt.value(MUTED.css))
    return alt.LayerChart(layer=[drawn, beside]).properties(
        width="container", height=height, **({"title": title} if title else {})
    )
