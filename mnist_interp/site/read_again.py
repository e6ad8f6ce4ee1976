"""A page is read again when its text is another, whatever the clock says.

Sphinx goes by times: a page that was saved after the clock had gone back, or unpacked with an old date, would stay as
it was. Here the digest of its text decides too.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def _digest(env: BuildEnvironment, page: str) -> str:
    return hashlib.sha256(Path(env.doc2path(page)).read_bytes()).hexdigest()


def _note(app: Sphinx, page: str, source: list[str]) -> None:
    app.env.__dict__.setdefault("mi_texts", {})[page] = _digest(app.env, page)


def _changed(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    noted: dict[str, str] = env.__dict__.setdefault("mi_texts", {})
    known = noted.keys() & env.found_docs - added - changed - removed
    return sorted(page for page in known if noted[page] != _digest(env, page))


def setup(app: Sphinx) -> None:
    """Note each text that is read, and compare before the next reading."""
    app.connect("source-read", _note)
    app.connect("env-get-outdated", _changed)
