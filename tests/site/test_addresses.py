"""Addresses that open chapter 2 at a neuron's dossier: what they set, and that what a reader chooses stands there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from visits import opened, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SAID = "#fig-dossier .mi-note p:not([hidden])"
ALIVE = "miFigures.dossier.status === 'alive'"


def says(page: Page, layer: int, unit: int) -> None:
    start = f"Layer {layer}, neuron {unit}: "
    until(page, f"document.querySelector({SAID!r}).textContent.startsWith({start!r})")


def at_the_dossier(page: Page) -> None:
    until(page, "Math.abs(document.querySelector('#fig-dossier').getBoundingClientRect().top) < 120", seconds=10)


def test_an_address_opens_the_dossier_of_a_neuron(browser: Browser, built_site: Path) -> None:
    with opened(browser, built_site.as_uri(), "index") as watched:
        page = watched.page
        page.goto(f"{watched.home}/neurons.html#neuron=2:14")
        says(page, 2, 14)
        at_the_dossier(page)
        until(page, ALIVE)
        assert page.locator("#fig-dossier select").input_value() == str(
            page.evaluate("miFigures.dossier.state.values.unit")
        )
        page.evaluate("location.hash = '#neuron=1:31'")
        says(page, 1, 31)
        visited = page.evaluate("history.length")
        page.locator("#fig-dossier select").select_option(label="layer 2, neuron 7")
        says(page, 2, 7)
        assert page.evaluate("location.hash") == "#neuron=2:7"
        assert page.evaluate("history.length") == visited
        page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
        page.evaluate("document.querySelector('article a[href=\"#neuron=2:14\"]').click()")
        says(page, 2, 14)
        at_the_dossier(page)
        page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
        page.evaluate("document.querySelector('article a[href=\"#neuron=2:14\"]').click()")
        at_the_dossier(page)
        assert watched.said == []


@pytest.mark.parametrize(
    "address", ["neuron=2:16", "neuron=3:0", "neuron=", "neuron=2:14x", "__proto__", "neuron=2:-1"]
)
def test_an_address_of_no_neuron_is_ignored(browser: Browser, built_site: Path, address: str) -> None:
    with opened(browser, built_site.as_uri(), "index") as watched:
        page = watched.page
        page.goto(f"{watched.home}/neurons.html#{address}")
        until(page, "document.readyState === 'complete' && window.miFigures")
        says(page, 2, 0)
        assert page.evaluate("scrollY") == 0
        assert page.evaluate("location.hash") == f"#{address}"
        assert watched.said == []
