"""The built pages in a real browser: both themes, phone and desk, no network, from files and by http.

A page is visited once at each width (``visit`` in conftest.py), and what is asked of it there is asked of that visit;
tests come in the order in which they may disturb it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import paper
import pytest
import scenes
from visits import axe_violations, opened

from mnist_interp.charts import palette
from mnist_interp.site import budget, data_files, tree
from tests.places import facts

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from conftest import Visit
    from tests.measures import Measured

SHIFT = 0.02


def test_it_is_quiet_stands_still_and_fits(visit: Visit, measured: Measured) -> None:
    page = visit.watched.page
    measured(visit.name, f"shift {visit.width}", f"{visit.shift:.4f}")
    assert page.evaluate("document.documentElement.dataset.theme") == visit.theme
    assert page.evaluate("document.documentElement.scrollWidth") <= visit.width
    assert visit.watched.foreign == []
    assert visit.watched.said == []
    assert visit.shift < SHIFT


FOCUS = """() => { const e = document.activeElement, s = getComputedStyle(e);
    const shown = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
    const near = e.closest('label, .mi-chip') ?? e.previousElementSibling;
    const about = near && getComputedStyle(near).outlineStyle !== 'none';
    return {body: e === document.body || e.className === 'mi-skip', shown: shown || about,
    switch: e.matches('main .mi-code'), chart: e.matches('.mi-live'),
    name: e.outerHTML.slice(0, 120)}; }"""


def test_the_keyboard_reaches_all_and_shows_where_it_is(visit: Visit) -> None:
    page = visit.watched.page
    switches = page.locator("main .mi-code").filter(visible=True).count()
    charts = page.locator(".mi-live[tabindex]").count()
    found = {"switch": 0, "chart": 0}
    if visit.name == "search":  # which begins at its words
        assert page.evaluate("document.activeElement.id") == "mi-search-words"
        page.locator(".mi-skip").focus()
    else:
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "mi-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    for _ in range(900):
        page.keyboard.press("Tab")
        state = page.evaluate(FOCUS)
        if state["name"].startswith("<iframe"):  # where it is, the page in the frame shows
            state["shown"] = page.frames[-1].evaluate(FOCUS)["shown"]
        if state["body"]:
            break
        found = {kind: number + state[kind] for kind, number in found.items()}
        assert state["shown"], f"no visible focus on {state['name']}"
    else:
        pytest.fail("900 stops and not through")
    assert found == {"switch": switches, "chart": charts}


def test_axe_finds_nothing_in_either_theme(visit: Visit, measured: Measured) -> None:
    page = visit.watched.page
    for _ in range(2):
        theme = page.evaluate("document.documentElement.dataset.theme")
        violations = axe_violations(page)
        measured(visit.name, f"axe {theme}", len(violations))
        assert violations == [], theme
        page.locator(".mi-theme").click()
    assert theme != visit.theme
    assert visit.watched.said == []


def test_headings_read_as_they_are_written(visit: Visit) -> None:
    headings = re.findall(r'heading "(.*)" \[level=', visit.watched.page.locator("main").aria_snapshot())
    assert headings
    assert not [heading for heading in headings if heading.endswith("#")]


def test_scenes_hold_the_marks_their_data_call_for(visit: Visit, built_site: Path) -> None:
    page = visit.watched.page
    tables = data_files.tables_of(built_site, visit.name)
    html = tree.read(built_site / f"{visit.name}.html")
    checked = 0
    for name, _ in data_files.figures(html, tables):
        panels = data_files.panels(html.get_element_by_id(f"fig-{name}"))
        state = page.evaluate("name => miFigures[name].state.values", name)
        found = dict(page.evaluate(scenes.COUNT, name))
        for number, panel in enumerate(panels):
            if panel["kind"] != "chart":
                continue
            wanted = list(scenes.expected(panel, state, tables))
            assert wanted, f"{name}, panel {number}: no layer can be counted"
            for layer, n_marks in wanted:
                assert found[number].get(layer, 0) == n_marks, (name, number, layer, found[number])
                checked += 1
    assert checked or not tables


def test_reduced_motion(visit: Visit) -> None:
    page = visit.watched.page
    page.emulate_media(reduced_motion="reduce")
    try:
        moving = page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length")
        assert moving == 0
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    finally:
        page.emulate_media(reduced_motion="no-preference")


def test_it_fits_and_lists_its_sections_when_the_window_is_made_narrow_and_wide(visit: Visit) -> None:
    page = visit.watched.page
    lists = page.locator(".mi-sections, .mi-here")
    listed = lists.count() > 0
    assert listed == (page.locator("article > section > section").count() > 1 and visit.name != "index")
    for width in sorted((360, 768, 1024, 1440, visit.width), key=lambda width: width == visit.width):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert lists.filter(visible=True).count() == listed, width
    if listed and visit.width < 1000:
        page.locator(".mi-here summary").click()
        page.locator(".mi-here a").last.click()
        assert page.evaluate("location.hash") == page.locator(".mi-here a").last.get_attribute("href")
        page.locator(".mi-here summary").click()
        assert not page.locator(".mi-here a").last.is_visible()


# How far each element that stands below the notes is pushed down by them, and captions below a last panel of its own.
PUSHED = """[...document.querySelectorAll('article *')].map(e => {
    if (getComputedStyle(e).clear !== 'both' || !e.offsetHeight) return [e, 0];
    const was = e.getBoundingClientRect().top;
    e.style.clear = 'none';
    const by = was - e.getBoundingClientRect().top;
    e.style.clear = '';
    return [e, by];
    }).filter(([, by]) => by > 60).map(([e, by]) => [e.id || e.className, by])"""
ALONE = """[...document.querySelectorAll('figure:has(.mi-panel + .mi-panel)')].filter(figure => {
    const left = part => part.getBoundingClientRect().left, panels = [...figure.querySelectorAll('.mi-panel')];
    const [first, second, ...more] = panels.map(left);
    const spans = panels.at(-1).getBoundingClientRect().right > second;
    return first < second && more.at(-1) === first && !spans && left(figure.querySelector('figcaption')) < second;
    }).map(figure => figure.id)"""


def test_no_note_pushes_a_figure_down_and_no_row_is_half_empty(visit: Visit) -> None:
    page = visit.watched.page
    assert page.evaluate(PUSHED) == []
    assert page.evaluate(ALONE) == []


# What is wider than its box, with the layers of its background, and how far its first column moves when it is scrolled.
SIDEWAYS = """() => {
    const folds = [...document.querySelectorAll('article details:not([open])')];
    folds.forEach(fold => { fold.open = true; });
    document.querySelectorAll('.mi-equation').forEach(e => { e.style.contentVisibility = 'visible'; });
    const wide = [...document.querySelectorAll('article *')].filter(e => e.scrollWidth > e.clientWidth + 1
        && e.clientWidth && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX));
    const found = wide.map(e => {
        const cell = e.querySelector('table:not(:has(tbody [rowspan])) tbody tr > :first-child');
        const was = cell?.getBoundingClientRect().left;
        e.scrollLeft = 1000;
        const moved = cell ? Math.round(was - cell.getBoundingClientRect().left) : 0;
        e.scrollLeft = 0;
        return [e.outerHTML.slice(0, 80), !!cell, getComputedStyle(e).backgroundAttachment, moved];
    });
    document.querySelectorAll('.mi-equation').forEach(e => { e.style.contentVisibility = ''; });
    folds.forEach(fold => { fold.open = false; });
    return found; }"""


def test_what_scrolls_sideways_says_so(visit: Visit) -> None:
    page = visit.watched.page
    page.evaluate("document.documentElement.dataset.code = 'shown'")
    found = page.evaluate(SIDEWAYS)
    page.evaluate("delete document.documentElement.dataset.code")
    shades = {True: "local, scroll", False: "local, local, scroll, scroll"}  # beside a column that stays, on the right
    assert [part for part in found if part[2:] != [shades[part[1]], 0]] == []
    assert found or visit.width > 390 or page.locator("article pre").count() == 0


# Of each box with a table: whether it is higher than the screen, and how far its header is from its top, scrolled down.
HEADERS = """boxes => boxes.filter(box => box.clientHeight).map(box => {
    box.scrollTop = 100000;
    const scrolled = box.scrollTop > 0, head = box.querySelector('thead').getBoundingClientRect();
    const away = scrolled ? Math.round(head.top - box.getBoundingClientRect().top) : 0;
    box.scrollTop = 0;
    return [box.innerText.slice(0, 40), box.clientHeight > innerHeight, away];
})"""


def test_a_table_higher_than_a_phone_keeps_its_header(visit: Visit) -> None:
    if visit.width > 390:
        pytest.skip("a wide window")
    boxes = visit.watched.page.locator(".output.text_html > div:not(.mi-claims-table):has(> table > thead)")
    assert [box for box in boxes.evaluate_all(HEADERS) if box[1:] != [False, 0]] == []


FOLDS = "details.hide > summary"
LONG = """folds => folds.filter(fold => [...fold.querySelectorAll('pre')]
    .reduce((lines, code) => lines + code.textContent.trimEnd().split('\\n').length, 0) > 12).length"""
COVERED = """buttons => buttons.filter(button => {
    const own = button.getBoundingClientRect(), codes = button.closest('details').querySelectorAll('pre, summary');
    return button.checkVisibility() && [...codes].some(code => { const box = code.getBoundingClientRect();
        return box.top < own.bottom - 1 && own.top < box.bottom - 1 && box.right > own.left; });
}).map(button => button.parentElement.innerText.slice(0, 60))"""


def test_code_takes_no_room_until_it_is_shown_and_closes_where_it_was_opened(visit: Visit) -> None:
    page = visit.watched.page
    switch = page.locator(".mi-code").filter(visible=True)
    n_folds = page.locator(".tag_hide-input > details.hide").count()
    assert switch.count() == (n_folds > 0)
    folds = page.locator(".tag_hide-input").locator(FOLDS).filter(visible=True)
    assert folds.count() == 0
    if not n_folds:
        return
    before = page.evaluate("document.documentElement.scrollHeight")
    switch.click()
    assert folds.count() == n_folds
    assert switch.inner_text() == "Hide code"
    assert page.locator("details.hide .mi-copy").evaluate_all(COVERED) == []
    closes = page.locator(".mi-close").filter(visible=True)
    assert closes.count() == page.locator(".tag_hide-input > details.hide").evaluate_all(LONG)
    if closes.count():
        last = closes.last
        last.scroll_into_view_if_needed()
        fold = last.locator("xpath=..").element_handle()
        below = last.evaluate("e => e.getBoundingClientRect().bottom")
        last.click()
        assert fold.get_attribute("open") is None
        assert abs(fold.evaluate("e => e.getBoundingClientRect().bottom") - below) < 2
        assert page.evaluate("document.activeElement.matches('details.hide > summary')")
    switch.click()
    assert folds.count() == 0
    assert page.evaluate("document.documentElement.scrollHeight") == before
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")


# A sheet of Letter less its margins, in px; what may not break and is higher leaves a page empty before it.
SHEET = {"width": 650, "height": 905}
UNBROKEN = """height => [...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).breakInside === 'avoid'
    && e.getBoundingClientRect().height > height && !e.matches('section, dl')).map(e => e.outerHTML.slice(0, 120))"""
UNSAID = """() => [...document.querySelectorAll('.mi-controls > *')].filter(part => {
    const said = part.querySelector('output, select') || part.querySelector('.mi-chip:has(:checked)');
    const chips = [...part.querySelectorAll('.mi-chip:not(:has(:checked))')];
    return (said && !said.getClientRects().length) || chips.some(chip => chip.getClientRects().length);
}).map(part => part.innerText)"""
# Of each chart's picture: pixels of its smallest labels, which are of 11 in the drawing.
LABELS = """hosts => hosts.map(host => {
    const shown = [...host.querySelectorAll('.mi-still > *')].find(picture => picture.getClientRects().length);
    const box = shown.classList.contains('mi-picture-narrow') ? '--mi-narrow' : '--mi-wide';
    return 11 * host.clientWidth / parseFloat(getComputedStyle(host).getPropertyValue(box));
})"""
LEGIBLE = 9  # pixels, which are 6.75 points
FOOT = 2  # runs of text
CUT = 4  # lines: of a note, or of a table’s head that one more sheet repeats
LAST = 10  # runs of text at least on the last of several pages, its foot among them


def test_print(visit: Visit) -> None:
    page = visit.watched.page
    page.emulate_media(media="print")
    page.set_viewport_size(SHEET)
    assert not page.locator(".mi-top").is_visible()
    assert page.evaluate(UNBROKEN, SHEET["height"]) == []
    for bench in page.locator(".mi-bench").all():
        assert not bench.is_visible()
        assert page.locator(".mi-on-paper").inner_text().endswith(f"{visit.name}.html#lesion-bench")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    on_paper = "parts => parts.map(part => getComputedStyle(part)[{}])"
    inked = page.locator(".mi-steps").evaluate_all(on_paper.format("'printColorAdjust'"))
    whole = page.locator(".mi-panel:not(:has(.mi-tiles > :nth-child(41)))").evaluate_all(
        on_paper.format("'breakInside'")
    )
    assert (set(inked) | {"exact"}, set(whole) | {"avoid"}) == ({"exact"}, {"avoid"})
    assert set(page.locator(".mi-figure").evaluate_all(on_paper.format("'breakInside'"))) <= {"auto"}
    assert min(page.locator(".mi-host").evaluate_all(LABELS), default=LEGIBLE) >= LEGIBLE
    assert page.locator("body").evaluate("e => getComputedStyle(e).getPropertyValue('--mi-ink')") == palette.INK.light
    assert page.evaluate(UNSAID) == []
    assert page.locator(".mi-figure :is(.mi-play, .mi-every)").filter(visible=True).count() == 0
    cut = "all => all.filter(one => one.scrollHeight > one.clientHeight + 1).length"
    assert page.locator(".mi-gallery").evaluate_all(cut) == 0
    grids = (
        "all => all.filter(one => getComputedStyle(one).display === 'grid').length"  # Chromium breaks grids anywhere
    )
    assert page.locator(".mi-claim dl").evaluate_all(grids) == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:is(.mi-fold, .mi-claim details):not([open])").count() == 0
    pages = paper.runs(page.pdf())
    assert len(pages) == 1 or pages[-1] >= LAST, pages
    page.evaluate("document.querySelectorAll('.mi-figure').forEach(figure => { figure.style.float = 'none'; })")
    in_order = paper.runs(page.pdf())
    # Where text rose, no line is lost. (One beside a note that the end of a sheet cuts is broken at another word.)
    assert abs(sum(pages) - FOOT * len(pages) - sum(in_order) + FOOT * len(in_order)) <= CUT
    assert visit.watched.said == []
    assert visit.watched.foreign == []


LOADED = "e => e.complete && e.naturalWidth > 0"


def test_without_javascript(browser: Browser, built_site: Path, page_name: str) -> None:
    dark = {"java_script_enabled": False, "color_scheme": "dark", "width": 390}
    with opened(browser, built_site.as_uri(), page_name, **dark) as watched:
        page = watched.page
        assert page.locator("h1").first.is_visible()
        assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(20, 23, 28)"
        codes = page.locator("details.hide > summary")
        assert codes.filter(visible=True).count() == codes.count()
        assert page.locator(".mi-code, .mi-close").filter(visible=True).count() == 0
        for figure in page.locator("figure.mi-figure").all():
            assert figure.locator(".mi-still .mi-picture-narrow, .mi-tiles").first.is_visible()
            assert all(picture.evaluate(LOADED) for picture in figure.locator(".mi-picture-narrow").all())
            for part in (".mi-controls", ".mi-csv", ".mi-show"):
                assert not any(found.is_visible() for found in figure.locator(part).all())
            data = figure.locator("a.mi-file")
            assert data.is_visible()
            rows = (built_site / str(data.get_attribute("href"))).read_text(encoding="utf-8").splitlines()
            assert len(rows) > 1
            assert {row.count(",") for row in rows if '"' not in row} == {rows[0].count(",")}
        assert watched.foreign == []


def test_pictures_follow_the_theme(browser: Browser, built_site: Path, page_name: str) -> None:
    """A picture in a file takes the page's theme, not the system's, and changes with it."""
    still = {"java_script_enabled": False, "color_scheme": "light"}  # so that the charts stay pictures
    with opened(browser, built_site.as_uri(), page_name, **still) as watched:
        page = watched.page
        picture = page.locator(".mi-still .mi-picture-wide").first
        if not picture.count():
            pytest.skip("no chart on this page")
        picture.scroll_into_view_if_needed()
        shots = []
        for theme in ("light", "dark", "light"):
            page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
            page.wait_for_timeout(100)
            shots.append(picture.screenshot())
        assert shots[0] == shots[2] != shots[1]


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


def test_the_contents_close_when_the_focus_leaves_them(browser: Browser, built_site: Path, page_name: str) -> None:
    with opened(browser, built_site.as_uri(), page_name) as watched:
        page = watched.page
        page.locator(".mi-menu summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.mi-menu').open")
        page.locator(".mi-menu a").last.focus()
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('.mi-menu') && !document.querySelector('.mi-menu').open")


def test_shown_code_is_remembered_for_the_session(browser: Browser, served: str, built_site: Path) -> None:
    first, second = facts(built_site)["with_code"][:2]
    with opened(browser, served, first, width=390) as watched:
        page = watched.page
        page.locator(".mi-aids .mi-code").click()
        page.goto(f"{served}/{second}.html")
        assert page.locator("details.hide > summary").first.is_visible()
        assert page.locator(".mi-aids .mi-code").inner_text() == "Hide code"
        assert page.evaluate("window.shift") < SHIFT
        assert watched.said == []


@pytest.mark.parametrize("way", ["files", "http"])
def test_search(browser: Browser, built_site: Path, served: str, way: str) -> None:
    home = built_site.as_uri() if way == "files" else served
    with opened(browser, home, "search") as watched:
        page = watched.page
        page.get_by_role("searchbox").fill("neuron")
        assert page.locator("#mi-search-results li").count() > 0
        assert "neuron" in page.locator("#mi-search-results mark").first.inner_text().lower()
        page.locator("#mi-search-results a").first.click()
        page.wait_for_load_state()
        assert page.locator("article.bd-article").is_visible()
        assert watched.said == []
        assert watched.foreign == []


def test_weights(built_site: Path, page_name: str, measured: Measured) -> None:
    path = built_site / f"{page_name}.html"
    weight = budget.weigh(path)
    measured(page_name, "theme kB", f"{sum(weight.frame.values()) / 1000:.0f}")
    measured(page_name, "page kB", f"{weight.page / 1000:.0f}")
    budget.check(path)
