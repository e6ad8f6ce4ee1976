"""The picture of a chart made at build time: inline SVG, small, with ids of its own.

It is what a reader sees before the scripts run, without them, and in print. Colors stay CSS variables, so it follows
the theme; the font is the page's. `compact` makes it light. Room for labels is measured in a font as wide as
a reader's system is likely to put in: in a narrower one they end a little earlier, in a wider one they are cut off.
"""

from __future__ import annotations

import re
from html import escape

import matplotlib
import vl_convert

from mnist_interp.charts.compact import compact
from mnist_interp.charts.panel import Box, ChartPanel

_ID = re.compile(r'\bid="([^"]+)"')
_ROOT = re.compile(r"^<svg[^>]*>")
_MEASURED = "DejaVu Sans"  # comes with matplotlib

vl_convert.register_font_directory(f"{matplotlib.get_data_path()}/fonts/ttf")


def _own_ids(svg: str, prefix: str) -> str:
    for number, name in enumerate(dict.fromkeys(_ID.findall(svg))):
        svg = re.sub(rf'(id="|url\(#|href="#){re.escape(name)}(?=["\)])', rf"\g<1>{prefix}-{number}", svg)
    return svg


def draw(panel: ChartPanel, box: Box, *, prefix: str, kind: str, label: str) -> str:
    """Return the picture of a panel's initial state as an SVG element.

    Parameters
    ----------
    panel : ChartPanel
        What to draw.
    box : Box
        Its size.
    prefix : str
        Begins every id in the picture.
    kind : str
        The element's class, by which style sheets choose the picture that fits.
    label : str
        What it shows, for readers who cannot see it.
    """
    spec = panel.full(box)
    svg = vl_convert.vegalite_to_svg(spec | {"config": spec["config"] | {"font": _MEASURED}})
    svg = _ROOT.sub("", svg).removesuffix("</svg>")
    svg = _own_ids(compact(svg), prefix)
    return (
        f'<svg class="{kind}" role="img" aria-label="{escape(label)}" viewBox="0 0 {box.width} {box.height}" '
        f'xmlns="http://www.w3.org/2000/svg">{svg}</svg>'
    )
