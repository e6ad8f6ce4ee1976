"""An address of its own for each figure: ``figure.html#PAGE/FIGURE`` shows it alone, also within others' pages.

That page lists all figures. Its script sends a reader on to the chapter, as ``PAGE.html?figure#fig-FIGURE``, where the
first script hides the page and the style shows what the address names and nothing else: the figure is alive there, with
its data, also from ``file://``. Each figure has a link to its address, which `static/figure-link.js` copies.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml.html import builder

from mnist_interp.site import data_files, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

PAGE = "figure"
SCRIPT = "figure-link.js"


def link(body: HtmlElement, page: str, pathto: Callable[..., str]) -> None:
    """Give each figure of a page's body the link to its own address, behind the buttons for its data."""
    for figure in body.find_class("mi-figure"):
        name = data_files.called(figure)
        address = f"{pathto(f'{PAGE}.html', 1)}#{page}/{name}"
        for tools in figure.find_class("mi-tools"):
            tools.append(builder.A("Link", {"class": "mi-link", "href": address, "aria-label": f"Link to “{name}”"}))


def title(figure: HtmlElement) -> str:
    """Return the words in bold with which a figure's caption begins; its name where it has none."""
    words: str | None = figure.findtext("figcaption/strong")
    return words.strip().rstrip(".,:") if words else data_files.called(figure)


def _chapters(app: Sphinx) -> list[dict[str, Any]]:
    root = app.config.root_doc
    pages = [root, *(page for page in app.env.toctree_includes.get(root, []) if page in app.env.found_docs)]
    found = []
    for page in pages:
        figures = tree.read(Path(app.outdir, f"{page}.html")).find_class("mi-figure")
        entries = [{"name": data_files.called(figure), "title": title(figure)} for figure in figures]
        found.append({"page": page, "title": app.env.titles[page].astext(), "figures": entries})
    return [chapter for chapter in found if chapter["figures"]]


def _collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    yield PAGE, {"title": "Figures", "mi_chapters": _chapters(app)}, f"{PAGE}.html"


def setup(app: Sphinx) -> None:
    """Write the list of figures when all pages are written."""
    app.connect("html-collect-pages", _collect)
