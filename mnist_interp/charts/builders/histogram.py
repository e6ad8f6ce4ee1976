"""A histogram counted beforehand: bins go to the page, not values."""

from __future__ import annotations

import json

import altair as alt
import pandas as pd

from mnist_interp.charts.builders.scales import Where, keep, require, rounded_up, span
from mnist_interp.charts.palette import INK, SERIES


def histogram(
    frame: pd.DataFrame,
    *,
    start: str,
    end: str,
    count: str,
    x_title: str,
    y_title: str,
    y_top: float | None = None,
    y_format: str = "~s",
    mean: str | None = None,
    faint: str | None = None,
    where: Where = (),
    title: str = "",
    height: int = 200,
) -> alt.LayerChart:
    """Draw bins as bars on axes that stay while a state scrubs through the rows.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each bin and whatever else tells histograms apart (checkpoint, digit).
    start, end, count : str
        Columns of the bins' edges and of their heights (counts or shares).
    x_title, y_title, y_format : str
        The axes' titles, with units; the format of the heights.
    y_top : float, optional
        Where the axis of heights ends; higher bars are cut there. The highest bar if not given.
    mean : str, optional
        Column with the mean of each row's histogram, drawn as a line.
    faint : str, optional
        Column that is true where a bar is drawn faintly.
    where : str or sequence of str
        Conditions on rows (`charts.where`); without one all histograms would lie on each other.
    title : str
        Stands above the chart.
    height : int
        In CSS pixels.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    require(frame, start, end, count, mean, faint)
    top = rounded_up(float(frame[count].max())) if y_top is None else y_top
    x_scale = alt.Scale(domain=span(frame[start], frame[end]), nice=False, zero=False)
    across = alt.X(start, type="quantitative", title=x_title, scale=x_scale)
    base = keep(alt.Chart(frame), where)
    bars = base.mark_rect(clip=True, stroke=None, color=SERIES[0].css, opacity=0.85).encode(
        x=across,
        x2=end,
        y=alt.Y(
            count,
            type="quantitative",
            title=y_title,
            scale=alt.Scale(domain=[0, top]),
            axis=alt.Axis(format=y_format, tickCount=3),
        ),
        y2=alt.datum(0),
        key=alt.Key(start, type="quantitative"),
        tooltip=[
            alt.Tooltip(start, type="quantitative", title="from", format=".3~g"),
            alt.Tooltip(end, type="quantitative", title="to", format=".3~g"),
            alt.Tooltip(count, type="quantitative", title=y_title, format=y_format),
        ],
    )
    if faint is not None:
        faintly = alt.condition(f"datum[{json.dumps(faint)}]", alt.value(0.3), alt.value(0.85))
        bars = bars.encode(opacity=faintly)
    layers = [bars]
    if mean is not None:
        layers.append(
            base.transform_aggregate(groupby=[mean])
            .mark_rule(color=INK.css, strokeWidth=1.5)
            .encode(x=alt.X(mean, type="quantitative", scale=x_scale, title=x_title))
        )
    return alt.LayerChart(layer=layers).properties(
        width="container", height=height, **({"title": title} if title else {})
    )
