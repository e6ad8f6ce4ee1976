"""Names of lines in a margin at their right, each joined to its line's end and as close to it as the others allow.

Where a name stands is decided here, for each state, in units of y; the chart looks it up, so a live chart needs no
layout. Names keep the order of their ends, and the sum of their squared distances from them is the least possible.
"""

from __future__ import annotations

import itertools
import json
import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import matplotlib
import numpy as np
import pandas as pd
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from scipy.optimize import isotonic_regression

from mnist_interp.charts import where
from mnist_interp.charts.builders.scales import Where

_SIZE, _LINE = 12, 14
_BETWEEN = 3
_LETTERS = 13
_FEW = 6  # of so many lines every choice is laid out, of more only all together
_LEADER, _GAP = 14, 4
_AXES, _TITLE = 72, 28  # what axes and a title take of a chart's height
Reach = Callable[[pd.DataFrame], Sequence[float]]
_FONT = FontProperties(fname=f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans-Bold.ttf")


def spaced(wanted: np.ndarray, heights: np.ndarray, reach: tuple[float, float]) -> np.ndarray:
    """Return positions of things of given heights so that none overlap, as close as possible to where they should be.

    Parameters
    ----------
    wanted, heights : numpy.ndarray, shape (n_things,)
        Centers to be near to, and heights, in one unit.
    reach : (float, float)
        Between which ends they stand; beyond the second where they are too many.

    Returns
    -------
    numpy.ndarray, shape (n_things,)
        Centers in the order of `wanted`, of the least sum of squared displacements.
    """
    order = np.argsort(wanted, kind="stable")
    tall = heights[order]
    offsets = np.concatenate([[0.0], np.cumsum((tall[1:] + tall[:-1]) / 2)])
    low, high = reach[0] + tall[0] / 2, reach[1] - tall[-1] / 2 - offsets[-1]
    free = isotonic_regression(wanted[order] - offsets).x
    centers = np.empty(len(order))
    centers[order] = np.clip(free, low, max(low, high)) + offsets
    return centers


def _wrapped(name: object) -> str:
    return "\n".join(textwrap.wrap(str(name), _LETTERS)) or " "


def _width(words: str) -> float:
    return max(float(TextPath((0, 0), line, size=_SIZE, prop=_FONT).get_extents().x1) for line in words.split("\n"))


def _read(value: Any) -> str:
    """Return a value in the form a browser writes it."""
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


@dataclass(frozen=True)
class Names:
    """The names of a chart's lines.

    Attributes
    ----------
    room : int
        Width of their margin in CSS pixels.
    x_range : altair.ExprRef
        Where the scale of x ends, to leave that room.
    """

    x: str
    series: str
    groups: Sequence[str]
    chosen: str
    words: dict[str, str]
    places: dict[str, float]
    room: int

    @property
    def x_range(self) -> alt.ExprRef:
        """Where the scale of x ends, so that the margin stays free."""
        return alt.ExprRef(f"width - {self.room}")

    def _looked_up(self, table: dict[str, Any], *fields: str, first: str = "''") -> str:
        key = "".join(f" + '|' + datum[{json.dumps(field)}]" for field in fields)
        return f"{json.dumps(table, ensure_ascii=False, separators=(',', ':'))}[{first}{key}]"

    def layers(self, base: alt.Chart, up: alt.Y) -> list[alt.Chart]:
        """Return the lines that join ends to names, and the names; `base` has color and x encoded, `up` is y."""
        ends = (
            base.transform_joinaggregate(mi_last=f"max({self.x})", groupby=[self.series])
            .transform_filter(alt.datum[self.x] == alt.datum.mi_last)
            .transform_calculate(
                mi_at=self._looked_up(self.places, *self.groups, self.series, first=self.chosen),
                mi_name=self._looked_up(self.words, self.series),
            )
        )
        at = up.copy()
        at["shorthand"] = "mi_at"
        reach, begin = (alt.ExprRef(f"width - {self.room - off}") for off in (_LEADER, _LEADER + _GAP))
        leaders = ends.mark_rule(strokeWidth=1, opacity=0.6).encode(y=up, y2="mi_at", x2=alt.value(reach))
        names = ends.mark_text(
            align="left",
            baseline="middle",
            fontSize=_SIZE,
            fontWeight=600,
            lineBreak="\n",
            lineHeight=_LINE,
            dy=alt.ExprRef(f"{-_LINE / 2} * (length(split(datum.mi_name, '\\n')) - 1)"),
        ).encode(y=at, x=alt.value(begin), text=alt.Text("mi_name", type="nominal"))
        return [leaders, names]


def names(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    series: str,
    conditions: Where,
    reach: Reach,
    height: int,
    titled: bool,
) -> Names:
    """Lay out the names of lines at every state of a chart.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each series and x (and state).
    x, y, series : str
        Columns.
    conditions : str or sequence of str
        As of builders' ``where``.
    reach : function of a frame to (float, float)
        What the axis of y spans where these rows are shown.
    height : int
        The chart's, in CSS pixels.
    titled : bool
        Whether a title stands above it.
    """
    given = [conditions] if isinstance(conditions, str) else conditions
    compared = {field for condition in given for field in where.fields(condition)}
    groups = [str(field) for field in frame if field in compared - {series}]
    lines = frame[series].unique().tolist()
    words = {f"|{_read(name)}": _wrapped(name) for name in lines}
    state = next((state for condition in given if (state := where.chosen(condition, series))), None)
    choices: list[tuple[bool, ...]] = [(True,) * len(lines)]
    chosen = "''"
    if state and len(lines) <= _FEW:
        choices = [choice for choice in itertools.product((False, True), repeat=len(lines)) if any(choice)]
        chosen = " + ".join(f"(indexof({state}, {json.dumps(name)}) < 0 ? '0' : '1')" for name in lines)
    inside = height - _AXES - _TITLE * titled
    last = frame.sort_values(x, kind="stable").groupby([*groups, series], sort=False).tail(1)
    places: dict[str, float] = {}
    for _, rows in last.groupby(groups, sort=False) if groups else [((), last)]:
        low, high = reach(rows)
        unit = (high - low or 1.0) / inside
        for choice in choices:
            part = rows[rows[series].isin([name for name, taken in zip(lines, choice, strict=True) if taken])]
            if part.empty:
                continue
            tall = part[series].map(lambda name: _LINE * (1 + words[f"|{_read(name)}"].count("\n"))).to_numpy(float)
            tall += np.clip((inside + _LINE - tall.sum()) / len(tall), 0, _BETWEEN)
            down = np.clip((high - part[y].to_numpy(float)) / unit, 0, inside)
            at = high - unit * spaced(down, tall, (-_LINE / 2, inside + _LINE / 2))
            first = "".join("01"[taken] for taken in choice) if len(choices) > 1 else ""
            for row, place in zip(part[[*groups, series]].to_dict("records"), at.tolist(), strict=True):
                key = "|".join([first, *(_read(row[field]) for field in (*groups, series))])
                places[key] = float(f"{place:.4g}")
    room = _LEADER + _GAP + math.ceil(max(map(_width, words.values())))
    return Names(x=x, series=series, groups=groups, chosen=chosen, words=words, places=places, room=room)
