"""What builders share: domains fixed over all rows, quantized color scales with their key, filters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd

from mnist_interp.charts.palette import DIGITS, DIVERGING, ON_DIVERGING, ON_SEQUENTIAL, SEQUENTIAL, Color

Where = str | Sequence[str]
Spread = Literal["sequential", "diverging", "harm"]


def require(frame: pd.DataFrame, *names: str | None) -> None:
    """Raise ValueError if the frame lacks a column."""
    missing = [name for name in names if name is not None and name not in frame]
    if missing:
        raise ValueError(f"the frame has no column {', '.join(missing)}; it has {', '.join(map(str, frame))}")


def require_digits(frame: pd.DataFrame, *names: str) -> None:
    """Raise ValueError if a column holds anything but the digits 0 to 9 as whole numbers."""
    require(frame, *names)
    for name in names:
        if not pd.api.types.is_integer_dtype(frame[name]) or not frame[name].between(0, 9).all():
            seen = ", ".join(repr(value) for value in frame[name].drop_duplicates().tolist()[:3])
            raise ValueError(
                f"the column {name!r} holds {seen} ({frame[name].dtype}): expected the digits 0 to 9 as integers; "
                f"convert it, for example by frame[{name!r}].astype(int)"
            )


def keep(chart: Any, where: Where) -> Any:
    """Return the chart with rows filtered by each condition."""
    for condition in [where] if isinstance(where, str) else where:
        chart = chart.transform_filter(condition)
    return chart


def span(*columns: pd.Series, margin: float = 0.0) -> list[float]:
    """Return the smallest and largest values of the columns, widened by `margin` times their difference."""
    low = min(float(column.min()) for column in columns)
    high = max(float(column.max()) for column in columns)
    extra = (high - low or 1.0) * margin
    return [low - extra, high + extra]


def digit_scale(colors: Sequence[Color] = DIGITS) -> alt.Scale:
    """Return the scale from a digit to its color; glyphs take `palette.DIGITS_AS_TEXT`."""
    return alt.Scale(domain=list(range(10)), range=[color.css for color in colors])


def _read(value: float) -> str:
    return (f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}").replace("-", "−")


def _rounded_out(low: float, high: float) -> list[float]:
    """Return two ends moved outward to round numbers, each by less than a tenth of their distance."""
    most = (high - low) / 10
    power = 10.0 ** math.floor(math.log10(most))
    step = power * max(count for count in (1, 2, 5) if count * power <= most)
    steps = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{count * step:.12g}") for count in steps]


def quantized(
    values: pd.Series, spread: Spread, domain: Sequence[float] | None, title: str
) -> tuple[alt.Scale, alt.Scale, dict[str, Any]]:
    """Return the scale of backgrounds, the scale of text on them, and the key for the page.

    A diverging scale is symmetric about 0, orange below and blue above it. So is that of harm, where what is lost is
    positive: orange above, as on the lesion bench. Without a domain the scale ends at round numbers about the values,
    which are what the key says.
    """
    low, high = domain or span(values)
    if spread in ("diverging", "harm"):
        reach = max(abs(low), abs(high)) or 1.0
        low, high, way = -reach, reach, -1 if spread == "harm" else 1
        colors, on = DIVERGING[::way], ON_DIVERGING[::way]
    else:
        low, high, colors, on = low, high if high > low else low + 1, SEQUENTIAL, ON_SEQUENTIAL
    ends = [low, high] if domain else _rounded_out(low, high)
    css = [color.css for color in colors]
    ground = alt.Scale(type="quantize", domain=ends, range=css)
    text = alt.Scale(type="quantize", domain=ends, range=[color.css for color in on])
    key = {"title": title, "low": _read(ends[0]), "high": _read(ends[1]), "colors": css}
    return ground, text, key


def rounded_up(value: float) -> float:
    """Return `value` rounded up to two significant digits, for the top of an axis."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / unit) * unit
