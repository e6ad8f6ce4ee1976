"""The content policy holds on every page, from files and in another site's sandboxed frame, where a page works as well.

In each, what a page must not do is tried in every way that would do it: the browser names the rule that forbids it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from visits import Watched, page_names

from mnist_interp.site import theme, tree
from tests.forbidden import FORBIDDEN, TRY

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = [*page_names(), "search", "figure"]


@pytest.mark.parametrize("way", ["files", "sandbox"])
@pytest.mark.parametrize("name", PAGES)
def test_it_forbids_what_a_page_must_not_do(
    browser: Browser, built_site: Path, served: str, name: str, way: str
) -> None:
    home = built_site.as_uri() if way == "files" else served
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    watched = Watched(page, home)
    address = f"{home}/{name}.html"
    if way == "files":
        page.goto(address)
    else:
        allowed = "allow-scripts allow-forms"  # forms, so that it is the policy that forbids one
        page.set_content(f'<iframe sandbox="{allowed}" src="{address}" width="1200" height="800"></iframe>')
    place = page.main_frame if way == "files" else page.frames[1]
    place.locator("html.mi-ready").wait_for()
    if way == "sandbox":
        assert place.evaluate("origin") == "null"
    page.wait_for_timeout(200)
    assert watched.said == []
    assert watched.foreign == []
    broken, ran, moved = place.evaluate(TRY)
    assert set(broken) == FORBIDDEN
    assert (ran, moved) == ([], False)
    assert watched.foreign == []
    context.close()


def test_every_page_says_the_same_policy_before_any_script(built_site: Path) -> None:
    for path in sorted(built_site.glob("*.html")):
        head = tree.read(path).getroottree().find("head")
        first = next(child for child in head if child.tag in ("script", "link", "style") or child.get("http-equiv"))
        assert first.get("content") == theme.content_security_policy(), path.name
