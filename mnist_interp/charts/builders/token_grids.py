"""Grids of patches under a digit, a bar above each for the class token: what a transformer's tokens say of each other.

Token 0 is the class token; patches follow row by row. A grid stands in a row and a column of grids, and all have one
scale. The digit is one mark, its ink as an outline, so that a chart of eight grids stays light.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from mnist_interp.charts.builders.scales import Where, keep, quantized, require
from mnist_interp.charts.palette import GRID, INK, MUTED, PAPER

SIDE = 4  # patches in a row
N_TOKENS = 1 + SIDE**2
_INKED, _GAP, _BAR, _NAME = 0.35, 0.7, 0.62, 0.95  # of a pixel; of a patch's side: between grids, class token, name
_ABOVE = _BAR + 0.12
_OVERLAP = 0.1  # of half a pixel, so that no seam shows between rows of ink
_TOKEN = "datum.token === 0"


def outline(pixels: np.ndarray) -> str:
    """Return the ink of an image as an SVG path that fills a square from -1 to 1.

    Parameters
    ----------
    pixels : numpy.ndarray of shape (side, side)
        In [0, 1]; more than a third is ink.
    """
    side, runs = len(pixels), []
    for row, inked in enumerate(np.pad(pixels > _INKED, ((0, 0), (1, 1))).astype(int)):
        starts, ends = (np.flatnonzero(np.diff(inked) == way) for way in (1, -1))
        for start, end in zip(starts, ends, strict=True):
            x, y, width = (f"{2 * value / side:.3g}" for value in (start - side / 2, row - side / 2, end - start))
            runs.append(f"M{x},{y}h{width}v{(2 + _OVERLAP) / side:.3g}h-{width}Z")
    return "".join(runs)


def token_name(token: int) -> str:
    """Return what a token is called: the class token, or a patch by its row and column from 1."""
    row, column = divmod(token - 1, SIDE)
    return "class token" if token == 0 else f"patch in row {row + 1}, column {column + 1}"


def token_grids(
    frame: pd.DataFrame,
    outlines: pd.DataFrame,
    *,
    value: str = "",
    value_title: str = "",
    value_format: str = ".0f",
    domain: tuple[float, float] = (0, 1),
    named: str = "",
    reading: tuple[str, str] | None = None,
    selected: str | None = None,
    aspect: float | None = None,
    where: Where = (),
    digit_where: Where = (),
    title: str = "",
) -> alt.LayerChart:
    """Draw what a number says of each token, one grid for each row and column of grids.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``row`` and ``column`` of a grid, and ``token`` and `value`; if `reading` is given, one row for each
        token as a reader, and in columns ``"0"``, ``"1"``, ... what it takes of each token.
    outlines : pandas.DataFrame
        One row for each digit (and state): ``ink``, as of `outline`.
    value, value_title, value_format : str
        Column of the number, its key's title with units, its format; without, cells are empty.
    domain : (float, float)
        What the scale spans; what lies beyond gets the color of its end.
    named : str
        What stands above a grid, as an expression of Vega with its ``datum.row`` and ``datum.column``.
    reading : (str, str), optional
        Two states: the one that a `Tap` sets to a token, and one that is "readers" (who takes of it how much) or
        "read" (of whom it takes).
    selected : str, optional
        State that a `Tap` sets to a token, which is framed; that of `reading` if not given.
    aspect : float, optional
        Height over width of the panel; as the grids need it if not given.
    where, digit_where : str or sequence of str
        Conditions on the rows of either frame (`charts.where`).
    title : str
        Stands above the chart.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    names = [str(token) for token in range(N_TOKENS)]
    require(frame, "row", "column", "token", *(names if reading else ()), value or None)
    require(outlines, "ink")
    grids = frame[["row", "column"]].drop_duplicates()
    across, down = int(grids["column"].max()) + 1, int(grids["row"].max()) + 1
    above = _ABOVE if (frame["token"] == 0).any() else 0.0
    tall = SIDE + above + (_NAME if named else 0.0) + _GAP
    width, height = across * (SIDE + _GAP) - _GAP, down * tall - _GAP
    unit = f"min(width / {width:.3f}, height / {height:.3f})"
    left, top = f"datum.column * {SIDE + _GAP}", f"datum.row * {tall:.3f} + {_NAME if named else 0}"
    patches = f"{top} + {above}"

    def scaled(extent: float) -> alt.Scale:
        return alt.Scale(domain=[0, extent], nice=False, zero=False, range=[0, alt.ExprRef(f"{unit} * {extent:.3f}")])

    def at(channel: Any, field: str, extent: float) -> Any:
        return channel(field, type="quantitative", scale=scaled(extent), axis=None)

    base = keep(alt.Chart(frame), where)
    state = selected
    if reading is not None:
        state, way = reading
        base = (
            base.transform_fold(names, as_=["other", "share"])
            .transform_calculate(other="toNumber(datum.other)", reader="datum.token")
            .transform_filter(f"({way} === 'readers' ? datum.other : datum.reader) === {state}")
            .transform_calculate(token=f"{way} === 'readers' ? datum.reader : datum.other")
        )
        value = "share"
    base = base.transform_calculate(
        left=f"{left} + ({_TOKEN} ? 0 : (datum.token - 1) % {SIDE})",
        right=f"{left} + ({_TOKEN} ? {SIDE} : (datum.token - 1) % {SIDE} + 1)",
        top=f"{_TOKEN} ? {top} : {patches} + floor((datum.token - 1) / {SIDE})",
        bottom=f"{_TOKEN} ? {top} + {_BAR} : {patches} + floor((datum.token - 1) / {SIDE}) + 1",
        called=f"{json.dumps([token_name(token) for token in range(N_TOKENS)])}[datum.token]",
    )
    box = {
        "x": at(alt.X, "left", width),
        "x2": alt.X2("right"),
        "y": at(alt.Y, "top", height),
        "y2": alt.Y2("bottom"),
    }
    tip = [alt.Tooltip("called", type="nominal", title=" ")]
    fill: Any = alt.value(GRID.css)
    meta: dict[str, Any] = {"aspect": aspect or round(height / width, 4)}
    if value:
        ground, _, key = quantized(pd.Series(domain), "sequential", domain, value_title)
        fill = alt.Fill(value, type="quantitative", scale=ground)
        tip.append(alt.Tooltip(value, type="quantitative", title=value_title, format=value_format))
        meta["ramp"] = key
    if named:
        base = base.transform_calculate(name=named)
        tip.insert(0, alt.Tooltip("name", type="nominal", title="of"))
    layers = [base.mark_rect(stroke=PAPER.css, strokeWidth=1).encode(**box, fill=fill, tooltip=tip)]
    layers.append(_digits(outlines, grids, digit_where, at, (width, height), unit, (left, patches)))
    if named or above:
        words = alt.Chart(grids).transform_calculate(
            name=named or "'class token'", left=left, top=f"{top} + {-0.2 if named else _BAR / 2}"
        )
        where_it_stands = {"baseline": "bottom"} if named else {"baseline": "middle", "dx": 8}
        words = words.mark_text(align="left", fontSize=11, color=MUTED.css, **where_it_stands)
        layers.append(words.encode(x=box["x"], y=box["y"], text=alt.Text("name", type="nominal")))
    if state is not None:
        framed = base.transform_filter(f"datum.token === {state}")
        layers.append(framed.mark_rect(filled=False, stroke=INK.css, strokeWidth=2.5, cornerRadius=2).encode(**box))
    return alt.LayerChart(layer=layers).properties(
        width="container", usermeta={"mi": meta}, **({"title": title} if title else {})
    )


def _digits(
    outlines: pd.DataFrame,
    grids: pd.DataFrame,
    where: Where,
    at: Any,
    extents: Sequence[float],
    unit: str,
    corner: tuple[str, str],
) -> alt.Chart:
    """Return the digit over each grid, whose upper left corner lies at `corner`."""
    placed = (
        keep(alt.Chart(outlines), where).transform_calculate(grid=f"sequence({len(grids)})").transform_flatten(["grid"])
    )
    places = grids[["row", "column"]].to_numpy().tolist()
    placed = placed.transform_calculate(
        row=f"{json.dumps([row for row, _ in places])}[datum.grid]",
        column=f"{json.dumps([column for _, column in places])}[datum.grid]",
    ).transform_calculate(middle=f"{corner[0]} + {SIDE / 2}", center=f"{corner[1]} + {SIDE / 2}")
    mark = placed.mark_point(
        filled=True, fill=INK.css, stroke=None, opacity=0.5, size=alt.ExprRef(f"pow({SIDE} * {unit}, 2)")
    )
    return mark.encode(
        x=at(alt.X, "middle", extents[0]),
        y=at(alt.Y, "center", extents[1]),
        shape=alt.Shape("ink", type="nominal", scale=None),
    )
