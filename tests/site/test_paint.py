"""First paint, against that of a page of nothing but the same text: opened in turns, on the same machine.

A paint waits for the screen's next frame and for whatever else the machine does, so single ratios scatter: the median
over pairs is what the table shows, a page not clearly within its limit gets more pairs, and one is refused where more
of them lie beyond the limit than chance would put there. Beside it stands what does not scatter: what a browser has to
read and build before it can paint.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from scipy.stats import binomtest
from visits import opened, until

from mnist_interp.site import tree

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.measures import Measured

LIMIT = 1.5
CLEARLY = 0.9  # of the limit
CHANCE = 0.002  # 14 of 15 pairs beyond it: some ten pages are asked
PAIRS, MOST_PAIRS = 7, 15
HTML = 500_000
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_PLAIN = "<!DOCTYPE html><title>Plain</title><pre style='white-space:pre-wrap'>{}</pre>"


def first_paint(browser: Browser, address: str) -> float:
    """Open a page anew and return when it painted first, in milliseconds from the start of the navigation."""
    page = browser.new_page()
    page.goto(address, wait_until="load")
    until(page, f"({_PAINTED}) !== null")
    found = page.evaluate(_PAINTED)
    page.close()
    return float(found)


@pytest.fixture
def plain(browser: Browser, served: str, built_site: Path, page_name: str) -> Any:
    """Write a page of the same text beside the page, and return its address."""
    with opened(browser, served, page_name, java_script_enabled=False) as watched:
        text = watched.page.locator("main").inner_text()
    path = built_site / f"plain-{page_name}.html"
    path.write_text(_PLAIN.format(text.replace("&", "&amp;").replace("<", "&lt;")), encoding="utf-8")
    yield f"{served}/{path.name}"
    path.unlink()


def test_first_paint_is_that_of_plain_text(
    browser: Browser, served: str, plain: str, page_name: str, measured: Measured
) -> None:
    addresses = (plain, f"{served}/{page_name}.html")
    for address in addresses:
        first_paint(browser, address)
    ratios: list[float] = []
    while len(ratios) < PAIRS or (len(ratios) < MOST_PAIRS and statistics.median(ratios) > CLEARLY * LIMIT):
        reference, own = (first_paint(browser, address) for address in addresses)
        ratios.append(own / reference)
    median, beyond = statistics.median(ratios), sum(ratio > LIMIT for ratio in ratios)
    measured(page_name, "paint", f"{median:.2f}")
    assert binomtest(beyond, len(ratios), alternative="greater").pvalue > CHANCE, (
        f"{page_name} paints at {median:.2f} of a plain page's time, the median of {len(ratios)} pairs, {beyond} of "
        f"them beyond {LIMIT}"
    )


def test_a_page_holds_no_picture_and_waits_for_no_script(built_site: Path, page_name: str) -> None:
    html = (built_site / f"{page_name}.html").read_text(encoding="utf-8")
    assert len(html.encode()) < HTML
    assert "data:image/png" not in html
    page = tree.document(html)
    assert not [
        part for kind in ("mi-picture-wide", "mi-picture-narrow") for part in page.find_class(kind) if part.tag == "svg"
    ]
    assert page.xpath("//script[@src and not(@defer)]") == []
    for picture in page.iter("img"):
        assert picture.get("loading") == "lazy"
        assert picture.get("width").isdigit(), tree.outer(picture)
        assert picture.get("height").isdigit(), tree.outer(picture)
