"""The lesion bench of the baseline under a reader's hand: a swiped slider, the buttons of the text, what is hidden."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from benches import Lesion, Oracle, visit
from visits import opened, until

from mnist_interp.data import mnist
from tests.places import facts
from tests.touch import swipe

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHONE: dict[str, Any] = {"width": 390, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
SHOWN = "document.querySelector('.mi-bench').dataset.shown"
STRAIGHT = re.compile(r"\w'\w|(?<![\w#=:.])-\d|\b1 images\b")


@pytest.mark.parametrize("kind", ["range", "epochs"])
def test_a_swipe_up_over_a_slider_scrolls_and_changes_nothing(
    browser: Browser, built_site: Path, bench_name: str, kind: str
) -> None:
    if kind == "epochs" and facts(built_site)["preview"]:
        pytest.skip("a preview has one epoch")
    address = "relu2:0=0" + ("&epoch=3" if kind == "epochs" else "")
    with opened(browser, built_site.as_uri(), bench_name, **PHONE) as watched:
        page = visit(watched, bench_name, address, shown=f"{SHOWN}.includes('{address}')")
        slider, top, before = page.locator(f".lb-{kind}"), page.evaluate("scrollY"), page.evaluate(SHOWN)
        value = slider.input_value()
        swipe(page, slider, 6, -200)
        assert page.evaluate("scrollY") > top + 50
        assert (slider.input_value(), page.evaluate(SHOWN)) == (value, before)
        assert page.locator(".lb-undo").is_disabled() is False  # the address was the one step
        swipe(page, slider, -60, 4)
        assert slider.input_value() != value
        until(page, f"{SHOWN} !== {before!r}")
        dragged = slider.input_value()
        swipe(page, slider, 0, 0)
        assert float(slider.input_value()) > float(dragged)
        for _ in range(2):
            page.locator(".lb-undo").tap()  # a drag is one step, and a tap another
        until(page, f"{SHOWN} === {before!r}")
        assert watched.said == []


def test_the_lesions_of_the_text_are_buttons_that_leave_the_page_where_it_is(
    browser: Browser, built_site: Path, bench_name: str
) -> None:
    with opened(browser, built_site.as_uri(), bench_name, **PHONE) as watched:
        page = visit(watched, bench_name, "")
        buttons = page.locator(".lb-preset")
        linked = {
            re.sub(r"(?<=,)(?=\d)", "relu2:", link.split("=", 1)[1])
            for link in page.locator("article li a[href^='#bench=']").evaluate_all("all => all.map(a => a.hash)")
        }
        assert linked == set(buttons.evaluate_all("all => all.map(button => button.dataset.lesion)"))
        buttons.first.scroll_into_view_if_needed()
        top = page.evaluate("scrollY")
        for number in (0, buttons.count() - 2):
            button = buttons.nth(number)
            lesion = button.get_attribute("data-lesion")
            button.tap()
            until(page, f"{SHOWN}.startsWith('#bench={lesion}&')")
            pressed = page.locator(".lb-preset[aria-pressed=true]")
            assert pressed.evaluate_all("all => all.map(button => button.dataset.lesion)") == [lesion]
            page.wait_for_timeout(400)  # the address is written
            assert page.evaluate("scrollY") == top
            assert buttons.first.evaluate("button => button.getBoundingClientRect().top") >= 0
        pressed.tap()
        until(page, "document.querySelector('.lb-change').textContent === 'untouched'")
        assert watched.said == []


def test_a_link_and_a_button_take_their_first_unit_in_hand(browser: Browser, built_site: Path, bench_name: str) -> None:
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "")

        def held() -> str:
            return page.locator(".lb-in-hand").evaluate("cell => `${cell.dataset.layer}:${cell.dataset.unit}`")

        for button in page.locator(".lb-preset").all():  # from one lesion to the next, and from another unit
            button.click()
            assert (button.get_attribute("data-lesion") or "").startswith(f"{held()}=")
        before, last = page.locator(".lb-preset").evaluate_all(
            "all => all.slice(-2).map(button => button.dataset.lesion.split('=')[0])"
        )
        page.locator(".lb-undo").click()
        assert held() == before
        page.locator(".lb-redo").click()
        assert held() == last
        page.locator(".lb-reset").click()
        for first in ("3", "9"):
            page.wait_for_timeout(400)  # the address is written
            page.evaluate("unit => { location.hash = `#bench=relu2:${unit}=0,relu2:12=0`; }", first)
            until(page, f"{SHOWN}.startsWith('#bench=relu2:{first}=0,relu2:12=0&')")
            assert held() == f"relu2:{first}"
            assert page.locator(".lb-dose output").inner_text() == "0.00"
            page.evaluate("document.activeElement.blur()")
            page.locator(".lb-neuron[data-layer=relu2]").nth(12).focus()
            assert held() == "relu2:12"


@pytest.mark.parametrize("settings", [{}, PHONE], ids=["mouse", "finger"])
def test_the_hint_is_for_what_the_reader_has(
    browser: Browser, built_site: Path, bench_name: str, settings: dict[str, Any]
) -> None:
    with opened(browser, built_site.as_uri(), bench_name, **settings) as watched:
        said = watched.page.locator(".lb-hint").inner_text()
        assert said.startswith("Tap: " if settings else "Click: ")
        assert ("Keys" in said) is not bool(settings)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_waits_for_a_guess_says_so(browser: Browser, built_site: Path, bench_name: str, width: int) -> None:
    with opened(browser, built_site.as_uri(), bench_name, width=width) as watched:
        page = visit(watched, bench_name, "")
        page.locator(".lb-foresee").click()
        until(page, "!document.querySelector('.lb-guess').hidden")
        hints, tall = page.locator(".lb-veiled"), page.locator(".lb-results > .lb-pair").bounding_box()
        assert [hint.is_visible() for hint in hints.all()] == [False] * 5
        page.locator(".lb-neuron[data-layer=relu2]").first.click()
        until(page, "document.querySelector('.lb-results').inert")
        assert [hint.is_visible() for hint in hints.all()] == [True] * 5
        assert all("hidden until you guess" in hint.inner_text() for hint in hints.all())
        now = page.locator(".lb-results > .lb-pair").bounding_box()
        assert tall
        assert now
        assert now["height"] == tall["height"]
        for hidden in (".lb-big", ".lb-classes", ".lb-confusion", ".lb-strip", ".lb-groups"):
            assert not page.locator(hidden).is_visible()
        page.locator(".lb-digit").first.click()
        until(page, "!document.querySelector('.lb-results').inert")
        assert [hint.is_visible() for hint in hints.all()] == [False] * 5
        assert page.locator(".lb-big").is_visible()


def test_the_matrix_and_the_neurons_can_be_read(browser: Browser, built_site: Path, bench_name: str) -> None:
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "relu2:0=0,6=3")
        until(page, f"{SHOWN}.startsWith('#bench=relu2:0=0,relu2:6=3&')")
        assert page.locator(".lb-neuron[data-layer=relu2]").first.inner_text().split() == ["0", "off"]
        across, down = page.locator(".lb-across"), page.locator(".lb-confusion thead th").first
        assert (across.inner_text(), down.inner_text()) == ("predicted", "true")
        heads = page.locator(".lb-confusion thead th").nth(1).bounding_box()
        place, label = across.bounding_box(), page.locator(".lb-confusion tbody th").first.bounding_box()
        name = down.bounding_box()
        assert heads
        assert place
        assert label
        assert name
        assert place["y"] < heads["y"]
        assert place["x"] >= heads["x"] - 2
        assert name["y"] < label["y"]
        wide = page.locator(".lb-confusion :is(td, th)").evaluate_all(
            "all => all.filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.textContent)"
        )
        assert wide == []


def test_counts_and_marks_are_set_as_words_are(browser: Browser, built_site: Path, bench_name: str) -> None:
    every = ",".join(f"relu2:{unit}=0" for unit in range(16))
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, every)
        until(page, "document.querySelector('.lb-null-words').dataset.of !== undefined", seconds=60)
        assert page.locator(".lb-null-words").inner_text() == "No other lesion is of this kind."
        page.locator(".lb-check").click()
        until(page, "document.querySelector('.lb-checked').textContent.includes('figures are')", seconds=60)
        assert not STRAIGHT.search(page.locator(".mi-bench").inner_text())
        assert re.search(
            r"(1 image of a digit is|\d+ images of a digit are) classified differently",
            page.locator(".lb-checked").inner_text(),
        )


def test_one_broken_image_is_one_image(browser: Browser, built_site: Path, bench_name: str, oracle: Oracle) -> None:
    pixels, labels = mnist.load("test").pixels, oracle.labels

    def right(lesion: Lesion) -> np.ndarray:
        return oracle.layers(pixels, lesion)["logits"].argmax(1).numpy() == labels

    before = right({})
    unit = next(unit for unit in range(32) if (before & ~right({"relu1": {str(unit): 1.1}})).sum() == 1)
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, f"relu1:{unit}=1.1")
        until(page, f"{SHOWN}.startsWith('#bench=relu1:{unit}=1.1&')")
        assert " 1 image broken, " in page.locator(".lb-summary").inner_text()
