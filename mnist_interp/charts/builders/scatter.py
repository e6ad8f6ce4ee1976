"""A projection of images: as points, or as the digits themselves, which ten classes need no color for."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from mnist_interp.charts.builders.scales import Where, digit_scale, keep, require, require_digits, span
from mnist_interp.charts.palette import DIGITS_AS_TEXT


def _placed(frame: pd.DataFrame, x: str, y: str, label: str, where: Where, x_title: str, y_title: str) -> alt.Chart:
    require(frame, "image", "predicted", x, y)
    require_digits(frame, label)
    quiet: dict[str, Any] = {"labels": False, "ticks": False, "grid": False, "domain": False}
    return keep(alt.Chart(frame), where).encode(
        x=alt.X(
            x,
            type="quantitative",
            title=x_title or None,
            scale=alt.Scale(domain=span(frame[x], margin=0.02), nice=False, zero=False),
            axis=alt.Axis(titleAnchor="start", **quiet),
        ),
        y=alt.Y(
            y,
            type="quantitative",
            title=y_title or None,
            scale=alt.Scale(domain=span(frame[y], margin=0.02), nice=False, zero=False),
            axis=alt.Axis(**quiet),
        ),
        color=alt.Color(label, type="ordinal", scale=digit_scale()),
        key=alt.Key("image", type="quantitative"),
        tooltip=[
            alt.Tooltip(label, type="ordinal", title="digit"),
            alt.Tooltip("predicted", type="ordinal", title="read as"),
        ],
        detail=[alt.Detail("image", type="quantitative")],
    )


def scatter(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    label: str = "label",
    where: Where = (),
    x_title: str = "",
    y_title: str = "",
    size: float = 22,
    title: str = "",
    aspect: float = 0.75,
) -> alt.Chart:
    """Draw test images as points in the digits' colors; the pointer shows the image.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each image (and checkpoint): ``image`` (index in the test set), ``predicted``, and the columns
        below. Some 2,500 points at once stay light.
    x, y, label : str
        Columns of the coordinates and of the true digit.
    where : str or sequence of str
        Conditions on rows (`charts.where`); one that follows a scrubber moves each point.
    x_title, y_title : str
        Titles of the axes, which carry no numbers.
    size : float
        Area of a point in square pixels.
    title : str
        Stands above the chart.
    aspect : float
        Height over width.

    Raises
    ------
    ValueError
        If a column is missing, or the labels are not digits.
    """
    chart = _placed(frame, x, y, label, where, x_title, y_title).mark_circle(size=size, opacity=0.8)
    extra = {"title": title} if title else {}
    return chart.properties(width="container", usermeta={"mi": {"aspect": aspect}}, **extra)


def glyphs(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    label: str = "label",
    where: Where = (),
    x_title: str = "",
    y_title: str = "",
    size: float = 12,
    title: str = "",
    aspect: float = 0.75,
) -> alt.Chart:
    """Draw test images as their digits: parameters as of `scatter`, `size` being the type's in pixels."""
    chart = _placed(frame, x, y, label, where, x_title, y_title).encode(
        text=alt.Text(label, type="ordinal"),
        color=alt.Color(label, type="ordinal", scale=digit_scale(DIGITS_AS_TEXT)),
    )
    extra = {"title": title} if title else {}
    chart = chart.mark_text(fontSize=size, fontWeight=600)
    return chart.properties(width="container", usermeta={"mi": {"aspect": aspect}}, **extra)
