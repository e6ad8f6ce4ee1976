"""From the figure of every subset to the lesion bench and back, with a set of neurons in hand: from a file, as read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from benches import visit
from visits import opened, until

from tests.places import facts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGE, LAYER, N_UNITS = "pruning", "relu2", 16
FIGURE = "miFigures['every-subset']"
BACK = ".lb-subsets a"


def _figure(page: Page) -> list[object]:
    return page.evaluate(f"['reference', 'units', 'own_accuracy'].map(name => {FIGURE}.state.values[name])")


def _bench(page: Page) -> float:
    return float(page.locator(".lb-big").inner_text().rstrip("%")) / 100


@pytest.mark.parametrize(("held", "dose"), [("mean", "mean"), ("zero", "0")])
def test_a_set_goes_to_the_bench_and_comes_back(
    browser: Browser, built_site: Path, bench_name: str, held: str, dose: str
) -> None:
    if facts(built_site)["preview"]:
        pytest.skip("a preview counts the sets on fewer images than the bench")
    kept = ["0", "2", "5", "6", "9", "14"]
    with opened(browser, built_site.as_uri(), PAGE) as watched:
        page = watched.page
        page.goto(f"{watched.home}/{PAGE}.html#subset={held}:{','.join(kept)}")
        until(page, f"{FIGURE}.state.values.reference === '{held}' && {FIGURE}.state.values.units.length === 6")
        reference, units, accuracy = _figure(page)
        assert (reference, units) == (held, kept)
        page.locator("#fig-every-subset .mi-to-bench a").press("Enter")
        gone = [str(unit) for unit in range(N_UNITS) if str(unit) not in kept]
        doses = ",".join(f"{LAYER}:{unit}={dose}" for unit in gone)
        until(page, f"(document.querySelector('.mi-bench')?.dataset.shown || '').startsWith('#bench={doses}&')")
        assert Path(page.url.partition("#")[0]).stem == bench_name
        assert _bench(page) == pytest.approx(accuracy, abs=0.0003)
        until(page, f"document.querySelector('{BACK}').hash === '#subset={held}:{','.join(kept)}'")
        page.locator(BACK).press("Enter")
        until(page, f"window.miFigures && {FIGURE} && {FIGURE}.state.values.units.length === 6")
        assert _figure(page) == [held, kept, accuracy]
        assert watched.said == []


@pytest.mark.parametrize(
    "lesion", ["relu2:1=mean,relu2:2=0", "relu2:1=mean,relu1:2=mean", "relu2:1=0.5", "relu2:1=0&epoch=1"]
)
def test_what_is_no_subset_has_a_plain_link(browser: Browser, built_site: Path, bench_name: str, lesion: str) -> None:
    if "epoch=" in lesion and facts(built_site)["preview"]:
        pytest.skip("a preview has no epoch before its last")
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "relu2:1=mean")
        until(page, f"document.querySelector('{BACK}').hash.startsWith('#subset=mean:0,2,3')")
        page.evaluate(f"location.hash = '#bench={lesion}'")
        until(page, f"document.querySelector('{BACK}').hash === '#fig-every-subset'")
        assert watched.said == []


def test_without_scripts_both_are_plain_links(browser: Browser, built_site: Path, bench_name: str) -> None:
    with opened(browser, built_site.as_uri(), PAGE, java_script_enabled=False) as watched:
        link = watched.page.locator("#fig-every-subset .mi-to-bench a")
        assert str(link.get_attribute("href")).startswith(f"{bench_name}.html#bench={LAYER}:")
        watched.page.goto(f"{watched.home}/{bench_name}.html")
        assert watched.page.locator(BACK).get_attribute("href") == f"{PAGE}.html#fig-every-subset"
