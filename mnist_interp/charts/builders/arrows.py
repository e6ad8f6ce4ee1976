"""Arrows from the origin of a plane, each with its name at its tip, and a circle of radius 1."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from mnist_interp.charts.builders.scales import Where, keep, require
from mnist_interp.charts.palette import INK, RULE, SERIES

_SHORT = 0.12  # of the reach: a shorter arrow has no room for head and name
_BEYOND = 0.1  # of the reach, from an arrow's tip to its name


def _domain(reach: float, side: str, other: str) -> alt.Scale:
    """Return a scale whose unit is as long on both sides of the picture, so that circles are round."""
    far = f"{reach:.4f} * max(1, {side} / {other})"
    ends = {"domainMin": alt.ExprRef(f"-{far}"), "domainMax": alt.ExprRef(far)}
    return alt.Scale(**ends, nice=False, zero=False)


def arrows(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    name: str,
    x_title: str,
    y_title: str,
    name_title: str,
    where: Where = (),
    title: str = "",
) -> alt.LayerChart:
    """Draw an arrow from the origin to each place.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each arrow.
    x, y, name : str
        Columns of its tip, and of what stands there: a letter or two. An arrow too short for it has none.
    x_title, y_title, name_title : str
        Titles of the axes, and of the name in the tooltip.
    where : str or sequence of str
        Conditions on rows (`charts.where`).
    title : str
        Stands above the chart.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    require(frame, x, y, name)
    length = np.hypot(frame[x], frame[y])
    reach = max(1.0, float(length.max())) * (1 + 2 * _BEYOND)
    wide, high = (_domain(reach, *sides) for sides in (("width", "height"), ("height", "width")))
    beyond = 1 + _BEYOND * reach / length.where(length > 0, 1)
    drawn = frame.assign(
        from_x=0,
        from_y=0,
        length=length,
        beyond_x=frame[x] * beyond,
        beyond_y=frame[y] * beyond,
        turned=90 - np.degrees(np.arctan2(frame[y], frame[x])),
    )
    axis = alt.Axis(values=[-1, 0, 1], grid=True, titleAnchor="end")

    def across(field: str) -> Any:
        return alt.X(field, type="quantitative", title=x_title, scale=wide, axis=axis)

    def up(field: str) -> Any:
        return alt.Y(field, type="quantitative", title=y_title, scale=high, axis=axis)

    around = np.linspace(0, 2 * np.pi, 73)
    circle = alt.Chart(pd.DataFrame({"around": around, x: np.cos(around), y: np.sin(around)}))
    base = keep(alt.Chart(drawn), where)
    long = base.transform_filter(f"datum.length > {_SHORT * reach:.4f}")
    tip = [
        alt.Tooltip(name, type="nominal", title=name_title),
        alt.Tooltip("length", type="quantitative", title="length", format=".2f"),
    ]
    return alt.LayerChart(
        layer=[
            circle.mark_line(color=RULE.css, strokeWidth=1.5).encode(x=across(x), y=up(y), order="around:Q"),
            base.mark_rule(strokeWidth=2.5, color=SERIES[0].css, strokeCap="round").encode(
                x=across("from_x"), y=up("from_y"), x2=x, y2=y, tooltip=tip
            ),
            long.mark_point(shape="triangle-up", size=90, filled=True, opacity=1, color=SERIES[0].css).encode(
                x=across(x), y=up(y), angle=alt.Angle("turned", type="quantitative", scale=None), tooltip=tip
            ),
            long.mark_text(fontSize=14, fontWeight=700, color=INK.css).encode(
                x=across("beyond_x"), y=up("beyond_y"), text=alt.Text(name, type="nominal")
            ),
        ]
    ).properties(width="container", usermeta={"mi": {"aspect": 1.0}}, **({"title": title} if title else {}))
