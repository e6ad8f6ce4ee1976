"""Same inputs, same bytes: Sphinx's own notes to itself stay out of the site, and the site says what it is.

``.buildinfo`` holds a hash of paths on this machine, and Sphinx's search index is not the one that the site uses
(`search`); between builds they wait beside the doctrees. ``site.json`` tells tests and tools whether this is a preview.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.runtime import preview

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_NOTES = (".buildinfo", "searchindex.js")


def _move(name: str, *, source: Path, target: Path) -> None:
    if (source / name).is_file() and target.is_dir():
        (target / name).write_bytes((source / name).read_bytes())
        (source / name).unlink()


def _bring_back(app: Sphinx) -> None:
    for name in _NOTES:
        _move(name, source=Path(app.doctreedir), target=Path(app.outdir))


def _put_away(app: Sphinx, exception: Exception | None) -> None:
    for name in _NOTES:
        _move(name, source=Path(app.outdir), target=Path(app.doctreedir))
    if exception is None:
        pages = sorted(app.env.found_docs)
        content = {
            "preview": preview.enabled(),
            "pages": pages,
            "with_code": sorted(getattr(app.env, "mi_digests", {})),
        }
        Path(app.outdir, "site.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Move Sphinx's notes out of the site after each build, and back before."""
    app.connect("builder-inited", _bring_back)
    app.connect("build-finished", _put_away)
