"""Same inputs, same bytes: Sphinx's own notes to itself stay out of the site, and the site says what it is.

``.buildinfo`` holds a hash of paths on this machine; between builds it waits beside the doctrees. ``site.json`` tells
tests and tools whether this is a preview.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp import recipes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_NOTE = ".buildinfo"


def _bring_back(app: Sphinx) -> None:
    kept = Path(app.doctreedir, _NOTE)
    if kept.is_file() and Path(app.outdir).is_dir():
        Path(app.outdir, _NOTE).write_bytes(kept.read_bytes())


def _put_away(app: Sphinx, exception: Exception | None) -> None:
    note = Path(app.outdir, _NOTE)
    if note.is_file():
        Path(app.doctreedir, _NOTE).write_bytes(note.read_bytes())
        note.unlink()
    if exception is None:
        pages = sorted(app.env.found_docs)
        content = {"preview": recipes.preview(), "pages": pages, "with_code": sorted(getattr(app.env, "mi_digests", {}))}
        Path(app.outdir, "site.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Move Sphinx's note out of the site after each build, and back before."""
    app.connect("builder-inited", _bring_back)
    app.connect("build-finished", _put_away)
