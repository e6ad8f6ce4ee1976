"""Chapters run side by side before Sphinx reads the pages one by one, which then finds what they put out in the store.

A page has stretches that keep one processor busy and no more: imports, a network alone, the pictures of its charts. So
two pages at a time, each with half of the processes, are done sooner than one after the other. Pages that take long
go first, so that no processor waits for one of them in the end; how long they took the store knows, and before the
first build a table says it. The short ones, which gather what the others computed, find it in the store.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from myst_nb.core.loggers import SphinxDocLogger
from myst_nb.core.read import create_nb_reader
from sphinx.util import logging

from mnist_interp.runtime import parallel, progress
from mnist_interp.site import kept_pages
from mnist_interp.site.board import Board
from mnist_interp.site.errors import BookError
from mnist_interp.site.execution import PageClient

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)
AT_ONCE = 2
# Seconds of a processor for pages of which the store knows nothing; others go by the length of their text, after these.
EXPECTED = {
    "architectures": 305,
    "geometry": 200,
    "cnn": 190,
    "superposition": 150,
    "pruning": 150,
    "normalization": 130,
    "baseline": 50,
    "neurons": 40,
    "interventions": 30,
}
_WORKERS = "MNIST_INTERP_WORKERS"


def _client(app: Sphinx, page: str) -> PageClient | None:
    """Return what runs a page, or None where it has nothing to run."""
    env: Any = app.env
    path = env.doc2path(page)
    source = [Path(path).read_text(encoding="utf-8")]
    app.emit("source-read", page, source)
    reader = create_nb_reader(path, env.myst_config, env.mystnb_config, source[0])
    if reader is None:
        return None
    says = SphinxDocLogger(SimpleNamespace(settings=SimpleNamespace(env=SimpleNamespace(docname=page))))
    return PageClient(reader.read(source[0]), Path(path), env.mystnb_config, says, read_fmt=reader.read_fmt)


def processes() -> int:
    """Return how many processes all pages have together.

    Raises
    ------
    BookError
        If ``MNIST_INTERP_WORKERS`` is no number of processes.
    """
    try:
        return parallel.workers(os.cpu_count() or 1)
    except ValueError as error:
        raise BookError(str(error)) from None


def longest_first(pages: Iterable[Path], took: Mapping[str, float]) -> list[Path]:
    """Order pages by the seconds that they take.

    Parameters
    ----------
    pages : iterable of pathlib.Path
        Their sources.
    took : mapping of str to float
        Seconds by name where they are known.

    Returns
    -------
    list of pathlib.Path
        The longest first; of pages that nothing is known of the largest first, last of all.
    """
    expected = EXPECTED | dict(took)
    return sorted(pages, key=lambda page: (-expected.get(page.stem, 0), -page.stat().st_size))


def _run(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    available = processes()
    names = {Path(env.doc2path(page)): page for page in pages}
    took = {path.stem: seconds for path in names if (seconds := kept_pages.seconds(path.stem)) is not None}
    found = {page: _client(app, page) for page in (names[path] for path in longest_first(names, took))}
    clients = {page: client for page, client in found.items() if client and not kept_pages.has(client.notebook)}
    at_once = min(AT_ONCE, available, len(clients))
    if not at_once:
        return
    board = Board(len(clients), logger.info)
    given = os.environ.get(_WORKERS)
    os.environ[_WORKERS] = str(available // at_once)

    def run(page: str) -> None:
        with board.running(page):
            clients[page].start_client()

    try:
        with progress.every(progress.EVERY, board.say), ThreadPoolExecutor(at_once) as executor:
            done = [executor.submit(run, page) for page in clients]
        for one in done:
            one.result()
    finally:
        if given is None:
            del os.environ[_WORKERS]
        else:
            os.environ[_WORKERS] = given


def setup(app: Sphinx) -> None:
    """Run pages when Sphinx knows which it will read."""
    app.connect("env-before-read-docs", _run)
