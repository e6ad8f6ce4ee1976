"""What the cells of a page put out is an entry of the store: found by their source and kernel, whole or not at all.

The kernel's specification holds the digest of all else that decides it (`digest`). What cannot be kept is held as long
as this process lives, so that no build runs a page twice. How long a page took is kept by its name, for the next build
to begin with the longest.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import numpy as np

from mnist_interp.runtime import store

if TYPE_CHECKING:
    from nbformat import NotebookNode

_MADE = ("language_info", "widgets")  # what a kernel adds to a notebook's own


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


_held: dict[Path, store.Arrays] = {}


def place(notebook: NotebookNode) -> Path:
    """Return where the outputs of a notebook that has not run yet are kept."""
    cells = [[cell.source, cell.metadata] for cell in _code_cells(notebook)]
    return store.entry("pages", {"kernel": notebook.metadata.get("kernelspec"), "cells": cells})


def _place_of_seconds(page: str) -> Path:
    return store.entry("pages", {"seconds of": page})


def _read(notebook: NotebookNode) -> Any:
    where = place(notebook)
    kept = _held[where] if where in _held else store.read(where)
    return None if kept is None else json.loads(kept["notebook"].tobytes())


def has(notebook: NotebookNode) -> bool:
    """Whether the outputs of a notebook are there, undamaged."""
    return _read(notebook) is not None


def fill(notebook: NotebookNode) -> bool:
    """Give a notebook, in place, the outputs that were kept of it; say whether there are any."""
    kept = _read(notebook)
    if kept is None:
        return False
    notebook.metadata.update(nbformat.from_dict(kept["metadata"]))
    for cell, (outputs, count) in zip(_code_cells(notebook), kept["cells"], strict=True):
        cell.outputs, cell.execution_count = nbformat.from_dict(outputs), count
    return True


def keep(where: Path, notebook: NotebookNode) -> None:
    """Keep the outputs of a notebook that has run, at the `place` it had before."""
    content = {
        "metadata": {name: notebook.metadata[name] for name in _MADE if name in notebook.metadata},
        "cells": [[cell.outputs, cell.execution_count] for cell in _code_cells(notebook)],
    }
    arrays = {"notebook": np.frombuffer(json.dumps(content).encode(), np.uint8)}
    store.write(where, arrays)
    if store.read(where) is None:
        _held[where] = arrays


def keep_seconds(page: str, seconds: float) -> None:
    """Keep how long a page took."""
    store.write(_place_of_seconds(page), {"seconds": np.array(seconds)})


def seconds(page: str) -> float | None:
    """Return how long a page took when it last ran, or None."""
    kept = store.read(_place_of_seconds(page))
    return None if kept is None else float(kept["seconds"])
