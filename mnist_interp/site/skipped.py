"""Figures far from the screen are not laid out before the first paint: each says how tall it will be.

A browser skips what is off the screen (``content-visibility: auto``) if it may take a height for it. The height is
known but for the caption's lines: a figure's panels keep the box of their picture. So the scroll bar and an address
within the page are right at once, and find, print and screen readers see everything.
"""

from __future__ import annotations

import html as entities
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

_FIGURE = re.compile(r'<figure class="(mi-figure[^"]*)"(.*?)</figure>', re.DOTALL)
_COLUMNS = re.compile(r"--mi-columns:(\d+)")
_PANEL = re.compile(r'<div class="mi-panel"')
_BOXES = re.compile(r"--mi-wide:(\d+)/(\d+);--mi-narrow:(\d+)/(\d+)")
_GALLERY = re.compile(r"height:(\d+)px")
_TILE = re.compile(r"--mi-tile:(\d+)px")
_CAPTION = re.compile(r"<figcaption>(.*?)<div class=\"mi-tools\">", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
TEXT, WIDE, PHONE = 656, 948, 350  # a figure's width: in the text's column, beyond it, on a phone
_GAP, _MARGIN, _LINE, _TOOLS = 24, 13, 22, 35
_LETTER = 6.9  # average width of a caption's, in pixels
_ROW = {"wide": 51, "narrow": 56}  # a row of controls


def _panel_height(panel: str, width: float, kind: str) -> float:
    """Return the height in pixels of a panel that is so wide."""
    if boxes := _BOXES.search(panel):
        own_width, height = (int(boxes[group]) for group in ((1, 2) if kind == "wide" else (3, 4)))
        return width * height / own_width + (24 if 'class="mi-ramp"' in panel else 0)
    if tile := _TILE.search(panel):
        size = int(tile[1])
        across = max(1, int((width + 5) // (size + 9)))
        rows = -(-panel.count('class="mi-map"') // across)
        return 41 + rows * (size + 27)
    if gallery := _GALLERY.search(panel):
        return 41 + int(gallery[1])
    return 96


def height(figure: str, *, width: int, kind: str) -> int:
    """Estimate the height of a figure in pixels.

    Parameters
    ----------
    figure : str
        Its markup.
    width : int
        Its width in pixels.
    kind : str
        ``"wide"``, or ``"narrow"`` for a phone, where panels are stacked.
    """
    columns = int(_COLUMNS.search(figure)[1]) if kind == "wide" else 1  # type: ignore[index]
    across = (width - _GAP * (columns - 1)) / columns
    caption = _CAPTION.search(figure)
    body = figure[: caption.start()] if caption else figure
    panels = [_panel_height(panel, across, kind) for panel in _PANEL.split(body)[1:]]
    rows = [max(panels[start : start + columns]) for start in range(0, len(panels), columns)]
    letters = len(entities.unescape(_TAG.sub("", caption[1]))) if caption else 0
    lines = -(-letters * _LETTER // min(width, 650))
    controls = figure.count('class="mi-scrub"') + figure.count('class="mi-choose"')
    above = _ROW[kind] * (controls if kind == "narrow" else -(-controls // 2))
    return round(above + sum(rows) + _GAP * (len(rows) - 1) + _MARGIN + lines * _LINE + _TOOLS)


def sized(html: str) -> str:
    """Return the page's body with each figure's heights, at the desk and on a phone, as its style."""

    def with_heights(match: re.Match[str]) -> str:
        width = WIDE if "mi-wide-figure" in match[1] else TEXT
        desk = height(match[0], width=width, kind="wide")
        phone = height(match[0], width=PHONE, kind="narrow")
        return f'<figure class="{match[1]}" style="--mi-tall:{desk}px;--mi-tall-narrow:{phone}px"{match[2]}</figure>'

    return _FIGURE.sub(with_heights, html)


def _size(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if context.get("body"):
        context["body"] = sized(context["body"])


def setup(app: Sphinx) -> None:
    """Size the figures of each page before its template is filled, and before its pictures are parted from it."""
    app.connect("html-page-context", _size)
