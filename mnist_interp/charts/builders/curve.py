"""Lines over steps or epochs, with the interval over seeds as a band and published figures as marks."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from mnist_interp.charts.builders.scales import Where, keep, require, span
from mnist_interp.charts.palette import INK, PAPER, SERIES

_NAME: dict[str, Any] = {"align": "right", "fontSize": 12, "fontWeight": 600}
_HALO: dict[str, Any] = {"stroke": PAPER.css, "strokeWidth": 4, "strokeJoin": "round"}  # lines pass behind a name


def _across(values: pd.Series, *, log_x: bool) -> tuple[alt.Scale, alt.Axis]:
    """Return the scale and axis of x: of whole numbers it has no halves; a logarithmic one keeps 0, linear near it."""
    low, high = span(values)
    if not log_x:
        axis = alt.Axis(tickMinStep=1) if (values == values.round()).all() else alt.Axis()
        return alt.Scale(domain=[low, high], nice=False, padding=4, zero=False), axis
    least = float(values[values > 0].min())
    decades = [10.0**power for power in range(math.ceil(math.log10(least)), math.floor(math.log10(high)) + 1)]
    scale = alt.Scale(type="symlog", constant=least, domain=[low, high], nice=False, padding=4, zero=False)
    return scale, alt.Axis(values=[low, *decades, high], format=",~g")


_LINE = 15
_AXES = 70
_NAMED = 0.72


def _at_the_end(frame: pd.DataFrame, x: str, *, log_x: bool) -> pd.DataFrame:
    """Return the rows of the right part of the chart, above or below which names stand."""
    values = frame[x] - frame[x].min()
    if log_x:
        values = np.log1p(values / float(frame[x][frame[x] > 0].min()))
    return frame[values >= _NAMED * values.max()]


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))


def _label_shifts(
    frame: pd.DataFrame, x: str, y: str, series: str | None, domain: list[float], height: int, *, log_x: bool
) -> dict[str, float]:
    """Return for each series how far below its end its name stands, in pixels: clear of all lines where that can be."""
    if series is None:
        return {}
    inside = height - _AXES
    pixels = inside / (domain[1] - domain[0] or 1.0)
    down = _at_the_end(frame, x, log_x=log_x).assign(mi_down=lambda rows: (domain[1] - rows[y]) * pixels)
    among = down.groupby([series, x], sort=False)["mi_down"]
    if (among.max() - among.min()).max() > inside / 4:
        # A state chooses among lines of one name that lie far apart: clear of their mean, for clear of all is far off.
        down = among.mean().reset_index()
    lines = down.groupby(series, sort=False)["mi_down"].agg(["min", "max"])
    ends = down[down[x] == down[x].max()].groupby(series, sort=False)["mi_down"].mean().sort_values()
    taken: list[tuple[float, float]] = []
    shifts: dict[str, float] = {}
    for name, end in ends.items():
        top, bottom = lines.loc[name]
        above, below = (top - _LINE, top), (bottom + 1, bottom + 1 + _LINE)
        steps = [((above[0] - k, above[1] - k), (below[0] + k, below[1] + k)) for k in (0, 8, 16, 24, 32)]
        places = [place for pair in steps for place in (pair if not shifts else pair[::-1])]
        bounds = [(-inside, -_LINE / 2), (inside - 2, 3 * inside)]
        crossed = [(low - 1, high + 2) for other, (low, high) in lines.iterrows() if other != name]
        place = min(places, key=lambda at: sum(_overlap(at, other) for other in (*crossed, *taken, *bounds)))
        taken.append(place)
        shifts[str(name)] = sum(place) / 2 - float(end)
    return shifts


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
    log_x: bool = False,
    where: Where = (),
    title: str = "",
    height: int = 280,
) -> alt.LayerChart:
    """Draw lines, named at their ends.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each series and x.
    x, y : str
        Columns of numbers.
    series : str, optional
        Column whose values are the lines, six at most; their names stand at the lines' ends.
    band : (str, str), optional
        Columns of the interval's ends.
    published : pandas.DataFrame, optional
        Columns named as `x` and `y`: figures somebody published, drawn as open diamonds.
    x_title, y_title, y_format : str
        The axes' titles, with units; the format of y.
    y_domain : (float, float), optional
        From where to where the axis of y reaches; all of the data if not given.
    log_x : bool
        Whether x is logarithmic with 0 kept (symlog), as dense early checkpoints need.
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
    columns = [frame[name] for name in (y, *(band or ()))]
    x_scale, x_axis = _across(frame[x], log_x=log_x)
    y_scale = alt.Scale(domain=list(y_domain or span(*columns, margin=0.06)), nice=False, zero=False)
    colors = alt.Scale(domain=names, range=[color.css for color in SERIES[: len(names)]])
    across = alt.X(x, type="quantitative", title=x_title, scale=x_scale, axis=x_axis)
    up = alt.Y(y, type="quantitative", title=y_title, scale=y_scale, axis=alt.Axis(format=y_format))
    tip = [alt.Tooltip(x, type="quantitative", title=x_title, format=",.6~g")]
    tip += [alt.Tooltip(y, type="quantitative", title=y_title, format=y_format)]
    base = alt.Chart(frame).encode(x=across)
    if series is not None:
        base = base.encode(color=alt.Color(series, type="nominal", scale=colors))
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
    halos, words = [], []
    for name, shift in _label_shifts(frame, x, y, series, y_scale.domain, height, log_x=log_x).items():
        ends = base.transform_joinaggregate(mi_end=f"max({x})")
        ends = ends.transform_filter((alt.datum[series] == name) & (alt.datum[x] == alt.datum.mi_end))
        named, look = ends.encode(y=up, text=str(series)), _NAME | {"dy": shift}
        halos.append(named.mark_text(**look, **_HALO))
        words.append(named.mark_text(**look))
    layers += [*halos, *words]
    layers = [keep(layer, where) for layer in layers]
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
