"""The page "Claims": its lists for machines become files in ``downloads``, its filter names chapters by title."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.site import numbered, tree
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


FILES = {"claims-json": "claims.json", "claims-edition-1-json": "claims-edition-1.json"}


def claims_in(page: HtmlElement, name: str = "claims-json") -> list[dict[str, object]]:
    """Read the claims that a built page carries in a script element.

    Parameters
    ----------
    page : HtmlElement
        The page "Claims".
    name : str
        The element's id, of `FILES`.

    Raises
    ------
    BookError
        If the page has no such element.
    """
    script = page.find(f".//script[@id='{name}']")
    if script is None:
        raise BookError(
            f'claims.md carries no list of claims: expected a script element of id "{name}", which `claims.table()` '
            "and `claims.first_edition()` as the last expressions of cells put there"
        )
    claims: list[dict[str, object]] = json.loads(script.text)
    return claims


def name_chapters(body: HtmlElement, env: BuildEnvironment) -> None:
    """Write chapters by number and title where the table's filter has their numbers alone."""
    for choice in body.iterfind(".//input[@name='mi-chapter']"):
        if (page := choice.get("value")) in env.titles:
            choice.tail = numbered.titled(env, page)


def _write(app: Sphinx, exception: Exception | None) -> None:
    page = Path(app.outdir, "claims.html")
    if exception is not None or "claims" not in app.env.found_docs:
        return
    read, folder = tree.read(page), Path(app.outdir, "downloads")
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in FILES.items():
        text = json.dumps(claims_in(read, name), indent=1, ensure_ascii=False)
        (folder / file).write_text(text + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the file when all pages are written."""
    app.connect("build-finished", _write)
