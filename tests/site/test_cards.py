"""A claim's card is folded to its verdict; a link to it opens it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from visits import opened, until

from mnist_interp.site import tree

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OPEN = "Array.from(document.querySelectorAll('.mi-claim details[open]'), e => e.parentElement.id)"


@pytest.fixture(scope="module")
def cards(built_site: Path) -> tuple[str, list[str]]:
    """Name a chapter with claims, and its cards."""
    for path in sorted(built_site.glob("*.html")):
        if found := [
            card.get("id") for card in tree.read(path).find_class("mi-claim") if card.find("details") is not None
        ]:
            return path.stem, found
    pytest.fail("no page has cards")


def test_a_link_opens_its_card_and_no_other(browser: Browser, built_site: Path, cards: tuple[str, list[str]]) -> None:
    page_name, names = cards
    with opened(browser, built_site.as_uri(), page_name) as watched:
        page = watched.page
        assert page.evaluate(OPEN) == []
        page.evaluate(f"location.hash = '#{names[-1]}'")
        until(page, f"{OPEN}.join() === '{names[-1]}'")
        page.goto(f"{watched.home}/index.html")
        page.goto(f"{watched.home}/{page_name}.html#{names[0]}")
        until(page, f"{OPEN}.join() === '{names[0]}'")
        page.evaluate("location.hash = '#%E0'")
        page.wait_for_timeout(100)
        assert watched.said == []
