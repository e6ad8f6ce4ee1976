"""The lesion bench of the baseline in a browser: what it shows, hostile addresses, by keyboard."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from benches import EVALUATE, REFUSED, UNITS, Lesion, Oracle, in_counts, shown_on, visit
from visits import axe_violations, opened, until

from mnist_interp.bench import payloads
from mnist_interp.site import bench_files, tree
from mnist_interp.site.bench_files import NAME
from mnist_interp.site.budget import compressed
from mnist_interp.training import models, registry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LARGEST_DIFFERENCE = 2


def test_the_page_shows_what_evaluate_returns(
    browser: Browser, built_site: Path, bench_name: str, oracle: Oracle
) -> None:
    lesion: Lesion = {"relu1": {"3": 2.5}, "relu2": {"7": 0, "14": "mean"}}
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "relu1:3=2.5,relu2:7=0,relu2:14=mean")
        expected, before = oracle.counts(lesion), oracle.counts({})
        share = expected.diagonal() / expected.sum(1)
        (found,) = page.evaluate(EVALUATE, [lesion])
        assert page.locator(".lb-big").inner_text() == f"{found['accuracy']:.2%}"
        assert found["accuracy"] == pytest.approx(expected.diagonal().sum() / 10_000, abs=0.0002)
        shown = [float(text) for text in page.locator("td.lb-now").all_inner_texts()]
        assert shown == [round(100 * value, 1) for value in found["classAccuracy"]]
        assert np.allclose(np.array(shown) / 100, share, atol=0.004)
        cells = page.locator(".lb-confusion td").all_inner_texts()
        change = np.array([int(text.replace("−", "-") or 0) for text in cells]).reshape(10, 10)
        assert np.abs(change - (expected - before)).max() <= LARGEST_DIFFERENCE
        table = page.locator(".lb-table-confusion td").all_text_contents()
        assert (np.array(table, int).reshape(10, 10) == in_counts(found, expected.sum(1))).all()


def test_evaluate_is_at_the_last_epoch_whatever_the_page_shows(
    browser: Browser, built_site: Path, bench_name: str, oracle: Oracle
) -> None:
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(
            watched, bench_name, "relu2:0=0&epoch=0", shown="document.querySelector('.lb-epochs').value === '0'"
        )
        (found,) = page.evaluate(EVALUATE, [{}])
        assert found["accuracy"] == oracle.counts({}).diagonal().sum() / 10_000
        model, _ = models.initialize(registry.PUBLISHED, registry.PROTAGONIST)
        untrained = Oracle(model.state_dict()).counts({"relu2": {"0": 0}})
        assert page.locator(".lb-big").inner_text() == f"{untrained.diagonal().sum() / 10_000:.2%}"


@pytest.mark.parametrize(
    "given",
    [
        None,
        "relu2",
        [1],
        {"relu3": {"0": 0}},
        {"relu2": {"16": 0}},
        {"relu2": {"-1": 0}},
        {"relu2": {"0": 3.1}},
        {"relu2": {"0": -1}},
        {"relu2": {"0": "zero"}},
        {"relu2": {"0": "constructor"}},
        {"relu2": {"0": None}},
        {"relu2": {"0": True}},
        {"relu2": 0},
        {"constructor": {"0": 0}},
    ],
)
def test_evaluate_refuses(awake: Page, given: Any) -> None:
    said = awake.evaluate(REFUSED, given)
    assert said
    assert re.search("expected|object", said)


@pytest.mark.parametrize(
    "address",
    [
        "relu3:0=0",
        "relu2:16=0",
        "relu2:0=4",
        "relu2:0=-1",
        "relu2:0=NaN",
        "relu2:0=constructor",
        "relu2:0=1e400",
        "relu2:0=0,relu2:0=1",
        "relu2:0",
        "0=0",
        "relu2:0=0,",
        "relu2:0=0&epoch=99",
        "relu2:0=0&epoch=-1",
        "relu2:0=0&epoch=1&epoch=2",
        "__proto__:0=0",
        "<img src=x onerror=window.taken=1>:0=0",
        "%3Cscript%3Ewindow.taken=1%3C/script%3E",
        "%E0%A4%A",
        "relu2:0=0," * 400,
    ],
    ids=lambda address: address[:24],
)
def test_a_hostile_address_is_refused_with_a_word(
    browser: Browser, built_site: Path, bench_name: str, address: str, oracle: Oracle
) -> None:
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, address)
        note = page.locator(".lb-note")
        assert note.is_visible()
        assert note.inner_text().startswith("This link does not describe a lesion")
        assert len(note.inner_text()) < 250
        assert note.locator("*").count() == 0
        assert page.locator(".lb-neuron[aria-pressed=true]").count() == 0
        assert page.locator(".lb-big").inner_text() == f"{oracle.counts({}).diagonal().sum() / 10_000:.2%}"
        assert page.evaluate("window.taken === undefined && ({}).polluted === undefined")
        assert watched.said == []


def test_by_keyboard(browser: Browser, built_site: Path, bench_name: str) -> None:
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "")

        def now(shown: str) -> None:
            until(page, f"document.querySelector('.mi-bench').dataset.shown === '#bench={shown}&epoch=' + epochs")

        page.evaluate("window.epochs = document.querySelector('.mi-bench').dataset.epochs")
        first = page.locator(".lb-neuron[data-layer=relu2]").first
        first.focus()
        page.keyboard.press("0")
        now("relu2:0=0")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("m")
        now("relu2:0=0,relu2:8=mean")
        page.keyboard.press("Control+z")
        now("relu2:0=0")
        page.keyboard.press("Control+Shift+z")
        now("relu2:0=0,relu2:8=mean")
        page.keyboard.press("Enter")
        now("relu2:0=0,relu2:8=optimal")
        page.keyboard.press("Enter")
        now("relu2:0=0")
        page.keyboard.press("Enter")
        now("relu2:0=0,relu2:8=0")
        page.locator(".lb-range").press("ArrowRight")
        now("relu2:0=0,relu2:8=0.05")
        until(page, "location.hash === '#bench=relu2:0=0,relu2:8=0.05'")
        until(page, "document.querySelector('.lb-spoken').textContent.includes('Neuron 0 of layer 2 silenced')")
        page.locator(".lb-reset").press("Enter")
        until(page, "location.hash === '' && document.querySelector('.lb-change').textContent === 'untouched'")
        assert watched.said == []


def test_a_cell_chooses_its_images(browser: Browser, built_site: Path, bench_name: str, oracle: Oracle) -> None:
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "relu2:7=0,14=0")
        lesion: Lesion = {"relu2": {"7": 0, "14": 0}}
        change = oracle.counts(lesion) - oracle.counts({})
        truth, read = np.unravel_index(change.argmax(), change.shape)
        page.locator(".lb-confusion tbody tr").nth(truth).locator("td").nth(read).click()
        heading = f"{truth} now classified as {read}: "
        until(page, f"document.querySelector('.lb-group').textContent.startsWith('{heading}')")
        arrived, left = (
            int(text.rpartition(" ")[2].replace(",", "")) for text in page.locator(".lb-group").all_inner_texts()
        )
        assert arrived - left == pytest.approx(change[truth, read], abs=LARGEST_DIFFERENCE)
        labels = (
            page.locator(".lb-groups > div")
            .first.locator("[role=img]")
            .evaluate_all("tiles => tiles.map(tile => tile.getAttribute('aria-label'))")
        )
        assert labels
        for label in labels:
            image = int(re.search(r"test image (\d+)", label)[1])  # type: ignore[index]
            assert oracle.labels[image] == truth
            assert label.endswith(f"as {read} now")
        assert watched.said == []


def test_predict_first(browser: Browser, built_site: Path, bench_name: str, oracle: Oracle) -> None:
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "")
        page.locator(".lb-foresee").click()
        page.locator(".lb-neuron[data-layer=relu2]").first.click()
        until(page, "document.querySelector('.lb-results').inert")
        assert not page.locator(".lb-big").is_visible()
        before, after = oracle.counts({}), oracle.counts({"relu2": {"0": 0}})
        worst = int(((before - after).diagonal() / before.sum(1)).argmax())
        page.locator(".lb-digit").nth(worst).click()
        until(page, "!document.querySelector('.lb-results').inert")
        assert page.locator(".lb-big").is_visible()
        assert f"You said {worst}; it is digit {worst}" in page.locator(".lb-guess p").inner_text()
        assert "1 of 1 foreseen" in page.locator(".lb-guess p").inner_text()


def test_a_link_in_the_text_and_the_check(browser: Browser, built_site: Path, bench_name: str) -> None:
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "")
        page.locator(".lb-singles summary").click()
        page.locator('.lb-singles a[href="#bench=relu2:6=0"]').click()
        until(page, "document.querySelector('.mi-bench').dataset.shown.startsWith('#bench=relu2:6=0&')")
        row = page.locator(".lb-singles tr", has=page.locator('a[href="#bench=relu2:6=0"]'))
        assert page.locator(".lb-big").inner_text() == row.locator("td").first.inner_text() + "%"
        page.locator(".lb-check").click()
        until(page, "/ are? counted|figures are/.test(document.querySelector('.lb-checked').textContent)", seconds=60)
        said = page.locator(".lb-checked").inner_text()
        assert "figures are identical" in said
        assert int(re.search(r"at most (\d+) images?", said)[1]) <= LARGEST_DIFFERENCE  # type: ignore[index]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_awake_it_is_accessible_and_fits(
    browser: Browser, built_site: Path, bench_name: str, theme: str, width: int
) -> None:
    with opened(browser, built_site.as_uri(), bench_name, width=width, color_scheme=theme) as watched:
        page = visit(watched, bench_name, "relu2:7=0,relu2:14=mean,relu2:15=optimal,relu1:3=2.5")
        until(page, "document.querySelector('.lb-null-words').dataset.of !== undefined", seconds=60)
        page.evaluate("document.querySelectorAll('.mi-bench details').forEach(part => part.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_violations(page, ".mi-bench") == []
        assert watched.said == []


def test_without_javascript(browser: Browser, built_site: Path, bench_name: str, oracle: Oracle) -> None:
    with opened(browser, built_site.as_uri(), bench_name, java_script_enabled=False) as watched:
        page = watched.page
        assert page.locator(".lb-need").is_visible()
        assert page.locator(".lb-big").inner_text() == f"{oracle.counts({}).diagonal().sum() / 10_000:.2%}"
        assert page.locator(".lb-singles tbody tr").count() == sum(UNITS["baseline"].values())
        first = page.locator(".lb-singles tbody tr").nth(32).locator("td").all_text_contents()
        assert first[0] == f"{oracle.counts({'relu2': {'0': 0}}).diagonal().sum() / 100:.2f}"
        assert first[2] == f"{oracle.counts({'relu2': {'0': 'mean'}}).diagonal().sum() / 100:.2f}"


def test_weights_and_what_other_pages_load(built_site: Path) -> None:
    folder, shown = built_site / "_static" / NAME, shown_on(built_site)
    for network, bench in shown.items():
        ((recipe, _),) = bench_files.networks([built_site / f"{bench.page}.html"]).values()
        (found,) = tree.read(built_site / f"{bench.page}.html").find_class(bench_files.MARK)
        last = int(found.get("data-epochs"))
        payload = folder / "payload" / network
        at_first = [*folder.glob("*.js"), payload / f"epoch-{last}.js", payload / "parity.js"]
        assert sum(compressed(path.read_bytes()) for path in at_first) < 600_000
        epochs = [payload / f"epoch-{epoch}.js" for epoch in range(last + 1)]
        budget = payloads.BUDGET if recipe.model == "mlp" else payloads.BUDGET_OF_MAPS
        assert max(compressed(path.read_bytes()) for path in epochs) < budget
    for name in json.loads((built_site / "site.json").read_text())["pages"]:
        if name not in {bench.page for bench in shown.values()}:
            assert NAME not in (built_site / f"{name}.html").read_text(encoding="utf-8")
