"""A warning about a page is an error, on every run.

Sphinx warns of a missing glue key, an unknown reference or a figure nobody published, and ends well; the next run,
which doesn't read that page again, doesn't even warn. Here the build ends with the list, and the pages concerned are
forgotten, so that the next run finds the same. `suppress_warnings` holds as usual.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.logging import NAMESPACE, is_suppressed_warning

from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from sphinx.application import Sphinx


_LINE = re.compile(r"(.*?)(?::(\d*))?")


class Complaints(logging.Handler):
    """Collects what Sphinx and its extensions warn of while one site is built."""

    def __init__(self, app: Sphinx) -> None:
        super().__init__(level=logging.WARNING)
        self.app = app
        self.found: dict[str, str | None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning, with the page that it is about if it names one."""
        kind, subkind = getattr(record, "type", None), getattr(record, "subtype", None)
        if kind is not None and is_suppressed_warning(kind, subkind or "", self.app.config.suppress_warnings):
            return
        page, place = self._place(getattr(record, "location", None))
        if page is not None:
            self.found[f"{place}: {record.getMessage()}"] = page

    def _place(self, location: object) -> tuple[str | None, str]:
        if isinstance(location, tuple):
            page, line = location
            return page, f"{page}.md:{line}" if line else f"{page}.md"
        if isinstance(location, nodes.Node):
            location = f"{location.source}:{location.line or ''}"
        if not location:
            return None, ""
        source, line = _LINE.fullmatch(str(location)).groups()  # type: ignore[union-attr]
        page = self.app.env.path2doc(source) if Path(source).suffix else source
        return page, f"{Path(source).name}:{line}" if line else Path(source).name


def _start(app: Sphinx) -> None:
    app.mi_complaints = Complaints(app)  # type: ignore[attr-defined]
    logging.getLogger(NAMESPACE).addHandler(app.mi_complaints)  # type: ignore[attr-defined]


def _finish(app: Sphinx, exception: Exception | None) -> None:
    complaints: Complaints = app.mi_complaints  # type: ignore[attr-defined]
    logging.getLogger(NAMESPACE).removeHandler(complaints)
    if exception is not None or not complaints.found:
        return
    for page in complaints.found.values():
        Path(app.doctreedir, f"{page}.doctree").unlink(missing_ok=True)
    raise BookError("warnings about pages:\n" + "\n".join(f"  {text}" for text in complaints.found))


def setup(app: Sphinx) -> None:
    """Listen to warnings from the first page read, and judge when all are written."""
    app.connect("builder-inited", _start)
    app.connect("build-finished", _finish, priority=900)
