"""The book's claims for machines: the list that the page "Claims" carries becomes ``downloads/claims.json``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_SCRIPT = re.compile(r'<script\b(?=[^>]*\bid="claims-json")[^>]*>(.*?)</script>', re.DOTALL)


def claims_in(html: str) -> list[dict[str, object]]:
    """Read the claims that a built page carries in its script element ``claims-json``.

    Raises
    ------
    BookError
        If the page has no such element.
    """
    match = _SCRIPT.search(html)
    if match is None:
        raise BookError(
            'claims.md carries no list of claims: expected a script element of id "claims-json", which '
            "`claims.table()` as the last expression of a cell puts there"
        )
    claims: list[dict[str, object]] = json.loads(match[1])
    return claims


def _write(app: Sphinx, exception: Exception | None) -> None:
    page = Path(app.outdir, "claims.html")
    if exception is not None or "claims" not in app.env.found_docs:
        return
    claims = claims_in(page.read_text(encoding="utf-8"))
    folder = Path(app.outdir, "downloads")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "claims.json").write_text(json.dumps(claims, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the file when all pages are written."""
    app.connect("build-finished", _write)
