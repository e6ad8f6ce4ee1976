"""A term's definition in place: under the pointer, on focus, at a tap; without scripts the term is a link."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from visits import axe_violations, opened, until

from mnist_interp.site import glossary, tree

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CARD = ".mi-term"
READY = "document.querySelector('.mi-term') !== null"


@pytest.fixture(scope="module")
def page_with_terms(built_site: Path) -> str:
    """Name a chapter that links to the glossary."""
    pages = (path for path in sorted(built_site.glob("*.html")) if path.stem not in ("index", "glossary"))
    return next(path.stem for path in pages if glossary.uses(tree.read(path)))


def first_term(page: Page) -> Locator:
    until(page, READY)
    return page.locator("p > a:has(> .std-term)").first


def means(page: Page, term: Locator, site: Path) -> bool:
    """Say whether the card is to be seen and describes the term by the glossary's words."""
    anchor = term.evaluate("e => decodeURIComponent(e.hash.slice(1))")
    script = (site / "_static" / glossary.FILE).read_text(encoding="utf-8")
    about = json.loads(script.partition("=")[2].strip(";\n"))[anchor]
    words = " ".join(tree.body(about["html"]).text_content().split())
    shown = " ".join(page.locator(CARD).inner_text().split())
    return shown.startswith(f"{about['term']} {words}") and term.get_attribute("aria-describedby") == "mi-term"


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_pointer_and_keyboard_show_what_a_term_means(
    browser: Browser, built_site: Path, page_with_terms: str, width: int, theme: str
) -> None:
    with opened(browser, built_site.as_uri(), page_with_terms, width=width, color_scheme=theme) as watched:
        page = watched.page
        term, card = first_term(page), page.locator(CARD)
        before = page.evaluate("document.body.scrollHeight")
        term.hover()
        card.wait_for()
        assert means(page, term, built_site)
        card.hover()  # it may be read there
        page.wait_for_timeout(400)
        assert card.is_visible()
        assert axe_violations(page, CARD) == []
        page.keyboard.press("Escape")
        assert card.is_hidden()
        assert term.get_attribute("aria-describedby") is None

        page.mouse.move(0, 0)
        term.focus()
        assert means(page, term, built_site)
        box = card.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        page.keyboard.press("Tab")
        page.wait_for_timeout(50)
        assert term.get_attribute("aria-describedby") is None
        assert page.evaluate("document.body.scrollHeight") == before
        assert page.evaluate("window.shift") < 0.02
        assert watched.said == []
        assert watched.foreign == []


def test_a_first_tap_explains_and_a_second_goes_there(browser: Browser, built_site: Path, page_with_terms: str) -> None:
    with opened(browser, built_site.as_uri(), page_with_terms, width=390, has_touch=True) as watched:
        page = watched.page
        term = first_term(page)
        term.tap()
        assert means(page, term, built_site)
        page.locator("h1").tap()
        assert page.locator(CARD).is_hidden()
        term.tap()
        term.tap()
        page.wait_for_url("**/glossary.html#term-*")


def test_without_scripts_a_term_is_a_link(browser: Browser, built_site: Path, page_with_terms: str) -> None:
    with opened(browser, built_site.as_uri(), page_with_terms, java_script_enabled=False) as watched:
        watched.page.locator("p > a:has(> .std-term)").first.click()
        watched.page.wait_for_url("**/glossary.html#term-*")


def test_definitions_are_read_without_links() -> None:
    page = tree.document(
        '<dl class="simple glossary"><dt id="term-a">a<a class="headerlink" href="#term-a">#</a></dt>'
        '<dd><p>Not <em>b</em>, <a href="#term-c"><span class="xref">c</span></a>.</p></dd></dl>'
    )
    assert glossary.definitions(page) == {"term-a": {"term": "a", "html": "<p>Not <em>b</em>, c.</p>"}}
