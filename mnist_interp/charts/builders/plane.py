"""A plane that a linear readout divides into regions, the images in it, and the readout's rows as arrows."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from mnist_interp.charts.builders.scales import Where, digit_scale, keep, require, require_digits
from mnist_interp.charts.palette import DIGITS_AS_TEXT, INK, MUTED, PAPER, RULE

SIDE = 1000
_LEFT, _BELOW, _ABOVE, _RIGHT = 50, 98, 52, 8  # room for words around the square
_SHADE, _BEYOND, _CHOSEN = 0.2, 0.09, 0.45
_FONT = f"clamp(1.3 * datum.radius * width / {SIDE + _LEFT + _RIGHT}, 13, 34)"


def _axes(low: tuple[float, float], high: tuple[float, float]) -> tuple[Any, Any]:
    def scale(place: int) -> alt.Scale:
        return alt.Scale(domain=[low[place], high[place]], nice=False, zero=False)

    def across(name: str) -> alt.X:
        return alt.X(name, type="quantitative", scale=scale(0), axis=None)

    def up(name: str) -> alt.Y:
        return alt.Y(name, type="quantitative", scale=scale(1), axis=None)

    return across, up


def _square(layers: list[alt.Chart]) -> alt.LayerChart:
    chart = alt.LayerChart(layer=layers).resolve_scale(color="independent")  # words are darker than marks
    return chart.properties(width="container", usermeta={"mi": {"aspect": 1.0}})


def _words(frame: pd.DataFrame, across: Any, up: Any, where: Where) -> alt.Chart:
    """Draw ``text`` next to ``x`` and ``y``, on the side given by ``align`` and ``baseline``."""
    mark = keep(alt.Chart(frame), where).mark_text(
        fontSize=11, align=alt.ExprRef("datum.align"), baseline=alt.ExprRef("datum.baseline"), color=MUTED.css
    )
    return mark.encode(x=across("x"), y=up("y"), text=alt.Text("text", type="nominal"))


def plane(
    points: pd.DataFrame,
    outlines: pd.DataFrame,
    names: pd.DataFrame,
    words: pd.DataFrame,
    zero: pd.DataFrame,
    *,
    selected: str | None = None,
    picked: str | None = None,
    where: Where = (),
    size: float = 17,
) -> alt.LayerChart:
    """Draw regions, their digits, and images as points, in a square of side `SIDE`.

    Parameters
    ----------
    points : pandas.DataFrame
        One row for each image (and state): ``x``, ``y``, ``image``, ``label``, ``predicted``.
    outlines : pandas.DataFrame
        One row for each vertex of a convex piece of a region: ``x``, ``y``, ``digit``, ``piece``, ``order`` around it,
        and ``beyond``, whether it lies where no layer gets: such pieces are paler.
    names : pandas.DataFrame
        One row for each region: ``x``, ``y``, ``predicted``, the digit that is read there, ``radius``, that of a circle
        around it in the region, and ``share``, that of the test images that lie in it.
    words : pandas.DataFrame
        What stands around the square: ``x``, ``y``, ``text``, ``align`` and ``baseline``.
    zero : pandas.DataFrame
        Where both axes are 0: ``x`` and ``y``.
    selected : str, optional
        State that a `Tap` sets to the digit of a region, which is shaded more.
    picked : str, optional
        State that a `Tap` sets to an image, which is ringed.
    where : str or sequence of str
        Conditions on the rows of all frames (`charts.where`).
    size : float
        Area of a point in square pixels.

    Raises
    ------
    ValueError
        If a column is missing, or labels are not digits.
    """
    require(points, "x", "y", "image")
    require_digits(points, "label", "predicted")
    require(outlines, "x", "y", "piece", "order", "beyond")
    require_digits(outlines, "digit")
    require(names, "x", "y", "radius", "share")
    require_digits(names, "predicted")
    require(words, "x", "y", "text", "align", "baseline")
    require(zero, "x", "y")
    across, up = _axes((-_LEFT, -_BELOW), (SIDE + _RIGHT, SIDE + _ABOVE))
    color: dict[str, Any] = {"scale": digit_scale(), "type": "ordinal"}
    chosen = "false" if selected is None else f"datum.digit === {selected}"
    glass = keep(alt.Chart(outlines), where).mark_line(
        interpolate="linear-closed",
        stroke=PAPER.css,
        strokeWidth=1.5,
        fillOpacity=alt.ExprRef(
            f"{chosen} ? {_CHOSEN} * (datum.beyond ? .6 : 1) : datum.beyond ? {_BEYOND} : {_SHADE}"
        ),
    )
    glass = glass.encode(
        x=across("x"),
        y=up("y"),
        order=alt.Order("order", type="quantitative"),
        detail=alt.Detail("piece", type="nominal"),
        fill=alt.Fill("digit", **color),
    )
    lines = keep(alt.Chart(zero.assign(start=0, end=SIDE)), where).mark_rule(color=MUTED.css, strokeWidth=1)
    upright = lines.encode(x=across("x"), y=up("start"), y2="end")
    level = lines.encode(y=up("y"), x=across("start"), x2="end")
    dots = keep(alt.Chart(points), where).encode(
        x=across("x"),
        y=up("y"),
        key=alt.Key("image", type="quantitative"),
        tooltip=[
            alt.Tooltip("label", type="ordinal", title="digit"),
            alt.Tooltip("predicted", type="ordinal", title="predicted"),
        ],
        color=alt.Color("label", **color),
        detail=[alt.Detail("image", type="quantitative")],
    )
    layers = [glass, upright, level, dots.mark_circle(size=size, opacity=0.9)]
    if picked is not None:
        ring = keep(alt.Chart(points), [*([where] if isinstance(where, str) else where), f"datum.image === {picked}"])
        layers.append(
            ring.mark_point(size=130, strokeWidth=2, filled=False, color=INK.css).encode(x=across("x"), y=up("y"))
        )
    named = keep(alt.Chart(names), where).encode(x=across("x"), y=up("y"), text=alt.Text("predicted", type="ordinal"))
    font: dict[str, Any] = {"fontWeight": 700, "fontSize": alt.ExprRef(_FONT)}
    layers.append(named.mark_text(stroke=PAPER.css, strokeWidth=3.5, strokeJoin="round", opacity=0.85, **font))
    layers.append(
        named.mark_text(**font).encode(
            color=alt.Color("predicted", type="ordinal", scale=digit_scale(DIGITS_AS_TEXT)),
            tooltip=[
                alt.Tooltip("predicted", type="ordinal", title="predicted"),
                alt.Tooltip("share", type="quantitative", title="of test images", format=".1%"),
            ],
        )
    )
    layers.append(_words(words, across, up, where))
    return _square(layers)


def digit_arrows(
    rows: pd.DataFrame,
    hull: pd.DataFrame,
    *,
    x_title: str,
    y_title: str,
    selected: str | None = None,
    where: Where = (),
) -> alt.LayerChart:
    """Draw directions as arrows from the middle of a square, each with its digit, and the smallest hull around all.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row for each digit (and state): the tip's ``x`` and ``y``, at most `SIDE` from the middle; ``angle`` of the
        head, in degrees clockwise from upright; ``predicted``, the digit; ``name_x`` and ``name_y``, where it stands.
    hull : pandas.DataFrame
        One row for each corner: ``x``, ``y`` and ``order``.
    x_title, y_title : str
        Stand beside the square, for what lies to the right and what lies above.
    selected : str, optional
        State that a `Tap` sets to a digit, whose arrow is bold.
    where : str or sequence of str
        Conditions on the rows of all frames (`charts.where`).

    Raises
    ------
    ValueError
        If a column is missing, or labels are not digits.
    """
    require(rows, "x", "y", "angle", "name_x", "name_y")
    require_digits(rows, "predicted")
    require(hull, "x", "y", "order")
    reach = 1.15 * SIDE
    across, up = _axes((-reach, -reach), (reach, 1.12 * reach))
    titles = [
        {"text": f"{x_title} →", "align": "right", "baseline": "bottom", "x": reach, "y": 20},
        {"text": f"↑ {y_title}", "align": "left", "baseline": "top", "x": 20, "y": 1.12 * reach},
    ]
    cross = alt.Chart(pd.DataFrame({"x": [-reach, 0], "x2": [reach, 0], "y": [0, -reach], "y2": [0, reach]}))
    lines = cross.mark_rule(color=RULE.css).encode(x=across("x"), x2="x2", y=up("y"), y2="y2")
    around = (
        keep(alt.Chart(hull), where)
        .mark_line(
            interpolate="linear-closed",
            stroke=RULE.css,
            strokeWidth=1.5,
            strokeDash=[2, 4],
            fill=MUTED.css,
            fillOpacity=0.05,
        )
        .encode(x=across("x"), y=up("y"), order=alt.Order("order", type="quantitative"))
    )
    chosen = "false" if selected is None else f"datum.predicted === {selected}"
    color = alt.Color("predicted", type="ordinal", scale=digit_scale())
    base = keep(alt.Chart(rows.assign(start=0)), where).encode(color=color)
    shafts = base.mark_rule(strokeWidth=alt.ExprRef(f"{chosen} ? 4 : 2"), strokeCap="round").encode(
        x=across("start"), y=up("start"), x2="x", y2="y"
    )
    heads = base.mark_point(shape="triangle", size=70, filled=True, opacity=1).encode(
        x=across("x"), y=up("y"), angle=alt.Angle("angle", type="quantitative", scale=None)
    )
    named = base.mark_text(fontSize=16, fontWeight=700).encode(
        x=across("name_x"),
        y=up("name_y"),
        text=alt.Text("predicted", type="ordinal"),
        color=alt.Color("predicted", type="ordinal", scale=digit_scale(DIGITS_AS_TEXT)),
        tooltip=[
            alt.Tooltip("predicted", type="ordinal", title="row of"),
            alt.Tooltip("corner", type="nominal", title=" "),
        ],
    )
    words = _words(pd.DataFrame(titles), across, up, ())
    return _square([around, lines, words, shafts, heads, named])
