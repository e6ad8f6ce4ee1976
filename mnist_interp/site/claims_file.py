"""The book's claims for machines: the list that the page "Claims" carries becomes ``downloads/claims.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.site import tree
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from sphinx.application import Sphinx


def claims_in(page: HtmlElement) -> list[dict[str, object]]:
    """Read the claims that a built page carries in its script element ``claims-json``.

    Raises
    ------
    BookError
        If the page has no such element.
    """
    script = page.find(".//script[@id='claims-json']")
    if script is None:
        raise BookError(
            'claims.md carries no list of claims: expected a script element of id "claims-json", which '
            "`claims.table()` as the last expression of a cell puts there"
        )
    claims: list[dict[str, object]] = json.loads(script.text)
    return claims


def _write(app: Sphinx, exception: Exception | None) -> None:
    page = Path(app.outdir, "claims.html")
    if exception is not None or "claims" not in app.env.found_docs:
        return
    claims = claims_in(tree.read(page))
    folder = Path(app.outdir, "downloads")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "claims.json").write_text(json.dumps(claims, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the file when all pages are written."""
    app.connect("build-finished", _write)
