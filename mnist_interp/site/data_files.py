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
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_interp.site import stamps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sphinx.application import Sphinx

    Table = Mapping[str, Sequence[Any]]

FOLDER = "downloads/data"
_FIGURE = re.compile(r'<figure class="mi-figure[^>]*? id="fig-([\w-]+)".*?</figure>', re.DOTALL)
_BUTTON = '<button type="button" class="mi-csv">Download CSV</button>'
_SPEC = re.compile(r'class="mi-spec">(.*?)</script>', re.DOTALL)
_BEGINNING = "window.miTables="


def _name(page: str, figure: str) -> str:
    return f"{FOLDER}/{page.replace('/', '-')}-{figure}.csv"


def linked(body: str, page: str, pathto: Callable[..., str]) -> str:
    """Give each figure of a page's body a link to its file beside the button that needs a script."""

    def link(match: re.Match[str]) -> str:
        address = pathto(_name(page, match[1]), 1)
        return match[0].replace(_BUTTON, f'{_BUTTON}<a class="mi-file" href="{address}" download>Data (CSV)</a>')

    return _FIGURE.sub(link, body)


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


def figures(html: str, tables: Mapping[str, Table]) -> Iterator[tuple[str, list[Table]]]:
    """Yield the name and the tables of each figure of a built page."""
    drawn = list(_FIGURE.finditer(html))
    yield from zip((match[1] for match in drawn), _tables(drawn, tables), strict=True)


def _tables(drawn: Sequence[re.Match[str]], tables: Mapping[str, Table]) -> Iterator[list[Table]]:
    for match in drawn:
        about = json.loads(_SPEC.search(match[0])[1])  # type: ignore[index]
        named = (panel["data"] for panel in about["panels"])
        names = dict.fromkeys(name for given in named for name in ([given] if isinstance(given, str) else given))
        yield [tables[name] for name in names]


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    site = Path(app.outdir)
    (site / FOLDER).mkdir(parents=True, exist_ok=True)
    known = set()
    for page in sorted(app.env.found_docs):
        drawn = list(_FIGURE.finditer((site / f"{page}.html").read_text(encoding="utf-8")))
        paths = [site / _name(page, match[1]) for match in drawn]
        known.update(paths)
        key = _key(site, page, drawn)
        if not stamps.stands(app, f"data-{page}", key, paths):  # an edited sentence leaves a page's figures as they are
            for path, tables in zip(paths, _tables(drawn, tables_of(site, page)), strict=True):
                path.write_text(lines(tables), encoding="utf-8")
            stamps.written(app, f"data-{page}", key)
    for path in set(site.glob(f"{FOLDER}/*.csv")) - known:
        path.unlink()


def _key(site: Path, page: str, drawn: Sequence[re.Match[str]]) -> str:
    digest, data = hashlib.sha256(), _script(site, page)
    for match in drawn:
        digest.update(match[0].encode())
    if data.is_file():
        digest.update(data.read_bytes())
    return digest.hexdigest()


def setup(app: Sphinx) -> None:
    """Write the files when all pages are written."""
    app.connect("build-finished", _write)
