"""The site's style in two parts, so that a page's opening is painted while the rest of it is still read.

A browser paints what it has laid out, and lays out all it has read: a chapter's first words would wait for its last.
But it stops at a style sheet linked within the text, and paints what stands above. So the style of the frame and of an
opening, the title and the paragraphs behind it, stands in the page; that of everything below is a file, the same for
all pages, linked where the opening ends. What the cover alone has stands in the cover.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from lxml.html import builder

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

SOURCES = Path(__file__).parent / "styles"
OPENING, UNDER_TITLE, COVER = (SOURCES / name for name in ("opening.css", "under_title.css", "cover.css"))
LINKED = "_static/below.css"
_CHARTS = "_static/charts"
_DARK = re.compile(r'(?::root)?\[data-theme="?dark"?\]')
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_PRINT = re.compile(r"@media print\s*\{(?:[^{}]*\{[^{}]*\})*\s*\}")


def compact(css: str) -> str:
    """Drop comments and line breaks of a style sheet."""
    return re.sub(r"\s*\n\s*", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)).strip()


def dark_without_script(css: str) -> str:
    """Return the rules of the dark theme for a page whose root no script has marked, where the system is dark."""
    rules = "".join(
        f"{_DARK.sub(':root:not([data-theme])', selector.strip())}{{{body}}}"
        for selector, body in _RULE.findall(_PRINT.sub("", css))
        if _DARK.search(selector)
    )
    return f"@media screen and (prefers-color-scheme:dark){{{rules}}}" if rules else ""


def sheet(address: str) -> HtmlElement:
    """Return the link to a style sheet."""
    return builder.LINK(rel="stylesheet", href=address)


def part(body: HtmlElement, address: str) -> bool:
    """Link a style sheet where a page's opening ends, behind the title and its paragraphs; say whether it has one."""
    last = body.find(".//h1")
    if last is None:
        return False
    while (following := last.getnext()) is not None and (following.tag == "p" or "mi-aids" in following.classes):
        last = following
    last.addnext(sheet(address))
    return True


def _joined(*paths: Path) -> str:
    css = compact("".join(path.read_text(encoding="utf-8") for path in paths))
    return css + dark_without_script(css)


def _write(app: Sphinx) -> None:
    charts = Path(app.outdir, _CHARTS)
    app.mi_style = _joined(charts / "palette.css", OPENING, UNDER_TITLE)  # type: ignore[attr-defined]
    app.mi_cover_style = _joined(COVER)  # type: ignore[attr-defined]
    below = [path for path in sorted(SOURCES.glob("*.css")) if path not in {OPENING, UNDER_TITLE, COVER}]
    Path(app.outdir, LINKED).write_text(_joined(*below, charts / "charts.css") + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the linked part when the charts' styles are there."""
    app.connect("builder-inited", _write, priority=600)
