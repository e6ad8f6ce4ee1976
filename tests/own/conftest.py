"""A page opened from a file, with an ear to what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.own.given import Opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[[str], Opened]]:
    """Open a page from a file, with an ear to its console and to what it asks for."""
    context = browser.new_context()

    def visit(content: str) -> Opened:
        (tmp_path / "bench.html").write_text(content, "utf-8")
        tab, said = context.new_page(), list[str]()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        own = ("blob:", (tmp_path / "bench.html").as_uri())
        tab.on("request", lambda request: None if request.url.startswith(own) else said.append(request.url))
        tab.goto((tmp_path / "bench.html").as_uri())
        return Opened(tab, said)

    yield visit
    context.close()
