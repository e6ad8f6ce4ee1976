"""A hostile link does nothing but a message: a thousand of each kind in one page, each judged by an oracle.

What an address is worth is told by hand (`hostile`): a valid one is followed, any other changes nothing; no link
raises, leads elsewhere, asks for a file, or puts an element of its text into the page.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from benches import UNITS, visit
from hostile import COUNT, MARK, Lesions, is_drawing, links, subset
from test_figure_address import LIST
from test_subset_links import FIGURE, N_UNITS
from visits import opened, until

from mnist_interp.site import tree
from tests.places import facts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from visits import Watched

# Follow each link as a click does; note it as the page's listeners find it, and what is seen when they are done.
_FOLLOW = """async marks => {
    const said = [];
    let hash;
    addEventListener('hashchange', () => (hash = location.hash), {capture: true});
    for (const mark of marks) {
        BEFORE;
        const was = location.href, heard = new Promise(done => addEventListener('hashchange', done, {once: true}));
        location.hash = mark;
        if (location.href === was) continue;
        await heard;
        said.push([hash, ABOUT]);
    }
    return said;
}"""
_ARMED = f"""() => {{
    window.{MARK} = () => (window.{MARK}Ran = true);
    window.{MARK}Here = 'the same document';
    window.{MARK}Seen = [];
    const bad = '{MARK}, [id*={MARK}], [src*={MARK}], link[href*={MARK}], [onerror], [onload], iframe, '
        + 'script:not([src]), [href^="javascript:" i]';
    const look = node => node.nodeType === 1 && (node.matches(bad) || node.querySelector(bad))
        && {MARK}Seen.push(node.outerHTML.slice(0, 200));
    new MutationObserver(all => all.forEach(one => one.addedNodes.forEach(look)))
        .observe(document, {{subtree: true, childList: true}});
}}"""
_TRACES = f"[window.{MARK}Ran, window.{MARK}Seen.slice(0, 3), Object.keys(Object.prototype), window.{MARK}Here]"


def _follow(page: Page, marks: list[str], about: str, before: str = "0") -> list[tuple[str, Any]]:
    return [tuple(one) for one in page.evaluate(_FOLLOW.replace("ABOUT", about).replace("BEFORE", before), marks)]


@contextmanager
def _unharmed(watched: Watched) -> Iterator[Page]:
    """Hand out the page, and hold it to what must be so afterwards, whatever links it was given."""
    page, asked = watched.page, []
    address = page.url.partition("#")[0]
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(_ARMED)
    yield page
    page.wait_for_timeout(300)
    assert page.evaluate(_TRACES) == [None, [], [], "the same document"]
    assert page.url.partition("#")[0] == address
    assert [url for url in asked if MARK in url or "invalid" in url] == []
    assert watched.foreign == []
    assert watched.said == []


def _worth(found: list[tuple[str, Any]], is_valid: Callable[[str], bool]) -> list[bool]:
    """Judge the links; a generator that made only valid or only bad ones would test nothing."""
    worth = [is_valid(mark) for mark, _ in found]
    assert 20 < sum(worth) < COUNT // 2
    return worth


def test_of_the_bench(browser: Browser, built_site: Path, bench_name: str) -> None:
    valid = [
        "relu2:0=0",
        "relu1:3=2.5,relu2:7=0,14=mean",
        "relu2:1=optimal,2=0.5",
        "relu1:31=3,0=1&epoch=0",
        "&epoch=0",
    ]
    marks = [f"bench={one}" for one in links(valid, seed=1)]
    note = "document.querySelector('.lb-note')"
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "relu2:0=0")
        last = int(page.locator(".lb-epochs").get_attribute("max") or 0)
        oracle = Lesions(UNITS["baseline"], last)
        with _unharmed(watched):
            found = _follow(page, marks, f"{note}.hidden ? '' : {note}.textContent", f"{note}.hidden = true")
        for (mark, said), good in zip(found, _worth(found, oracle.valid), strict=True):
            assert (said == "") is good, mark
            assert good or (said.startswith("This link does not describe a lesion: ") and len(said) < 250), mark
        page.evaluate("location.hash = '#bench=relu2:0=0,relu2:3=mean'")
        until(page, "document.querySelector('.mi-bench').dataset.shown.startsWith('#bench=relu2:0=0,relu2:3=mean')")
        page.evaluate("location.hash = '#bench=relu2:0=4'")
        page.wait_for_timeout(100)
        assert page.evaluate("document.querySelector('.mi-bench').dataset.shown").startswith("#bench=relu2:0=0,relu2:3")


def test_of_the_subsets(browser: Browser, built_site: Path) -> None:
    if "pruning" not in facts(built_site)["pages"]:
        pytest.skip("the site has no page of subsets")
    marks = [f"subset={one}" for one in links(["mean:0,3,5,15", "zero:1,2,14", "mean:", "zero:0,8,7,12"], seed=2)]
    with opened(browser, built_site.as_uri(), "pruning") as watched:
        state = f"[{FIGURE}.state.values.reference, [...{FIGURE}.state.values.units]]"
        page = watched.page
        before = tuple(page.evaluate(state))
        with _unharmed(watched):
            found = _follow(page, marks, state)
        for (mark, (held, units)), _ in zip(
            found, _worth(found, lambda mark: subset(mark, N_UNITS) is not None), strict=True
        ):
            before = subset(mark, N_UNITS) or before
            assert (held, units) == tuple(before), mark


def _drawings() -> list[str]:
    random_ = random.Random(3)
    made = []
    for start, strokes in ((0, 1), (7, 1), (100, 2), (1, 0), (0, 3)):
        data = bytearray([1, start])
        for _ in range(strokes):
            n_points = random_.randint(1, 6)
            data += bytes([random_.randint(1, 60) + random_.choice([0, 128]), 0, n_points])
            data += bytes(random_.randint(0, 140) for _ in range(2 * n_points))
        made.append(base64.urlsafe_b64encode(data).decode().rstrip("="))
    return made


def test_of_a_drawing(browser: Browser, built_site: Path) -> None:
    if "yours" not in facts(built_site)["pages"]:
        pytest.skip("the site has no pad")
    marks = [f"digit={one}" for one in links(_drawings(), seed=3)]
    note = "document.querySelector('.yd-note')"
    with opened(browser, built_site.as_uri(), "yours") as watched:
        page = watched.page
        page.locator(".yd-draw").scroll_into_view_if_needed()
        until(page, "document.querySelector('#digit-pad').dataset.awake !== undefined")
        most, width = page.evaluate("[yourDigit.parts.drawing.MOST, yourDigit.parts.raster.WIDTH]")
        with _unharmed(watched):
            found = _follow(page, marks, f"{note}.textContent", f"{note}.textContent = ''")
        for (mark, said), good in zip(
            found, _worth(found, lambda mark: is_drawing(mark, most=most, width=width)), strict=True
        ):
            assert good == ("no drawing that it can read" not in said), mark
            assert MARK not in said
        assert page.evaluate("localStorage.getItem('your-digit')") is None


def test_of_a_neuron(browser: Browser, built_site: Path) -> None:
    if "neurons" not in facts(built_site)["pages"]:
        pytest.skip("the site has no page of neurons")
    with opened(browser, built_site.as_uri(), "neurons") as watched:
        page = watched.page
        addresses = page.evaluate("JSON.parse(document.querySelector('[data-addresses]').dataset.addresses)")
        marks = links(list(addresses), seed=4)
        unit = "miFigures['dossier'].state.values.unit"
        before = page.evaluate(unit)
        with _unharmed(watched):
            found = _follow(page, marks, unit)
        _worth(found, lambda mark: mark[1:] in addresses)
        for mark, shown in found:
            before = addresses.get(mark[1:], before)
            assert shown == before, mark


def test_of_a_figure(browser: Browser, built_site: Path) -> None:
    ids = tree.read(built_site / f"{LIST}.html").xpath("//li[@id][a]/@id")
    marks = links([one for one in ids if "/" in one], seed=5)
    hidden = "document.getElementById('mi-unknown').hidden"
    shown = f"[{hidden}, document.querySelector('h1').checkVisibility()]"
    known = f"""marks => marks.filter(mark => {{
        const hash = new URL('#' + mark, location.href).hash.slice(1);
        let name = hash;
        try {{ name = decodeURIComponent(hash); }} catch {{ }}
        return !(name.includes('/') && {ids!r}.includes(name));
    }})"""
    with opened(browser, built_site.as_uri(), LIST) as watched:
        page = watched.page
        unknown = page.evaluate(known, marks)
        assert 0 < len(marks) - len(unknown) < COUNT // 4, "those that are valid lead to their figure"
        with _unharmed(watched):
            found = _follow(page, unknown, shown)
        assert all(visible for _, (_, visible) in found)
        assert {silent for _, (silent, _) in found} == {True, False}
