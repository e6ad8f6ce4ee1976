"""Fixtures of the site's tests: its pages as visited, the bench of the baseline, a tiny book to build.

A page is opened and scrolled through once at each width; the tests that only look share that visit (``visit``).
"""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from benches import Oracle, shown_on
from safetensors.torch import load_file
from tinybook import Book, begun
from visits import NoFrames, Watched, opened, page_names, scroll_through

from mnist_interp.training import registry
from tests.places import missing
from tests.small import with_compiled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = {1280: "light", 390: "dark"}  # and the theme at the start; each test of colors looks at both


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask each question of every page of the site there is, and of every visit."""
    skipped = pytest.param("none", marks=pytest.mark.skip("no built site"))
    names = page_names()
    if "visit" in metafunc.fixturenames:
        visited = [*names, "search", "figure"] if names else []
        given = [pytest.param((name, width), id=f"{name}-{width}") for name in visited for width in WIDTHS]
        metafunc.parametrize("visit", given or [skipped], indirect=True, scope="module")
    elif "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", names or [skipped])


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def served(built_site: Path) -> Iterator[str]:
    """Serve the site on this machine and return its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(built_site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(frozen=True)
class Visit:
    """A page that was opened, scrolled through, and stands at its top with all figures alive."""

    name: str
    width: int
    theme: str
    watched: Watched
    shift: float


@pytest.fixture(scope="module")
def visit(
    request: pytest.FixtureRequest, launch: Callable[[], Browser], built_site: Path, served: str
) -> Iterator[Visit]:
    """Visit a page once for all tests that look at it, in a browser of its own: the desk from files, the phone by http.

    A browser that stops drawing is left for another, twice at most.
    """
    name, width = request.param
    home = built_site.as_uri() if width == max(WIDTHS) else served
    for left in (2, 1, 0):
        with launch() as own, opened(own, home, name, width=width, color_scheme=WIDTHS[width]) as watched:
            try:
                scroll_through(watched.page)
            except NoFrames:
                if not left:
                    raise
                continue
            yield Visit(name, width, WIDTHS[width], watched, watched.page.evaluate("window.shift"))
            return


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for all tiny books: the protagonist of the preview is trained once."""
    return with_compiled(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def book(tmp_path: Path, shared_cache: Path) -> Book:
    """Return a book of one page of prose; tests add theirs."""
    return begun(tmp_path / "tiny", shared_cache)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Book:
    """Return such a book as built: what every site holds (Vega, the sprite, the weights) is there."""
    made = begun(tmp_path_factory.mktemp("built") / "tiny", shared_cache)
    made.write("page", "# Page\n\nWords.\n")  # the table of contents wants one
    done = made.build()
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@pytest.fixture
def built_book(book: Book, built_once: Book) -> Book:
    """Return a book that was built before; tests add pages."""
    shutil.copytree(built_once.folder / "_build", book.folder / "_build")
    return book


@pytest.fixture(scope="session")
def bench_name(built_site: Path) -> str:
    """Name the page that holds the bench of the baseline."""
    found = shown_on(built_site)
    if "baseline" not in found:
        missing("no page of the built site holds the lesion bench of the baseline")
    return found["baseline"].page


@pytest.fixture(scope="session")
def oracle(built_site: Path) -> Oracle:
    """Take the weights that the site offers for download."""
    return Oracle(load_file(built_site / "downloads" / f"baseline-seed{registry.PROTAGONIST}.safetensors"))


@pytest.fixture(scope="module")
def awake(browser: Browser, built_site: Path, bench_name: str) -> Iterator[Page]:
    """One page for the tests that only evaluate."""
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        watched.page.evaluate("lesionBench.evaluate({})")
        yield watched.page
        assert watched.said == []
        assert watched.foreign == []
