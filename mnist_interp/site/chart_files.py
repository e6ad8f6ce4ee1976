"""What the pages' charts load: written once a site, and data that figures of a page share written once a page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_interp.charts import bundle

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

_DATA = re.compile(r'<script\b[^>]*\bclass="mi-data"[^>]*\bid="(data-[\w-]+)"[^>]*>.*?</script>\s*', re.DOTALL)


def stored_once(html: str) -> str:
    """Drop each repetition of a data element whose id, a hash of its content, has been seen before on the page."""
    seen: set[str] = set()

    def first(match: re.Match[str]) -> str:
        repeated = match[1] in seen
        seen.add(match[1])
        return "" if repeated else match[0]

    return _DATA.sub(first, html)


def _share(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if context.get("body"):
        context["body"] = stored_once(context["body"])


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is None:
      import contextlib
      with contextlib.suppress(FileNotFoundError):  # TEMPORARY
        bundle.write(Path(app.outdir, "_static", "charts"))


def setup(app: Sphinx) -> None:
    """Share data when a page is written, and write the bundle when all are."""
    app.connect("html-page-context", _share)
    app.connect("build-finished", _write)
