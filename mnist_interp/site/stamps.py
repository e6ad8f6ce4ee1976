"""Records of what was written under which key, beside the doctrees, so that a build skips what is unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx


def _note(app: Sphinx, name: str) -> Path:
    return Path(app.doctreedir, f"mi-{name.replace('/', '-')}.key")


def stands(app: Sphinx, name: str, key: str, files: Iterable[Path]) -> bool:
    """Return whether `files` all exist and were written under this key."""
    note = _note(app, name)
    return note.is_file() and note.read_text(encoding="utf-8") == key and all(path.is_file() for path in files)


def written(app: Sphinx, name: str, key: str) -> None:
    """Note that the files of this name are now those of this key."""
    _note(app, name).write_text(key, encoding="utf-8")
