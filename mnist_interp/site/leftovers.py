"""Files of the site that no page names any more: names are digests, so a changed one leaves its old self behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def remover(folder: str) -> Callable[[Sphinx, Exception | None], None]:
    """Return what removes, when all pages are written, those files of a folder below ``_static`` that none names."""

    def remove(app: Sphinx, exception: Exception | None) -> None:
        if exception is not None:
            return
        pages = "".join(Path(app.outdir, f"{page}.html").read_text(encoding="utf-8") for page in app.env.found_docs)
        for path in Path(app.outdir, "_static", folder).glob("*"):
            if path.name not in pages:
                path.unlink()

    return remove
