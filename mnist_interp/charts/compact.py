"""An SVG as Vega writes it, made lighter without a visible change: fewer elements, fewer words.

Vega writes a path for each point and names the font in each text. A page with some thousands of points is then
megabytes that a browser must parse before it shows the text. Here the points of one color become one path of dots
(zero-length strokes with round caps), so do the cells of a heat map, and the glyphs of one digit become one text with a
list of places. A scatter plot of 1,000 points falls from 159 kB to 15 kB (8 to 5 kB compressed).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_GEOMETRY = re.compile(r' (d|transform|x|y|x1|x2|y1|y2|width|height)="([^"]*)"')
_LONG = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")
_SILENT = re.compile(
    r' (?:(?:aria-hidden|aria-roledescription|role|pointer-events|class|font-family)="[^"]*"'
    r'|opacity="1"|font-weight="normal")'
)
_EMPTY = re.compile(
    r'<path(?: class="[^"]*")?(?: stroke="[^"]*")? d="(?:M0,0h0v0h0Z)?"(?: display="none")?(?: fill="[^"]*")?/>'
)
_HOLLOW = re.compile(r"<g(?: transform=\"[^\"]*\")?></g>|<g/>")
_UNSTROKED = re.compile(r'(<(?:path|rect)(?![^>]* stroke=)[^>]*?) stroke-width="[^"]*"')
_DOT = re.compile(
    r'<path transform="translate\((?P<x>[-\d.]+),(?P<y>[-\d.]+)\)" d="M(?P<r>[\d.]+),0A(?P=r),(?P=r),0,1,1,-(?P=r),0'
    r'A(?P=r),(?P=r),0,1,1,(?P=r),0" fill="(?P<same>[^"]*"(?: opacity="[^"]*")?)/>'
)
_GLYPH = re.compile(
    r'<text(?P<same1>[^>]*) transform="translate\((?P<x>[-\d.]+),(?P<y>[-\d.]+)\)"(?P<same2>[^>]*)>(?P<glyph>\d)</text>'
)
_CELL = re.compile(r'<path d="(?P<d>M[^"]*Z)" (?P<same>fill="[^"]*"(?: opacity="[^"]*")?)/>')
_PLACES = {"x", "y", "d"}
_RUN = 8


def _tenth(match: re.Match[str]) -> str:
    return f"{float(match.group()):.1f}".removesuffix(".0").replace("-0.0", "0")


def _short_geometry(match: re.Match[str]) -> str:
    return f' {match.group(1)}="{_LONG.sub(_tenth, match.group(2))}"'


def _runs(pattern: re.Pattern[str], svg: str) -> Iterator[list[re.Match[str]]]:
    """Yield each row of matches that follow one another without a gap, `_RUN` of them or more."""
    run: list[re.Match[str]] = []
    for match in pattern.finditer(svg):
        if run and run[-1].end() != match.start():
            if len(run) >= _RUN:
                yield run
            run = []
        run.append(match)
    if len(run) >= _RUN:
        yield run


def _joined(svg: str, pattern: re.Pattern[str], join: Callable[[list[re.Match[str]]], str]) -> str:
    """Replace, in each run, the elements that share all but their place by one element."""
    parts, done = [], 0
    for run in _runs(pattern, svg):
        alike: dict[tuple[str, ...], list[re.Match[str]]] = {}
        for match in run:
            key = tuple(value for name, value in match.groupdict().items() if name not in _PLACES)
            alike.setdefault(key, []).append(match)
        parts += [svg[done : run[0].start()], *map(join, alike.values())]
        done = run[-1].end()
    return "".join([*parts, svg[done:]])


def _dots(alike: list[re.Match[str]]) -> str:
    first = alike[0]
    path = "".join(f"M{match['x']},{match['y']}h0" for match in alike)
    width = f"{2 * float(first['r']):.1f}".removesuffix(".0")
    return f'<path stroke-linecap="round" stroke-width="{width}" d="{path}" stroke="{first["same"]}/>'


def _cells(alike: list[re.Match[str]]) -> str:
    return f'<path d="{"".join(match["d"] for match in alike)}" {alike[0]["same"]}/>'


def _glyphs(alike: list[re.Match[str]]) -> str:
    first = alike[0]
    places = (" ".join(match[axis] for match in alike) for axis in "xy")
    return '<text{} x="{}" y="{}"{}>{}</text>'.format(
        first["same1"], *places, first["same2"], "".join(match["glyph"] for match in alike)
    )


def _without(pattern: re.Pattern[str], svg: str) -> str:
    found = 1
    while found:
        svg, found = pattern.subn("", svg)
    return svg


def compact(svg: str) -> str:
    """Return the content of an SVG with positions to a tenth of a pixel, and dots, cells and glyphs joined."""
    svg = _SILENT.sub("", _GEOMETRY.sub(_short_geometry, svg))
    svg = _without(_HOLLOW, _UNSTROKED.sub(r"\1", _EMPTY.sub("", svg)))
    for pattern, join in [(_DOT, _dots), (_GLYPH, _glyphs), (_CELL, _cells)]:
        svg = _joined(svg, pattern, join)
    return svg
