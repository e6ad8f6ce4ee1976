"""Reads what the cells of a page glued, from its executed notebook; executes a page on the tiny population."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import joblib
import nbclient
import nbformat

from tests.pages.collect import cells_of
from tests.places import BOOK

CONSTANTS = Path(__file__).with_name("constants.toml")
PREFIX = "application/papermill.record/"
Glued = dict[str, str]


def glued(notebook: nbformat.NotebookNode) -> Glued:
    """Return the glued values of an executed notebook, as text, by key."""
    outputs = (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    return {
        output.metadata["scrapbook"]["name"]: output.data.get(f"{PREFIX}text/plain", output.data.get("text/plain", ""))
        for output in outputs
        if "scrapbook" in output.get("metadata", {})
    }


def of_site(site: Path, page: str) -> Glued:
    """Return what a page of a built site glued."""
    return glued(nbformat.read(site / "downloads" / "notebooks" / f"{page}.ipynb", as_version=4))


def _preview(workers: int) -> dict[str, str]:
    return {**os.environ, "MNIST_INTERP_PREVIEW": "1", "MNIST_INTERP_WORKERS": str(workers)}


def on_the_tiny_population(page: str) -> Glued:
    """Execute a page's cells as a preview would (3 seeds, 1 epoch), in one process, and return what they glued."""
    cells = [cell for _, cell in cells_of((BOOK / f"{page}.md").read_text(encoding="utf-8"))]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(
        notebook, timeout=1800, kernel_name="python3", resources={"metadata": {"path": str(BOOK)}}
    )
    with ThreadPoolExecutor(1) as executor:  # of its own, as playwright keeps a loop running in the main one
        executor.submit(asyncio.run, client.async_execute(env=_preview(1))).result()  # execute() leaves its loop open
    return glued(notebook)


def all_on_the_tiny_population(pages: Iterable[str]) -> dict[str, Future[Glued]]:
    """Execute pages so, on half of the processors, as other tests run beside; each's may hold the error it came to.

    Long pages go first, so that none keeps the others waiting at the end, and the short ones, which gather what others
    compute, find it in the store.
    """
    at_once = max(1, joblib.cpu_count() // 2)
    train = [sys.executable, "-m", "mnist_interp", "train"]
    subprocess.run(train, env=_preview(at_once), check=True, capture_output=True)
    by_length = sorted(pages, key=lambda page: -(BOOK / f"{page}.md").stat().st_size)
    with ThreadPoolExecutor(at_once) as executor:
        return {page: executor.submit(on_the_tiny_population, page) for page in by_length}


def constants() -> dict[str, str]:
    """Return the keys, as ``page.key``, that may keep their value on other data, with their reasons."""
    return {
        f"{page}.{key}": reason
        for page, keys in tomllib.loads(CONSTANTS.read_text(encoding="utf-8")).items()
        for key, reason in keys.items()
    }


def unmoved(page: str, full: Mapping[str, str], tiny: Mapping[str, str]) -> list[str]:
    """Name, as ``page.key``, the glued values that are the same in both.

    But for verdicts that are mixed: on three networks every verdict is.
    """
    same = (key for key, value in full.items() if tiny.get(key) == value)
    return sorted(f"{page}.{key}" for key in same if not (key.endswith("_verdict") and full[key] == repr("mixed")))
