"""The page "Pruning" carries its oracle's values for machines; they become ``downloads/pruning.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_interp.site import tree
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

PAGE, ELEMENT = "pruning", "pruning-json"


def values_in(page: HtmlElement) -> dict[str, Any]:
    """Read the values that a built page carries in a script element.

    Raises
    ------
    BookError
        If the page has no such element.
    """
    script = page.find(f".//script[@id='{ELEMENT}']")
    if script is None:
        raise BookError(
            f'{PAGE}.md carries no values of its oracle: expected a script element of id "{ELEMENT}", which '
            "`download.element(run)` as the last expression of a cell puts there"
        )
    values: dict[str, Any] = json.loads(script.text)
    return values


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or PAGE not in app.env.found_docs:
        return
    folder = Path(app.outdir, "downloads")
    folder.mkdir(parents=True, exist_ok=True)
    values = values_in(tree.read(Path(app.outdir, f"{PAGE}.html")))
    (folder / f"{PAGE}.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the file when all pages are written."""
    app.connect("build-finished", _write)
