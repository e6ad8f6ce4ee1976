"""The built pages in a real browser: both themes, phone and desk, no network, from files and by http.

Every page is opened in each setting once; what is asked of it there is asked together, so that the whole takes a few
minutes.
"""

from __future__ import annotations

import functools
import http.server
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from mnist_interp.charts import palette
from mnist_interp.site import budget

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

THEMES = ("light", "dark")
WIDTHS = (1280, 390)
SHIFT = 0.02
PAINT = 1.5
_WATCH_SHIFT = """
window.shift = 0;
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value; })
  .observe({type: "layout-shift", buffered: true});
"""
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


_READY = """document.documentElement.classList.contains('mi-ready')
    && (!document.querySelector('.mi-figure') || Boolean(window.miFigures && Object.keys(miFigures).length))"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask each question of every page of the site there is."""
    if "page_name" in metafunc.fixturenames:
        from places import find_site

        site = find_site()
        names = json.loads((site / "site.json").read_text())["pages"] if site and (site / "site.json").is_file() else []
        metafunc.parametrize("page_name", names or [pytest.param("none", marks=pytest.mark.skip("no built site"))])


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


class Watched:
    """A page whose console and requests are kept, and which reaches nothing outside the site."""

    def __init__(self, page: Page, home: str) -> None:
        self.page, self.home = page, home
        self.said: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.route(re.compile(".*"), self._route)

    def _route(self, route: Any) -> None:
        if route.request.url.startswith((self.home, "data:", "blob:")):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()


@contextmanager
def opened(browser: Browser, home: str, name: str, **settings: Any) -> Iterator[Watched]:
    """Open a page of the site in a context of its own and wait until it has loaded."""
    width = settings.pop("width", 1280)
    context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
    page = context.new_page()
    watched = Watched(page, home)
    page.add_init_script(_WATCH_SHIFT)
    page.goto(f"{home}/{name}.html", wait_until="load")
    if settings.get("java_script_enabled", True):
        until(page, _READY)
    yield watched
    context.close()


def until(page: Page, condition: str, *, seconds: float = 20) -> None:
    """Wait until a condition holds in the page, by asking: a waiting script of Playwright's would need eval there."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"still not so after {seconds} s: {condition}"
        page.wait_for_timeout(20)


def scroll_through(page: Page) -> None:
    """Go down the page as a reader does, so that whatever waits for it comes alive."""
    height = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 700):
        page.evaluate(f"window.scrollTo({{top: {top}, behavior: 'instant'}})")
        page.wait_for_timeout(60)
    figures = page.locator("figure.mi-figure").count()
    if figures:
        until(page, "Object.values(window.miFigures).every(f => f.status !== 'still')")
        assert page.evaluate("Object.values(window.miFigures).filter(f => f.status !== 'alive').map(f => f.name)") == []
    page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_page_from_files(browser: Browser, built_site: Path, page_name: str, theme: str, width: int) -> None:
    home = built_site.as_uri()
    with opened(browser, home, page_name, width=width, color_scheme=theme) as watched:
        page = watched.page
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        scroll_through(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        assert [(found["id"], [node["html"][:160] for node in found["nodes"][:3]]) for found in violations] == []
        assert watched.foreign == []
        assert watched.said == []
        assert page.evaluate("window.shift") < SHIFT


def test_page_by_http(browser: Browser, served: str, page_name: str) -> None:
    with opened(browser, served, page_name) as watched:
        scroll_through(watched.page)
        assert watched.foreign == []
        assert watched.said == []


def test_page_without_javascript(browser: Browser, built_site: Path, page_name: str) -> None:
    dark = {"java_script_enabled": False, "color_scheme": "dark", "width": 390}
    with opened(browser, built_site.as_uri(), page_name, **dark) as watched:
        page = watched.page
        assert page.locator("h1").first.is_visible()
        assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(20, 23, 28)"
        for figure in page.locator("figure.mi-figure").all():
            assert figure.locator(".mi-still svg.mi-narrow, .mi-tiles").first.is_visible()
            for part in (".mi-controls", ".mi-csv", ".mi-show"):
                assert not any(found.is_visible() for found in figure.locator(part).all())
            data = figure.locator("a.mi-file")
            assert data.is_visible()
            rows = (built_site / str(data.get_attribute("href"))).read_text(encoding="utf-8").splitlines()
            assert len(rows) > 1
            assert {row.count(",") for row in rows if '"' not in row} == {rows[0].count(",")}
        assert watched.foreign == []


def test_keyboard_reaches_the_text_and_shows_where_it_is(browser: Browser, built_site: Path, page_name: str) -> None:
    with opened(browser, built_site.as_uri(), page_name) as watched:
        page = watched.page
        codes = page.locator(".cell > details.hide > summary").count()
        reached = 0
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "mi-skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main-content"
        for _ in range(600):
            page.keyboard.press("Tab")
            state = page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
                const shown = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
                const near = e.closest('label, .mi-chip') ?? e.previousElementSibling;
                const about = near && getComputedStyle(near).outlineStyle !== 'none';
                return {body: e === document.body || e.className === 'mi-skip',
                code: e.matches('details.hide > summary'), shown: shown || about, name: e.outerHTML.slice(0, 120)}; }"""
            )
            if state["body"]:
                break
            reached += state["code"]
            assert state["shown"], f"no visible focus on {state['name']}"
        else:
            pytest.fail("600 stops and not through")
        assert reached == codes


def test_theme_switch_is_remembered(browser: Browser, served: str) -> None:
    with opened(browser, served, "index", color_scheme="light") as watched:
        page = watched.page
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(ground)
        page.get_by_role("button", name="Dark theme").click()
        dark = page.evaluate(ground)
        assert dark != light
        page.reload()
        assert page.evaluate(ground) == dark
        assert watched.said == []


def test_search_from_files(browser: Browser, built_site: Path) -> None:
    with opened(browser, built_site.as_uri(), "search") as watched:
        page = watched.page
        page.get_by_role("searchbox").fill("neuron")
        assert page.locator("#mi-search-results li").count() > 0
        assert "neuron" in page.locator("#mi-search-results mark").first.inner_text().lower()
        page.locator("#mi-search-results a").first.click()
        page.wait_for_load_state()
        assert page.locator("article.bd-article").is_visible()
        assert watched.said == []
        assert watched.foreign == []


def test_reduced_motion(browser: Browser, built_site: Path, page_name: str) -> None:
    with opened(browser, built_site.as_uri(), page_name, reduced_motion="reduce") as watched:
        moving = watched.page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length")
        assert moving == 0
        assert watched.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_print(browser: Browser, built_site: Path, page_name: str) -> None:
    with opened(browser, built_site.as_uri(), page_name, color_scheme="dark") as watched:
        page = watched.page
        page.emulate_media(media="print")
        assert not page.locator(".mi-top").is_visible()
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert (
            page.locator("body").evaluate("e => getComputedStyle(e).getPropertyValue('--mi-ink')") == palette.INK.light
        )
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:is(.mi-fold, .mi-claim details):not([open])").count() == 0
        assert page.pdf().startswith(b"%PDF")


def first_paint(browser: Browser, address: str, *, times: int = 3) -> float:
    found = []
    for _ in range(times):
        page = browser.new_page()
        page.goto(address, wait_until="load")
        until(page, f"({_PAINTED}) !== null")
        found.append(page.evaluate(_PAINTED))
        page.close()
    return sorted(found)[times // 2]


@pytest.mark.xfail(reason="met by the pages of text alone, not yet by those with figures", strict=False)
def test_first_paint_is_that_of_plain_text(browser: Browser, served: str, built_site: Path, page_name: str) -> None:
    with opened(browser, served, page_name, java_script_enabled=False) as watched:
        text = watched.page.locator("main").inner_text()
    plain = built_site / f"plain-{page_name}.html"
    plain.write_text(
        f"<!DOCTYPE html><title>Plain</title><pre style='white-space:pre-wrap'>{text.replace('<', '&lt;')}</pre>",
        encoding="utf-8",
    )
    try:
        first_paint(browser, f"{served}/{page_name}.html", times=1)
        ratios = []
        for _ in range(3):
            reference = first_paint(browser, f"{served}/{plain.name}")
            ratios.append(first_paint(browser, f"{served}/{page_name}.html") / reference)
        assert min(ratios) <= PAINT, f"{page_name} paints at {ratios} of a plain page's time"
    finally:
        plain.unlink()


def test_weights(built_site: Path, page_name: str) -> None:
    budget.check(built_site / f"{page_name}.html")
