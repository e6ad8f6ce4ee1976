"""The words of all charts of the built pages: apart, within, beside their marks, and set as print sets them.

One page of one browser for each page of the site: at a phone's width every state that a control can set, at two others
the first and the last.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import words
from visits import opened

from mnist_interp.charts import palette
from mnist_interp.site import tree
from tests.places import facts

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.measures import Measured

PHONE, OTHERS = 390, (768, 1280)


def test_words_stand_apart_within_their_charts_and_beside_their_marks(
    browser: Browser, built_site: Path, page_name: str, measured: Measured
) -> None:
    if facts(built_site)["preview"]:
        pytest.skip("the values of a preview, and the words beside them, lie where they will")
    with opened(browser, built_site.as_uri(), page_name, width=PHONE) as watched:
        page = watched.page
        if not page.locator(".mi-figure").count():
            pytest.skip("no figure on this page")
        for width in (PHONE, *OTHERS):
            page.set_viewport_size({"width": width, "height": 900})
            seen, faults = page.evaluate(words.MEASURE, width == PHONE)
            measured(page_name, f"words {width}", seen)
            assert faults == [], f"{len(faults)} at {width}"
        assert page.evaluate(words.SEEN) == []
        shown = page.evaluate(words.TIP)
        if shown is not None:
            terms, values = shown
            assert len(terms) == len(values)
            assert max(abs(term - value) for term, value in zip(terms, values, strict=True)) < 2


def test_what_is_lost_is_orange(built_site: Path, page_name: str) -> None:
    keys = tree.read(built_site / f"{page_name}.html").find_class("mi-ramp")
    lost = [key for key in keys if any(word in key[0].text for word in ("lost", "cost"))]
    for key in lost:
        assert palette.DIVERGING[0].css in key.find_class("mi-steps")[0][-1].get("style"), key[0].text
