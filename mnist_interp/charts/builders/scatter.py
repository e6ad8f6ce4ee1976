"""A projection of images: as points, or as the digits themselves, so that ten classes need no color."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from mnist_interp.charts.builders.scales import Where, digit_scale, keep, quantized, require, require_digits, span
from mnist_interp.charts.palette import DIGITS_AS_TEXT, INK


def _placed(frame: pd.DataFrame, x: str, y: str, label: str, where: Where, x_title: str, y_title: str) -> alt.Chart:
    require(frame, "image", "predicted")
    return _located(frame, x, y, label, where, x_title, y_title).encode(
        key=alt.Key("image", type="quantitative"),
        tooltip=[
            alt.Tooltip(label, type="ordinal", title="digit"),
            alt.Tooltip("predicted", type="ordinal", title="predicted"),
        ],
        detail=[alt.Detail("image", type="quantitative")],
    )


def _located(frame: pd.DataFrame, x: str, y: str, label: str, where: Where, x_title: str, y_title: str) -> alt.Chart:
    require(frame, x, y)
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
    extra: dict[str, Any] = {"title": title} if title else {}
    extra |= {"width": "container", "usermeta": {"mi": {"aspect": aspect}}}
    return chart.properties(**extra)


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
    ringed: pd.DataFrame | None = None,
    ringed_where: Where = (),
) -> alt.Chart | alt.LayerChart:
    """Draw test images as their digits.

    Parameters
    ----------
    frame, x, y, label, where, x_title, y_title, title, aspect
        As of `scatter`.
    size : float
        Of the type, in pixels.
    ringed : pandas.DataFrame, optional
        Columns named as `x` and `y`: places marked by a ring, such as those of a chosen point's neighbors.
    ringed_where : str or sequence of str
        Conditions on the rows of `ringed`.

    Raises
    ------
    ValueError
        If a column is missing, or the labels are not digits.
    """
    chart = _placed(frame, x, y, label, where, x_title, y_title).encode(
        text=alt.Text(label, type="ordinal"),
        color=alt.Color(label, type="ordinal", scale=digit_scale(DIGITS_AS_TEXT)),
    )
    chart = chart.mark_text(fontSize=size, fontWeight=600)
    extra: dict[str, Any] = {"title": title} if title else {}
    extra |= {"width": "container", "usermeta": {"mi": {"aspect": aspect}}}
    if ringed is None:
        return chart.properties(**extra)
    require(ringed, x, y)
    rings = keep(alt.Chart(ringed), ringed_where)
    rings = rings.mark_point(size=2.5 * size**2, strokeWidth=2, color=INK.css, filled=False)
    scales = {name: alt.Scale(domain=span(frame[name], margin=0.02), nice=False, zero=False) for name in (x, y)}
    rings = rings.encode(
        x=alt.X(x, type="quantitative", scale=scales[x], title=x_title or None),
        y=alt.Y(y, type="quantitative", scale=scales[y], title=y_title or None),
    )
    return alt.LayerChart(layer=[chart, rings]).properties(**extra)


def shaded(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    value: str,
    value_title: str,
    where: Where = (),
    x_title: str = "",
    y_title: str = "",
    size: float = 26,
    title: str = "",
    aspect: float = 0.75,
) -> alt.Chart:
    """Draw test images, or points without an image, shaded by a number, such as a measure of the image, in nine steps.

    Parameters
    ----------
    frame, x, y, where, x_title, y_title, size, title, aspect
        As of `scatter`; the true digit is the column ``label``. Without a column ``image`` points show none.
    value, value_title : str
        Column of the number, and what it is, with its unit.

    Raises
    ------
    ValueError
        If a column is missing, or the labels are not digits.
    """
    require(frame, value)
    ground, _, key = quantized(frame[value], "sequential", None, value_title)
    place = _placed if "image" in frame else _located
    chart = place(frame, x, y, "label", where, x_title, y_title).encode(
        color=alt.Color(value, type="quantitative", scale=ground)
    )
    extra: dict[str, Any] = {"title": title} if title else {}
    chart = chart.mark_circle(size=size, opacity=1)
    return chart.properties(width="container", usermeta={"mi": {"aspect": aspect, "ramp": key}}, **extra)
