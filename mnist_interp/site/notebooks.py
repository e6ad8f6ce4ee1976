"""Each page with code can be taken away as an executed notebook, the same bytes for the same page."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from mnist_interp.site import stamps
from mnist_interp.site.digest import KEY
from mnist_interp.site.errors import BookError
from mnist_interp.site.execution import executed_name

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Give cells ids by their number and take out what only this build needed, in place."""
    notebook.metadata.get("kernelspec", {}).pop(KEY, None)
    notebook.metadata.pop("source_map", None)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:03d}"
        cell.metadata.pop("execution", None)
    return notebook


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    executed = Path(app.env.mystnb_config.output_folder)  # type: ignore[attr-defined]
    folder = Path(app.outdir, "downloads", "notebooks")
    folder.mkdir(parents=True, exist_ok=True)
    for page in sorted(getattr(app.env, "mi_digests", {})):
        source = executed / executed_name(page)
        if not source.is_file():
            raise BookError(f"the executed notebook of {page}.md is missing ({source.name}); build again with --all")
        content, target = source.read_bytes(), folder / f"{page}.ipynb"
        key = hashlib.sha256(content).hexdigest()
        if not stamps.stands(app, f"notebook-{page}", key, [target]):
            notebook = tidy(nbformat.reads(content.decode(), as_version=4))
            target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
            stamps.written(app, f"notebook-{page}", key)


def setup(app: Sphinx) -> None:
    """Write the notebooks when all pages are written."""
    app.connect("build-finished", _write)
