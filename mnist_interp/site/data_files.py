"""The figures' data outside the page: a script for the page's charts, and a file of each figure for everybody else.

Data are most of a chapter's bytes, and a browser reads a page by the megabyte before it shows a word; so they come in
``_static/data/PAGE.js`` after the first paint. ``downloads/data/PAGE-FIGURE.csv`` is for readers without scripts: the
lines that the figure's own button writes (``charts/table.js``), one table after the other, numbered if several.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml.html import builder

from mnist_interp.site import stamps, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

    Table = Mapping[str, Sequence[Any]]

FOLDER = "downloads/data"
_BEGINNING = "window.miTables="


def _name(page: str, figure: str) -> str:
    return f"{FOLDER}/{page.replace('/', '-')}-{figure}.csv"


def called(figure: HtmlElement) -> str:
    """Return the name of a figure, as its page and its files have it."""
    identity: str = figure.get("id")
    return identity.removeprefix("fig-")


def link(body: HtmlElement, page: str, pathto: Callable[..., str]) -> None:
    """Give each figure of a page's body a link to its file beside the button that needs a script."""
    for figure in body.find_class("mi-figure"):
        address = pathto(_name(page, called(figure)), 1)
        for button in figure.find_class("mi-csv"):
            button.addnext(builder.A("Data (CSV)", {"class": "mi-file", "href": address, "download": ""}))


def lines(tables: Sequence[Table]) -> str:
    """Return tables of columns as comma-separated values."""
    fields = list(dict.fromkeys(field for table in tables for field in table))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    many = len(tables) > 1
    writer.writerow(["table", *fields] if many else fields)
    for number, table in enumerate(tables, 1):
        for row in zip(*table.values(), strict=True):
            named = dict(zip(table, row, strict=True))
            cells = [_shown(named.get(field)) for field in fields]
            writer.writerow([number, *cells] if many else cells)
    return out.getvalue()


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def keep(app: Sphinx, page: str, data: Mapping[str, str]) -> str | None:
    """Write a page's tables (JSON by name) as a script that it loads after its first paint; return its place."""
    name = f"data/{page}.js"
    path = Path(app.outdir, "_static", name)
    if not data:
        path.unlink(missing_ok=True)
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    tables = ",\n".join(f'"{table}":{content}' for table, content in data.items())
    path.write_text(f"{_BEGINNING}{{{tables}}};\n", encoding="utf-8")
    return name


def _script(site: Path, page: str) -> Path:
    return site / "_static" / "data" / f"{page}.js"


def tables_of(site: Path, page: str) -> dict[str, Table]:
    """Read the tables that `keep` wrote; none if it wrote none."""
    path = _script(site, page)
    if not path.is_file():
        return {}
    tables: dict[str, Table] = json.loads(path.read_text(encoding="utf-8").removeprefix(_BEGINNING).strip(";\n"))
    return tables


def panels(figure: HtmlElement) -> list[dict[str, Any]]:
    """Return what a figure says of its panels to the script that moves them."""
    (spec,) = figure.find_class("mi-spec")
    found: list[dict[str, Any]] = json.loads(spec.text)["panels"]
    return found


def figures(page: HtmlElement, tables: Mapping[str, Table]) -> Iterator[tuple[str, list[Table]]]:
    """Yield the name and the tables of each figure of a built page."""
    for figure in page.find_class("mi-figure"):
        named = (panel["data"] for panel in panels(figure))
        names = dict.fromkeys(name for given in named for name in ([given] if isinstance(given, str) else given))
        yield called(figure), [tables[name] for name in names]


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    site = Path(app.outdir)
    (site / FOLDER).mkdir(parents=True, exist_ok=True)
    known = set()
    for page in sorted(app.env.found_docs):
        content = tree.read(site / f"{page}.html")
        drawn = content.find_class("mi-figure")
        paths = [site / _name(page, called(figure)) for figure in drawn]
        known.update(paths)
        key = _key(site, page, drawn)
        if not stamps.stands(app, f"data-{page}", key, paths):  # an edited sentence leaves a page's figures as they are
            for path, (_, tables) in zip(paths, figures(content, tables_of(site, page)), strict=True):
                path.write_text(lines(tables), encoding="utf-8")
            stamps.written(app, f"data-{page}", key)
    for path in set(site.glob(f"{FOLDER}/*.csv")) - known:
        path.unlink()


def _key(site: Path, page: str, drawn: Sequence[HtmlElement]) -> str:
    digest, data = hashlib.sha256(), _script(site, page)
    for figure in drawn:
        digest.update(tree.outer(figure).encode())
    if data.is_file():
        digest.update(data.read_bytes())
    return digest.hexdigest()


def setup(app: Sphinx) -> None:
    """Write the files when all pages are written."""
    app.connect("build-finished", _write)
