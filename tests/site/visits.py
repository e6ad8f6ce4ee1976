"""Opening pages of the built site as readers do, with an ear to the console and to what they ask of other hosts."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

from tests.places import find_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_WATCH_SHIFT = """
window.shift = 0;
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value; })
  .observe({type: "layout-shift", buffered: true});
"""
_READY = """document.documentElement.classList.contains('mi-ready')
    && (!document.querySelector('.mi-figure') || Boolean(window.miFigures && Object.keys(miFigures).length))"""

_STILL = """Object.values(window.miFigures).filter(f => f.status === 'still')
    .map(f => [f.name, f.ready ? 'started' : 'not started'])"""
_TO_MIDDLE = "figure => figure.scrollIntoView({block: 'center', behavior: 'instant'})"
_FRAME = """() => Promise.race([
    new Promise(done => requestAnimationFrame(() => done(true))),
    new Promise(done => setTimeout(done, 10000, false)),
])"""


class NoFrames(Exception):
    """The browser has stopped drawing, so that no figure can notice that it is near the screen.

    Chromium without a screen does so now and then after a hundred pages or so, in the middle of one that it draws to
    its end another time; scripts go on, and the page counts as visible. Another browser is the cure.
    """


def page_names() -> list[str]:
    """Name the pages of the site that is tested; none where there is no site."""
    site = find_site()
    return json.loads((site / "site.json").read_text(encoding="utf-8"))["pages"] if site else []


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
    page.bring_to_front()  # a page behind others may draw no frames, and its figures then never near the screen
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
    """Go down the page as a reader does, so that whatever waits for it comes alive, and back to its top.

    Raises
    ------
    NoFrames
        If the browser draws nothing any more.
    """
    height = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 700):
        page.evaluate(f"window.scrollTo({{top: {top}, behavior: 'instant'}})")
        page.wait_for_timeout(40)
    if page.locator("figure.mi-figure").count():
        end = time.monotonic() + 60
        while asleep := page.evaluate(_STILL):  # on a busy machine a figure may be passed before it notices
            assert time.monotonic() < end, f"not awake: {asleep}"
            for name, _ in asleep:
                page.locator(f"#fig-{name}").evaluate(_TO_MIDDLE)
                page.wait_for_timeout(300)
            if not page.evaluate(_FRAME):
                raise NoFrames(f"no frame in 10 s, and these are not awake: {asleep}")
        assert page.evaluate("Object.values(window.miFigures).filter(f => f.status !== 'alive').map(f => f.name)") == []
    page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")


def axe_violations(page: Page, context: str | None = None) -> list[tuple[str, list[str]]]:
    """Return the rules of axe-core that the page as it is now violates, with the first elements of each."""
    options = {"resultTypes": ["violations"], "preload": False}  # preloading asks for style files, as no file may
    found = Axe().run(page, context=context, options=options).response["violations"]
    return [(rule["id"], [node["html"][:160] for node in rule["nodes"][:3]]) for rule in found]
