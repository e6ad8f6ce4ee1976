"""The drawing of the way from digits to a page: no text leaves its box, in either theme, on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from visits import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Texts that leave the drawing, and those in a box that leave it.
OUTSIDE = """svg => {
    const box = svg.viewBox.baseVal, boxes = [...svg.querySelectorAll('rect')].map(one => one.getBBox());
    return [...svg.querySelectorAll('text')].filter(text => {
        const own = text.getBBox(), right = own.x + own.width, middle = own.y + own.height / 2;
        const around = boxes.find(one => own.x < one.x + one.width && middle > one.y && middle < one.y + one.height);
        return right > box.x + box.width || (around && right > around.x + around.width - 4);
    }).map(text => text.textContent);
}"""


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
def test_every_text_stays_in_its_place(browser: Browser, built_site: Path, width: int, theme: str) -> None:
    with opened(browser, built_site.as_uri(), "methods", width=width, color_scheme=theme) as watched:
        drawing = watched.page.locator(".mi-way svg")
        assert drawing.evaluate(OUTSIDE) == []
        assert drawing.locator("text").count() > 14
        assert watched.said == []
