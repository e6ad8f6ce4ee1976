"""Fixtures that several folders of tests share: the built site, a browser, a cache of one's own.

Which site is tested: `MNIST_INTERP_SITE` if it is set, else ``_build/html`` (the book), else
``_build/preview/_build/html`` (the preview). Where there is no Chromium the tests that ask for one are skipped; with
``CI=true`` they fail, so that a green run means that the pages were opened.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mnist_interp.runtime import parallel
from tests.measures import measured, pytest_runtest_logreport, pytest_terminal_summary
from tests.places import NO_SITE, REPOSITORY, find_site, missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["measured", "pytest_runtest_logreport", "pytest_terminal_summary"]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
)

LOOPBACK = "127.0.0.1,localhost"

# Minutes each: the files that would keep one process waiting for another if they came last.
LONGEST = ("test_glued.py", "test_browser.py", "test_execution.py", "test_bench_maps.py", "test_runs.py")


def pytest_configure() -> None:
    """Give processes one thread, and keep the environment's proxies from what the tests serve to themselves."""
    parallel.prepare()
    for name in ("no_proxy", "NO_PROXY"):
        named = os.environ.get(name, "")
        if named != "*":
            os.environ[name] = f"{named},{LOOPBACK}".lstrip(",")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the top folder of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def built_site() -> Path:
    """Return the folder of the built site."""
    site = find_site()
    if site is None:
        missing(NO_SITE)
    return site


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium: ``$CHROMIUM``, or the first of its usual names on the PATH."""
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        missing(f"no Chromium: looked for {named or ', '.join(CHROMIUM_NAMES)}; install it or set CHROMIUM")
    return found


@pytest.fixture(scope="session")
def launch(chromium: str) -> Iterator[Callable[[], Browser]]:
    """Return what starts another headless Chromium, for whom the one of all tests (`browser`) will not do."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield functools.partial(playwright.chromium.launch, executable_path=chromium, args=list(CHROMIUM_FLAGS))


@pytest.fixture(scope="session")
def browser(launch: Callable[[], Browser]) -> Iterator[Browser]:
    """Start one headless Chromium for all tests."""
    started = launch()
    yield started
    started.close()


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test an empty cache of its own, for this process and those that it starts."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MNIST_INTERP_CACHE", str(folder))
    return folder
