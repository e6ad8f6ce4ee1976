"""A table of numbers as colors, such as neurons x checkpoints; and the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from mnist_interp.charts.builders.scales import Spread, Where, keep, quantized, require, require_digits
from mnist_interp.charts.palette import GRID, INK, MUTED

_THOUSANDS = 3.0  # ems of a cell that a count of four digits and its comma needs


def _framed(fields: tuple[str, str], states: tuple[str, str]) -> Any:
    """Return the stroke of cells that frames the one whose fields match two states."""
    here = " && ".join(f"datum['{field}'] === {state}" for field, state in zip(fields, states, strict=True))
    return alt.condition(here, alt.value(INK.css), alt.value("transparent"))


def heatmap(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    value: str,
    x_title: str,
    y_title: str,
    value_title: str,
    value_format: str = ".3~g",
    spread: Spread = "sequential",
    domain: Sequence[float] | None = None,
    selected: tuple[str, str] | None = None,
    where: Where = (),
    title: str = "",
    height: int = 320,
) -> alt.Chart:
    """Draw cells in nine steps of one scale, with its key above the chart.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each cell.
    x, y, value : str
        Columns; x and y are drawn in the order in which the frame has them.
    x_title, y_title, value_title, value_format : str
        Titles of the axes and of the key, with units; the format of values.
    spread : {"sequential", "diverging", "harm"}
        Diverging is symmetric about 0, and so is harm, with the colors the other way: a loss is positive and orange.
    domain : (float, float), optional
        What the scale spans; the values' own span if not given.
    selected : (str, str), optional
        States that a `Tap` sets to a cell's x and y; that cell is framed.
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
    require(frame, x, y, value)
    ground, _, key = quantized(frame[value], spread, domain, value_title)
    cells = keep(alt.Chart(frame), where).mark_rect(stroke=None)
    if selected is not None:
        cells = cells.mark_rect(strokeWidth=2.5, cornerRadius=2).encode(stroke=_framed((x, y), selected))
    return cells.encode(
        x=alt.X(
            x,
            type="ordinal",
            title=x_title,
            scale=alt.Scale(domain=frame[x].drop_duplicates().tolist(), paddingInner=0.04),
            axis=alt.Axis(labelAngle=0, domain=False, ticks=False),
        ),
        y=alt.Y(
            y,
            type="ordinal",
            title=y_title,
            scale=alt.Scale(domain=frame[y].drop_duplicates().tolist(), paddingInner=0.06),
            axis=alt.Axis(labelOverlap=True, labelSeparation=0),
        ),
        fill=alt.Fill(value, type="quantitative", scale=ground),
        tooltip=[
            alt.Tooltip(y, type="ordinal", title=y_title),
            alt.Tooltip(x, type="ordinal", title=x_title),
            alt.Tooltip(value, type="quantitative", title=value_title, format=value_format),
        ],
    ).properties(
        width="container", height=height, usermeta={"mi": {"ramp": key}}, **({"title": title} if title else {})
    )


def confusion(
    frame: pd.DataFrame,
    *,
    true: str = "true",
    predicted: str = "predicted",
    count: str = "count",
    selected: tuple[str, str] | None = None,
    where: Where = (),
    title: str = "",
) -> alt.LayerChart:
    """Draw a confusion matrix: color for mistakes alone, counts in the cells, right answers as plain numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each pair of digits.
    true, predicted, count : str
        Columns of the digit, of what the network read, and of how many images.
    selected : (str, str), optional
        States that a `Tap` sets to a cell's true and predicted digit; that cell is framed.
    where : str or sequence of str
        Conditions on rows (`charts.where`).
    title : str
        Stands above the chart.

    Raises
    ------
    ValueError
        If a column is missing, or a pair is not one of digits.
    """
    require(frame, count)
    require_digits(frame, true, predicted)
    wrong = frame[frame[true] != frame[predicted]][count]
    ground, text, _ = quantized(wrong, "sequential", (0, max(float(wrong.max()), 1.0)), "mistakes")
    right = alt.datum[true] == alt.datum[predicted]
    digits = alt.Scale(domain=list(range(10)), paddingInner=0.05)
    base = keep(alt.Chart(frame), where).encode(
        x=alt.X(
            predicted,
            type="ordinal",
            title="predicted →",
            scale=digits,
            axis=alt.Axis(labelAngle=0, domain=False, ticks=False, orient="top", labelFontSize=12, titleAnchor="end"),
        ),
        y=alt.Y(true, type="ordinal", title="true digit ↓", scale=digits, axis=alt.Axis(labelFontSize=12, titleY=-24)),
    )
    cells = base.mark_rect(strokeWidth=2.5, cornerRadius=2).encode(
        fill=alt.condition(right, alt.value(GRID.css), alt.Fill(count, type="quantitative", scale=ground)),
        tooltip=[
            alt.Tooltip(true, type="ordinal", title="true digit"),
            alt.Tooltip(predicted, type="ordinal", title="predicted"),
            alt.Tooltip(count, type="quantitative", title="images", format=","),
        ],
    )
    if selected is not None:
        cells = cells.encode(stroke=_framed((true, predicted), selected))
    smaller = f"datum[{count!r}] < 1000 ? 11 : min(11, bandwidth('x') / {_THOUSANDS})"
    numbers = (
        base.transform_filter(alt.datum[count] > 0)
        .mark_text(fontSize=alt.ExprRef(smaller))
        .encode(
            text=alt.Text(count, type="quantitative", format=","),
            color=alt.condition(right, alt.value(MUTED.css), alt.Color(count, type="quantitative", scale=text)),
        )
    )
    return alt.LayerChart(layer=[cells, numbers]).properties(
        width="container", usermeta={"mi": {"aspect": 1.0}}, **({"title": title} if title else {})
    )
