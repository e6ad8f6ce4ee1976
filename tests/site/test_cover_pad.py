"""The small pad of the cover: it loads nothing until it is drawn on, loses no stroke, and says what torch says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from pads import SEEN, SEVEN, code, finger, runs_of, stroke
from visits import Watched, axe_violations, opened, until

from mnist_interp.site import pad_files
from mnist_interp.site.errors import BookError
from mnist_interp.training.runs import Run
from tests.places import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ASKED = "Array.from(document.querySelectorAll('script[src]'), one => one.src).filter(one => one.includes('your-digit'))"
_PAD = "document.querySelector('.yd-cover').dataset"
ANSWERED = f"{_PAD}.asked && {_PAD}.asked === {_PAD}.shown && document.querySelector('.yd-cover td').textContent !== ''"
KEPT = "localStorage.getItem('your-digit')"


@pytest.fixture(scope="module")
def runs(built_site: Path) -> dict[str, Run]:
    if not (built_site / "yours.html").is_file():
        missing("the built site has no page of the pad")
    return runs_of(built_site / "yours.html")


@pytest.fixture
def visited(browser: Browser, built_site: Path) -> Iterator[Callable[..., Watched]]:
    """Return what opens the cover, with settings of the browser's; at the end nothing was complained of."""
    begun: list[Any] = []

    def start(**settings: Any) -> Watched:
        context = opened(browser, built_site.as_uri(), "index", **settings)
        begun.append((context, context.__enter__()))
        watched: Watched = begun[-1][1]
        if settings.get("java_script_enabled", True):
            watched.page.locator(".yd-cover").scroll_into_view_if_needed()
        return watched

    yield start
    for context, watched in begun:
        assert watched.said == []
        assert watched.foreign == []
        context.__exit__(None, None, None)


def agrees(page: Page, runs: dict[str, Run]) -> None:
    """Check what the table says against torch, on what the pad says the networks see."""
    seen = torch.tensor([page.evaluate(SEEN)], dtype=torch.float32) / 255
    assert seen.sum() > 0
    for name, run in runs.items():
        shares = run.model()(seen).softmax(1)[0]
        row = page.locator(f".yd-cover tr[data-name={name}] td")
        assert row.nth(0).inner_text() == str(int(shares.argmax()))
        assert float(row.nth(1).inner_text().removesuffix(" %")) == pytest.approx(100 * float(shares.max()), abs=0.06)


def by_mouse(page: Page) -> None:
    stroke(page, SEVEN)


def by_finger(page: Page) -> None:
    scroll = page.evaluate("scrollY")
    finger(page)
    assert page.evaluate("scrollY") == scroll


def by_keys(page: Page) -> None:
    page.locator(".yd-pad").focus()
    for key in ("ArrowUp", "Space", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "ArrowRight", "Space"):
        page.keyboard.press(key)


@pytest.mark.parametrize(("hand", "settings"), [
    (by_mouse, {}),
    (by_finger, {"width": 390, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}),
    (by_keys, {}),
])  # fmt: skip
def test_the_first_stroke_loads_the_networks_and_is_not_lost(
    visited: Callable[..., Watched], runs: dict[str, Run], hand: Callable[[Page], None], settings: dict[str, Any]
) -> None:
    watched = visited(**settings)
    page = watched.page
    page.wait_for_timeout(500)
    assert page.evaluate(ASKED) == []
    hand(page)
    until(page, ANSWERED)
    agrees(page, runs)
    assert len(page.evaluate(ASKED)) == len(set(page.evaluate(ASKED)))
    seen = np.array(page.evaluate(SEEN))
    inked = seen.reshape(28, 28).any(1).sum()
    assert inked >= 19  # the whole way, from its first point on
    hand(page)
    until(page, ANSWERED)
    assert page.evaluate("document.documentElement.scrollWidth") <= settings.get("width", 1280)
    page.get_by_role("button", name="Undo").click()
    until(page, f"({ANSWERED}) && String(({SEEN})()) === {str(','.join(map(str, seen)))!r}")
    page.wait_for_timeout(1000)  # Chromium may lose what is stored within milliseconds of leaving a page of file://
    page.get_by_role("link", name="Everything about your digit").click()
    until(page, "document.querySelector('#digit-pad')?.dataset.awake !== undefined", seconds=30)
    until(page, f"String(({SEEN})()) === {str(','.join(map(str, seen)))!r}")


def test_a_stroke_under_way_goes_on_when_the_scripts_have_come(
    visited: Callable[..., Watched], runs: dict[str, Run]
) -> None:
    page = visited().page
    box = page.locator(".yd-pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 60, steps=4)
    until(page, f"{_PAD}.awake !== undefined")
    page.mouse.move(box["x"] + 100, box["y"] + 150, steps=8)
    page.mouse.move(box["x"] + 100, box["y"] + 400, steps=4)  # outside
    page.mouse.up()
    until(page, ANSWERED)
    agrees(page, runs)
    points = page.evaluate("yourDigit.parts.keep.kept().strokes.map(one => one.points)")
    assert len(points) == 1
    assert points[0][1] < 20
    assert points[0][-1] == 140


def test_a_kept_drawing_comes_back_and_cleared_it_is_forgotten(
    visited: Callable[..., Watched], runs: dict[str, Run]
) -> None:
    page = visited().page
    page.evaluate("drawing => localStorage.setItem('your-digit', drawing)", code(SEVEN))
    page.reload()
    page.locator(".yd-cover").scroll_into_view_if_needed()
    until(page, ANSWERED)
    agrees(page, runs)
    page.get_by_role("button", name="Clear").click()
    until(page, "document.querySelector('.yd-cover td').textContent === ''")
    until(page, f"({KEPT}) === null")  # it is written a moment after what is shown
    assert not any(page.evaluate(SEEN))


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_it_is_accessible_and_stands_still(visited: Callable[..., Watched], width: int, theme: str) -> None:
    page = visited(width=width, color_scheme=theme).page
    assert axe_violations(page, ".yd-cover") == []
    before = page.locator(".yd-cover").bounding_box()
    by_mouse(page)
    until(page, ANSWERED)
    assert axe_violations(page, ".yd-cover") == []
    assert page.locator(".yd-cover").bounding_box() == before
    assert page.evaluate("window.shift") == 0


def test_without_scripts_there_is_none(visited: Callable[..., Watched]) -> None:
    page = visited(java_script_enabled=False).page
    assert not page.locator(".yd-cover").is_visible()
    assert page.locator("article").get_by_role("link", name="draw a digit").is_visible()


def test_a_small_pad_without_a_whole_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text('<section class="yd-cover"></section>', "utf-8")
    with pytest.raises(BookError, match="one has a small pad, but no page has a whole one"):
        pad_files._held([tmp_path / "one.html"])
