"""A chart made ready for a page: its specification without data, its data as payloads, its two boxes.

Altair writes rows into the specification; here they become payloads that figures can share. The figure's state is
put in as Vega's parameters of the same names. A box is decided by the chart's `height`, or by ``usermeta={"mi":
{"aspect": 1.0}}`` (height over width, at most `_TALLEST`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt

from mnist_interp.charts import theme, where
from mnist_interp.charts.payload import Payload, from_rows

NARROW = 360  # CSS pixels of a panel on a phone, which charts.css shows in containers of at most 560
_RATIO = 0.62
_TALLEST = 520
_BENT_SCALES = {"log", "symlog", "pow", "sqrt"}
_SPLIT = {"facet", "row", "column"}


@dataclass(frozen=True)
class Box:
    """Width and height in CSS pixels of a panel's picture."""

    width: int
    height: int


@dataclass(frozen=True)
class ChartPanel:
    """A chart ready for a page.

    Attributes
    ----------
    spec : dict
        Vega-Lite, with names in place of data, without size.
    payloads : dict of str to Payload
        The data by name.
    wide, narrow : Box
        The boxes at the two design widths.
    meta : dict
        What a builder says to the page: ``ramp``, the key of a quantized scale.
    """

    spec: dict[str, Any]
    payloads: dict[str, Payload]
    wide: Box
    narrow: Box
    meta: dict[str, Any]

    def full(self, box: Box) -> dict[str, Any]:
        """Return the specification with its data and a size, as it is drawn at build time."""
        datasets = {name: payload.rows for name, payload in self.payloads.items()}
        size = {"width": box.width, "height": box.height, "autosize": {"type": "fit", "contains": "padding"}}
        return self.spec | {"datasets": datasets} | size


def _nested(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _nested(item)
    elif isinstance(value, list):
        for item in value:
            yield from _nested(item)


def _bent_fields(spec: Mapping[str, Any]) -> set[str]:
    channels = (part for part in _nested(spec) if isinstance(part.get("scale"), dict) and "field" in part)
    return {part["field"] for part in channels if part["scale"].get("type") in _BENT_SCALES}


def _compared_fields(spec: Mapping[str, Any]) -> set[str]:
    filters = (part["filter"] for part in _nested(spec) if isinstance(part.get("filter"), str))
    return {field for expression in filters for field in where.fields(expression)}


def _check(chart: Any) -> None:
    if not isinstance(chart, alt.Chart | alt.LayerChart):
        raise ValueError(
            f"cannot put a {type(chart).__name__} in a figure: a panel is an Altair chart of one view (plain or "
            "layered) or a charts.Gallery; for small multiples give several panels in a list"
        )
    if not isinstance(chart.config, alt.utils.schemapi.UndefinedType):
        raise ValueError("a panel's chart has a configuration of its own: leave looks to charts.theme")


def _box(width: int, meta: Mapping[str, Any], height: Any) -> Box:
    if "aspect" in meta:
        return Box(width, min(round(width * meta["aspect"]), _TALLEST))
    return Box(width, int(height) if isinstance(height, int | float) else round(width * _RATIO))


def prepare(
    chart: alt.Chart | alt.LayerChart, *, width: int, state: Mapping[str, Any], tapped: Collection[str] = ()
) -> ChartPanel:
    """Make a chart ready.

    Parameters
    ----------
    chart : altair.Chart or altair.LayerChart
        One view, of the column's width.
    width : int
        The panel's width in CSS pixels where the column is wide.
    state : mapping
        The figure's state with its initial values.
    tapped : collection of str
        Fields whose values become states, and so are not rounded.

    Raises
    ------
    ValueError
        If the chart is of several views, has a configuration of its own, or asks for data at an address.
    """
    _check(chart)
    with alt.data_transformers.enable("default", max_rows=None, consolidate_datasets=True):
        spec = chart.to_dict()
    rows = spec.pop("datasets", {})
    bent, exact = _bent_fields(spec), _compared_fields(spec) | set(tapped)
    named = {name: from_rows(table, logarithmic=bent, exact=exact) for name, table in rows.items()}
    for part in _nested(spec):
        data = part.get("data")
        if isinstance(data, dict) and data.get("name") in named:
            part["data"] = {"name": named[data["name"]].name}
        if isinstance(data, dict) and "url" in data:
            raise ValueError("a panel asks for data at an address: give the chart its data as a frame")
        if _SPLIT & part.get("encoding", {}).keys():
            raise ValueError("a panel is split by facet, row or column: give several panels in a list instead")
    height, meta = spec.pop("height", None), spec.pop("usermeta", {}).get("mi", {})
    spec.pop("width", None)
    own = [param for param in spec.get("params", []) if param["name"] not in state]
    spec["params"] = own + [{"name": name, "value": value} for name, value in state.items()]
    spec["config"] = theme.config()
    return ChartPanel(
        spec=spec,
        payloads={payload.name: payload for payload in named.values()},
        wide=_box(width, meta, height),
        narrow=_box(NARROW, meta, height),
        meta=meta,
    )
