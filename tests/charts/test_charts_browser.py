"""The figures in a real browser: scrubbing, choosing, tapping, galleries, tips, tables, themes, and doing without."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from figures_page import BINS, CHECKPOINTS, IMAGES

from mnist_interp.charts import palette
from tests.touch import swipe

TWO_FRAMES = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def test_all_figures_come_alive_in_silence_with_the_marks_their_data_call_for(visit: Callable) -> None:
    opened = visit()
    statuses = opened.page.evaluate("Object.values(miFigures).map((figure) => figure.status)")
    assert statuses == ["alive"] * 9
    assert opened.said == []
    assert opened.marks("projection", "symbol") == IMAGES
    assert opened.marks("glyphs", "text") == IMAGES
    assert opened.marks("histogram", "rect") == BINS
    assert opened.marks("heat", "rect") == BINS * len(CHECKPOINTS)
    assert opened.marks("confusion", "rect") == 100
    assert opened.marks("token-grids", "rect") == 17 + 1  # and the frame
    assert opened.marks("curves", "line") == 42


def test_figures_far_from_the_screen_stay_pictures(visit: Callable) -> None:
    opened = visit(start=False, viewport={"width": 1280, "height": 400})
    opened.wait("miFigures.curves.status === 'alive'")
    assert opened.page.evaluate("miFigures.heat.status") == "still"


@pytest.mark.parametrize("width", [390, 1280])
def test_coming_alive_moves_nothing(visit: Callable, width: int) -> None:
    opened = visit(start=False, viewport={"width": width, "height": 900})
    tops = "[...document.querySelectorAll('.mi-host, figcaption')].map((e) => e.getBoundingClientRect().top + scrollY)"
    opened.page.evaluate(TWO_FRAMES)  # until then what is off the screen has a height that it is only thought to have
    before = opened.page.evaluate(tops)
    opened.start()
    assert opened.page.evaluate(tops) == before
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_scrubbing_by_keys_moves_the_points(visit: Callable) -> None:
    opened = visit("projection")
    places = "miFigures.projection.panels[0].hand.all().map((t) => Math.round(t.x1))"
    before = opened.page.evaluate(places)
    opened.page.focus("#fig-projection input[type=range]")
    opened.page.keyboard.press("ArrowLeft")
    opened.settle("projection")
    assert opened.state("projection", "epoch") == 3
    assert opened.page.get_attribute("#fig-projection input[type=range]", "aria-valuetext") == "epoch 3"
    assert opened.page.inner_text("#fig-projection output") == "epoch 3"
    assert opened.marks("projection", "symbol") == IMAGES
    assert opened.page.evaluate(places) != before


def test_a_swipe_up_over_a_slider_scrolls_and_changes_nothing(visit: Callable) -> None:
    opened = visit("projection", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 700})
    slider = opened.page.locator("#fig-projection input[type=range]")
    slider.press("Home")
    before = opened.page.evaluate("scrollY")
    swipe(opened.page, slider, 4, -200)
    assert opened.page.evaluate("scrollY") > before + 50
    assert (slider.input_value(), opened.state("projection", "epoch")) == ("0", 0)
    swipe(opened.page, slider, -60, 4)
    assert opened.state("projection", "epoch") == CHECKPOINTS[int(slider.input_value())] > 0


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_playing_runs_from_the_start_and_pauses(visit: Callable, motion: str) -> None:
    opened = visit("histogram", reduced_motion=motion)
    button = opened.page.locator("#fig-histogram .mi-play")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    opened.wait("miFigures.histogram.state.values.epoch === 1")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    smooth = opened.page.evaluate("document.querySelector('#fig-histogram .mi-live').classList.contains('mi-smooth')")
    assert smooth == (motion == "no-preference")
    at = opened.state("histogram", "epoch")
    opened.page.wait_for_timeout(600)
    assert opened.state("histogram", "epoch") == at


def test_chips_filter_every_figure_that_shares_them(visit: Callable) -> None:
    opened = visit("projection", "glyphs")
    opened.page.locator("#fig-projection .mi-chip", has_text="3").locator("input").uncheck()
    opened.settle("projection")
    opened.settle("glyphs")
    assert opened.marks("projection", "symbol") == IMAGES * 9 // 10
    assert opened.marks("glyphs", "text") == IMAGES * 9 // 10
    assert not opened.page.locator("#fig-glyphs .mi-chip", has_text="3").locator("input").is_checked()
    opened.page.locator("#fig-glyphs .mi-every").click()
    opened.settle("projection")
    assert opened.marks("projection", "symbol") == IMAGES
    assert opened.said == []


@pytest.mark.parametrize("touch", [False, True])
def test_tapping_a_cell_filters_the_gallery_and_again_clears_it(visit: Callable, touch: bool) -> None:
    opened = visit("confusion", has_touch=touch)
    gallery = opened.page.locator("#fig-confusion .mi-tiles li")
    assert gallery.count() == 60
    point = opened.center("confusion", 12)
    tap = opened.page.touchscreen.tap if touch else opened.page.mouse.click
    tap(*point)
    opened.settle("confusion")
    assert (opened.state("confusion", "true_digit"), opened.state("confusion", "read_digit")) == (1, 2)
    assert gallery.count() == 2
    assert opened.page.inner_text("#fig-confusion .mi-count") == "Misread: 2 images"
    assert gallery.first.locator(".mi-digit").get_attribute("aria-label") == "Test image 1: a 1, classified as 2"
    assert "Selected" in opened.page.inner_text("#fig-confusion .mi-told")
    tap(*point)
    opened.settle("confusion")
    assert gallery.count() == 60


def test_a_gallery_of_changed_readings_says_alive_what_it_says_still(visit: Callable) -> None:
    opened = visit("changed")
    panel, chips = opened.page.locator("#fig-changed .mi-panel"), opened.page.locator("#fig-changed .mi-chip")
    spoken = "all => all.map(digit => digit.ariaLabel)"
    still = panel.inner_text(), panel.locator(".mi-digit").evaluate_all(spoken)
    assert still[0].startswith("Changed: 2 images")
    chips.nth(1).click()
    opened.settle("changed")
    assert panel.inner_text().split("\n")[0] == "Changed: 1,503 images, 3 shown"
    read = panel.locator(".mi-read").all_inner_texts()
    assert [text.replace("\u2009", "") for text in read] == ["2→6\ntrue 2", "2→3", "5→6\ntrue 4"]
    chips.nth(0).click()
    opened.settle("changed")
    assert (panel.inner_text(), panel.locator(".mi-digit").evaluate_all(spoken)) == still


def test_the_keyboard_walks_marks_and_taps_them(visit: Callable) -> None:
    opened = visit("confusion")
    opened.page.focus("#fig-confusion .mi-live")
    for key in ["ArrowRight", "ArrowRight", "ArrowDown"]:
        opened.page.keyboard.press(key)
    assert opened.page.inner_text("#fig-confusion .mi-told") == "true digit 1, predicted 1, images 12"
    opened.page.keyboard.press("Enter")
    opened.settle("confusion")
    assert (opened.state("confusion", "true_digit"), opened.state("confusion", "read_digit")) == (1, 1)
    assert opened.page.locator(".mi-tip").is_visible()
    opened.page.keyboard.press("Escape")
    assert opened.page.locator(".mi-tip").is_hidden()


def test_the_tip_shows_the_digit_itself(visit: Callable) -> None:
    opened = visit("projection")
    opened.page.mouse.move(*opened.center("projection", 17))
    tip = opened.page.locator(".mi-tip")
    assert tip.is_visible()
    image = opened.page.evaluate("miFigures.projection.panels[0].hand.at.item.datum.image")
    tile = tip.locator(".mi-digit")
    assert int(tile.evaluate("(e) => e.style.getPropertyValue('--c')")) == image % 100
    assert "digits.png" in tile.evaluate("(e) => getComputedStyle(e).backgroundImage")
    assert tip.inner_text().split() == ["digit", str(image % 10), "predicted", str((image + 1) % 10)]


def test_data_are_a_paged_table_and_a_file(visit: Callable) -> None:
    opened = visit("projection")
    opened.page.click("#fig-projection summary")
    opened.wait("document.querySelectorAll('#fig-projection tbody tr').length === 25")
    assert opened.page.inner_text("#fig-projection summary") == "Hide data"
    cells = opened.page.locator("#fig-projection td").all_inner_texts()
    assert {text[0] for text in cells} >= {"−"}
    assert not [text for text in cells if text.startswith("-")]
    opened.page.click("#fig-projection .mi-pager button:has-text('Next')")
    assert f"rows 26–50 of {IMAGES * len(CHECKPOINTS)}" in opened.page.inner_text("#fig-projection .mi-pager")
    with opened.page.expect_download() as download:
        opened.page.click("#fig-projection .mi-csv")
    text = download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename == "projection.csv"
    read = list(csv.DictReader(io.StringIO(text)))
    assert len(read) == IMAGES * len(CHECKPOINTS)
    assert list(read[0]) == ["epoch", "image", "x", "y", "label", "predicted"]
    opened.page.click("#fig-projection summary")
    opened.wait("document.querySelector('#fig-projection summary').textContent === 'Show data'")


def test_pictures_and_live_charts_follow_the_theme_without_redrawing(visit: Callable) -> None:
    opened = visit("glyphs")
    fill = """(where) => getComputedStyle(document.querySelector(`#fig-glyphs ${where} text`)).fill"""
    seen = {}
    for theme in ["light", "dark"]:
        opened.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        seen[theme] = opened.page.evaluate(fill, ".mi-live .mark-text")
        assert opened.page.evaluate(fill, ".mi-still") == seen[theme]
    red, green, blue = (int(palette.DIGITS_AS_TEXT[0].dark[i : i + 2], 16) for i in (1, 3, 5))
    assert seen["dark"] == f"rgb({red}, {green}, {blue})" != seen["light"]


def test_resizing_redraws_to_the_new_width(visit: Callable) -> None:
    opened = visit("curves")
    opened.page.set_viewport_size({"width": 390, "height": 800})
    opened.wait("miFigures.curves.panels[0].view.width() < 400")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [390, 1280])
def test_the_words_of_a_picture_lie_within_it(visit: Callable, width: int) -> None:
    opened = visit(start=False, viewport={"width": width, "height": 900})
    outside = """[...document.querySelectorAll('.mi-still svg')].flatMap(svg => {
        const frame = svg.getBoundingClientRect(), beyond = word => {
            const box = word.getBoundingClientRect();
            return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
        };
        return [...svg.querySelectorAll('text')].filter(beyond).map(word => word.textContent);
    })"""
    assert opened.page.evaluate(outside) == []


def test_without_scripts_the_pictures_stand_alone(visit: Callable) -> None:
    opened = visit(start=False, java_script_enabled=False)
    assert opened.page.locator("#fig-projection .mi-still svg.mi-picture-wide").is_visible()
    assert opened.page.locator("#fig-confusion .mi-tiles li").count() == 60
    for hidden in [".mi-controls", ".mi-show", ".mi-csv"]:
        assert opened.page.locator(f"#fig-projection {hidden}").is_hidden()


def test_without_vega_the_picture_stays_and_a_quiet_line_says_so(visit: Callable) -> None:
    opened = visit(path="broken/index.html")
    assert opened.page.evaluate("miFigures.curves.status") == "failed"
    assert opened.page.locator("#fig-curves .mi-still svg.mi-picture-wide").is_visible()
    assert "could not start" in opened.page.inner_text("#fig-curves .mi-quiet")


def test_targets_are_large_under_a_finger(visit: Callable) -> None:
    opened = visit("projection", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    for part in [".mi-play", ".mi-chip", ".mi-every", ".mi-csv", "summary"]:
        box = opened.page.locator(f"#fig-projection {part}").first.bounding_box()
        assert box["height"] >= 44, part


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(visit: Callable, theme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    opened = visit(viewport={"width": width, "height": 900})
    opened.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    opened.page.click("#fig-projection summary")
    found = axe.run(opened.page)
    assert found.violations_count == 0, found.generate_report()
