"""The look of every chart, as Vega-Lite's configuration: quiet axes, generous type, no frame.

Type is 11 to 13 px at the width a chart is shown, since each width has a picture of its own. Marks carry no ARIA
attributes: a live chart is one stop for the keyboard and tells the mark under its cursor, and its data are a table a
click away; a thousand labels would tell nobody anything.
"""

from __future__ import annotations

from typing import Any

from mnist_interp.charts.palette import GRID, INK, MUTED, RULE, SERIES

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def config() -> dict[str, Any]:
    """Return the configuration, a new dictionary at each call."""
    return {
        "aria": False,
        "background": None,
        "font": FONT,
        "padding": {"left": 2, "right": 6, "top": 4, "bottom": 2},
        "view": {"stroke": None},
        "axis": {
            "domainColor": RULE.css,
            "tickColor": RULE.css,
            "gridColor": GRID.css,
            "labelColor": MUTED.css,
            "titleColor": INK.css,
            "labelFontSize": 11,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "labelPadding": 4,
            "tickSize": 4,
            "labelOverlap": "greedy",
            "labelSeparation": 6,
        },
        "axisX": {"grid": False, "tickCount": 6},
        "axisY": {
            "domain": False,
            "ticks": False,
            "tickCount": 5,
            "titleAngle": 0,
            "titleAlign": "left",
            "titleAnchor": "start",
            "titleBaseline": "bottom",
            "titleX": 0,
            "titleY": -8,
        },
        "title": {
            "anchor": "start",
            "frame": "group",
            "color": INK.css,
            "fontSize": 13,
            "fontWeight": 600,
            "offset": 14,
            "subtitleColor": MUTED.css,
            "subtitleFontSize": 12,
        },
        "legend": {"disable": True},
        "line": {"strokeWidth": 2, "strokeCap": "round", "strokeJoin": "round"},
        "rule": {"color": RULE.css},
        "text": {"color": INK.css, "fontSize": 11.5},
        "mark": {"color": SERIES[0].css},
    }
