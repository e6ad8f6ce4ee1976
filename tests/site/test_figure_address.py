"""Each figure's own address: it shows the figure alone, alive, from files and by http, and within another page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from visits import axe_violations, opened, page_names, until

from mnist_interp.site import tree

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

LIST = "figure"
_WATCH = """
const look = () => {
  window.flash ||= Boolean(document.querySelector("h1")?.getClientRects().length);
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
ALONE = """Array.from(document.querySelectorAll("figure.mi-figure, h1, h2, article p, .mi-top, .mi-foot"))
  .filter(e => e.checkVisibility() && !e.closest("figure:target")).length === 0"""
ALIVE = "document.querySelector('figure:target')?.dataset.status === 'alive'"


@pytest.fixture(scope="module")
def addresses(built_site: Path) -> list[str]:
    """Return what the list of figures has an address for."""
    found = tree.read(built_site / f"{LIST}.html").xpath("//li[@id][a]/@id")
    return [address for address in found if "/" in address]


def test_every_figure_has_an_address_and_a_link_to_it(built_site: Path, addresses: list[str]) -> None:
    shown = {name: tree.read(built_site / f"{name}.html").find_class("mi-figure") for name in page_names()}
    named = {f"{page}/{one.get('id').removeprefix('fig-')}" for page, figures in shown.items() for one in figures}
    links = [link.get("href") for figures in shown.values() for one in figures for link in one.find_class("mi-link")]
    assert sorted(addresses) == sorted(named)
    assert sorted(links) == sorted(f"{LIST}.html#{name}" for name in named)


def alone(place: Page | Frame, name: str) -> None:
    assert place.locator(f"#fig-{name}").is_visible()
    assert place.evaluate(ALONE)
    assert place.locator("figure:target figcaption").inner_text()


@pytest.mark.parametrize("way", ["files", "http"])
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_an_address_shows_its_figure_alone(
    browser: Browser, built_site: Path, served: str, addresses: list[str], way: str, width: int, theme: str
) -> None:
    home = built_site.as_uri() if way == "files" else served
    page_name, _, name = next(one for one in addresses if not one.startswith("index/")).partition("/")
    with opened(browser, home, LIST, width=width, color_scheme=theme) as watched:
        page = watched.page
        page.add_init_script(_WATCH)
        page.goto("about:blank")
        page.goto(f"{home}/{LIST}.html#{page_name}/{name}")
        until(page, ALIVE)
        assert page.evaluate("window.flash") is False, "the page was seen before its figure stood alone"
        alone(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_violations(page, "figure:target") == []
        page.locator(".mi-back a").click()
        until(page, "!location.search && document.querySelector('h1')?.checkVisibility()")
        assert page.url == f"{home}/{page_name}.html#fig-{name}"
        assert watched.said == []
        assert watched.foreign == []


def test_it_stands_in_another_page(browser: Browser, built_site: Path, addresses: list[str], tmp_path: Path) -> None:
    page_name, _, name = addresses[-1].partition("/")
    around = tmp_path / "around.html"
    address = f"{built_site.as_uri()}/{LIST}.html#{page_name}/{name}"
    around.write_text(f'<p>Words.</p><iframe src="{address}" width="800" height="700"></iframe>', encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(around.as_uri())
    frame = page.frames[1]
    frame.wait_for_url(f"**/{page_name}.html?figure#fig-{name}")
    frame.locator(f"#fig-{name}").wait_for()
    alone(frame, name)
    context.close()


def test_the_link_copies_the_address(browser: Browser, served: str, addresses: list[str]) -> None:
    page_name, _, name = addresses[0].partition("/")
    with opened(browser, served, page_name, permissions=["clipboard-read", "clipboard-write"]) as watched:
        page = watched.page
        link = page.locator(f"#fig-{name} .mi-link")
        until(page, "document.querySelector('script[src$=\"figure-link.js\"]') !== null")
        link.click()
        until(page, f"document.querySelector('#fig-{name} .mi-link').textContent === 'Copied'")
        assert page.evaluate("navigator.clipboard.readText()") == f"{served}/{LIST}.html#{page_name}/{name}"
        assert "copied" in page.locator(f"#fig-{name} .mi-told").inner_text()


def test_an_unknown_address_shows_the_list(browser: Browser, served: str) -> None:
    with opened(browser, served, LIST) as watched:
        watched.page.goto("about:blank")
        watched.page.goto(f"{served}/{LIST}.html#no/such-figure")
        until(watched.page, "document.querySelector('h1').checkVisibility()")
        assert watched.page.get_by_text("The book has no figure at this address.").is_visible()
        watched.page.goto(f"{served}/{LIST}.html#no/%E0%A4%A")
        assert watched.page.locator("h1").is_visible()
        watched.page.goto(f"{served}/{LIST}.html#main-content")
        until(watched.page, "document.getElementById('mi-unknown').hidden")
        assert watched.said == []
