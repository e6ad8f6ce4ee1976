"""Lines over steps or epochs, with the interval over seeds as a band and published figures as marks."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from mnist_interp.charts.builders import names as names_of
from mnist_interp.charts.builders.scales import Where, keep, require, span
from mnist_interp.charts.palette import INK, PAPER, SERIES, Color


def _whole(low: float, high: float) -> list[int]:
    """Return the whole numbers that an axis shows: multiples of 1, 2 or 5 times a power of ten, seven at most."""
    step = next(unit * 10**power for power in range(12) for unit in (1, 2, 5) if high - low <= 6 * unit * 10**power)
    return list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))


def _across(values: pd.Series, *, log_x: bool) -> tuple[alt.Scale, alt.Axis]:
    """Return the scale and axis of x: of whole numbers it has no halves; a logarithmic one keeps 0, linear near it."""
    low, high = span(values)
    if not log_x:
        axis = alt.Axis(values=_whole(low, high), format=",d") if (values == values.round()).all() else alt.Axis()
        return alt.Scale(domain=[low, high], nice=False, padding=4, zero=False), axis
    least = float(values[values > 0].min())
    decades = [10.0**power for power in range(math.ceil(math.log10(least)), math.floor(math.log10(high)) + 1)]
    scale = alt.Scale(type="symlog", constant=least, domain=[low, high], nice=False, padding=4, zero=False)
    return scale, alt.Axis(values=[low, *decades, high], format=",~g")


def _span(frame: pd.DataFrame, columns: Sequence[str]) -> list[float]:
    return span(*(frame[name] for name in columns), margin=0.06)


def _up(
    frame: pd.DataFrame, columns: Sequence[str], domain: Sequence[float] | None, own_axis: str | None
) -> tuple[alt.Scale, names_of.Reach]:
    """Return the scale of y, and what it reaches where some rows are shown: its own for each value of a state."""
    if not own_axis:
        whole = list(domain or _span(frame, columns))
        return alt.Scale(domain=whole, nice=False, zero=False), lambda _: whole
    reach = {value: _span(rows, columns) for value, rows in frame.groupby(own_axis)}
    low, high = ({str(value): ends[end] for value, ends in reach.items()} for end in (0, 1))
    bottom, top = (alt.ExprRef(f"{json.dumps(table)}[{own_axis}]") for table in (low, high))
    scale = alt.Scale(domainMin=bottom, domainMax=top, nice=False, zero=False)
    return scale, lambda rows: reach[rows[own_axis].iloc[0]]


def curve(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    series: str | None = None,
    band: tuple[str, str] | None = None,
    published: pd.DataFrame | None = None,
    x_title: str,
    y_title: str,
    y_format: str = ".3~g",
    y_domain: tuple[float, float] | None = None,
    own_axis: str | None = None,
    log_x: bool = False,
    colors: Mapping[Any, Color] | None = None,
    dots: Where = (),
    where: Where = (),
    title: str = "",
    height: int = 280,
) -> alt.LayerChart:
    """Draw lines, named in a margin beside their ends.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each series and x.
    x, y : str
        Columns of numbers.
    series : str, optional
        Column whose values are the lines, six at most; their names stand at the right (`builders.names`).
    band : (str, str), optional
        Columns of the interval's ends.
    published : pandas.DataFrame, optional
        Columns named as `x` and `y`: figures somebody published, drawn as open diamonds.
    x_title, y_title, y_format : str
        The axes' titles, with units; the format of y.
    y_domain : (float, float), optional
        From where to where the axis of y reaches; all of the data if not given.
    own_axis : str, optional
        Column, and state of the same name by which rows are filtered, for each value of which the axis of y has ends of
        its own: those of the rows.
    log_x : bool
        Whether x is logarithmic with 0 kept (symlog), as dense early checkpoints need.
    colors : mapping of value to Color, optional
        The color of each series, where it stands for the same in other figures.
    dots : str or sequence of str
        Conditions on rows that have a dot, such as where the reader's slider stands.
    where : str or sequence of str
        Conditions on rows (`charts.where`).
    title : str
        Stands above the chart; for small multiples.
    height : int
        In CSS pixels.

    Raises
    ------
    ValueError
        If a column is missing or there are more than six series.
    """
    require(frame, x, y, series, *(band or ()))
    names = [] if series is None else frame[series].drop_duplicates().tolist()
    if len(names) > len(SERIES):
        raise ValueError(f"{len(names)} series in one chart: {len(SERIES)} at most; use small multiples")
    columns = (y, *(band or ()))
    x_scale, x_axis = _across(frame[x], log_x=log_x)
    y_scale, reach = _up(frame, columns, y_domain, own_axis)
    hues = [SERIES[place] if colors is None else colors[name] for place, name in enumerate(names)]
    named = None
    if series is not None:
        about: dict[str, Any] = {"reach": reach, "height": height, "titled": bool(title)}
        named = names_of.names(frame, x=x, y=y, series=series, conditions=where, **about)
        x_scale.rangeMax = named.x_range
    across = alt.X(x, type="quantitative", title=x_title, scale=x_scale, axis=x_axis)
    up = alt.Y(y, type="quantitative", title=y_title, scale=y_scale, axis=alt.Axis(format=y_format))
    tip = [alt.Tooltip(x, type="quantitative", title=x_title, format=",.6~g")]
    tip += [alt.Tooltip(y, type="quantitative", title=y_title, format=y_format)]
    base = keep(alt.Chart(frame), where).encode(x=across)
    if series is not None:
        base = base.encode(
            color=alt.Color(series, type="nominal", scale=alt.Scale(domain=names, range=[hue.css for hue in hues]))
        )
        tip.insert(0, alt.Tooltip(series, type="nominal", title=" "))
    if band is not None:
        tip += [
            alt.Tooltip(end, type="quantitative", title=name, format=y_format)
            for end, name in zip(band, ["from", "to"], strict=True)
        ]
    layers = []
    if band is not None:
        layers.append(
            base.mark_area(opacity=0.18, line=False).encode(y=alt.Y(band[0], type="quantitative"), y2=band[1])
        )
    layers.append(base.mark_line().encode(y=up))
    layers.append(base.mark_point(size=90, opacity=0, filled=True).encode(y=up, tooltip=tip))
    if dots:
        layers.append(keep(base, dots).mark_circle(size=110, opacity=1).encode(y=up, tooltip=tip))
    if named is not None:
        layers += named.layers(base, up)
    if published is not None:
        require(published, x, y)
        layers.append(
            alt.Chart(published.assign(published="published"))
            .mark_point(shape="diamond", size=45, strokeWidth=1.4, filled=True)
            .encode(
                x=across,
                y=up,
                stroke=alt.value(INK.css),
                fill=alt.value(PAPER.css),
                tooltip=[alt.Tooltip("published", type="nominal", title=" "), *tip[-2 - 2 * (band is not None) :][:2]],
            )
        )
    return alt.LayerChart(layer=layers).properties(
        width="container", height=height, **({"title": title} if title else {})
    )
