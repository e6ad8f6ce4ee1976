"""The lesion bench of any network: what it computes against PyTorch, its addresses, its files. Two networks, one site.

Benches of the built site are taken where it has them, else those of a small site of networks trained for one epoch.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from benches import (
    EVALUATE,
    UNITS,
    Lesion,
    Oracle,
    Shown,
    SmallSite,
    drawn_lesions,
    few_training,
    in_counts,
    shown_on,
    small_site,
    visit,
)
from visits import opened, until

from mnist_interp import training
from mnist_interp.bench import lesion_sites, payloads
from mnist_interp.bench.constants import Constant
from mnist_interp.bench.oracle import constants, random_lesions
from mnist_interp.bench.widget import lesion_bench
from mnist_interp.methods import evaluate
from mnist_interp.site import bench_files
from mnist_interp.site.bench_files import NAME
from mnist_interp.site.budget import compressed
from mnist_interp.site.errors import BookError
from mnist_interp.training import models, registry
from tests.places import find_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

N_LESIONS = 60
LARGEST_DIFFERENCE = 2  # images: PyTorch adds in 32 bits, and two logits may come out equal there


def is_share(text: str, share: float) -> bool:
    """Say whether a printed percentage of all images is a share, but for images on a tie."""
    return float(text.rstrip("%")) == pytest.approx(100 * share, abs=LARGEST_DIFFERENCE / 100 + 0.005)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    return small_site(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session", params=sorted(UNITS))
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def shown(network: str, request: pytest.FixtureRequest) -> Shown:
    built = find_site()
    found = shown_on(built) if built else {}
    return found.get(network) or Shown(request.getfixturevalue("small").outdir, f"page-{network}")


@pytest.fixture(scope="session")
def oracle(shown: Shown) -> Oracle:
    return shown.oracle()


@pytest.mark.parametrize(
    ("norms", "layers"),
    [
        (("none", "none"), {"relu1": ("relu",), "relu2": ("relu",)}),
        (("layer-after", "layer-before"), {"norm1": ("relu", "norm"), "relu2": ("norm", "relu")}),
    ],
)
def test_layers_are_read_off_the_network(norms: tuple[str, str], layers: dict[str, tuple[str, ...]]) -> None:
    run = training.run(replace(registry.NORMALIZED if norms[0] != "none" else registry.PUBLISHED, epochs=1))
    found = lesion_sites.of(run)
    assert {layer.name: tuple(step.kind for step in layer.steps) for layer in found.layers} == layers
    assert set(found.parameters) == set(run.weights)
    assert (found.shift, found.scale) == (run.recipe.shift, run.recipe.scale)


def test_a_network_that_the_bench_cannot_compute_is_refused() -> None:
    recipe = replace(registry.PUBLISHED, options=(("norms", ("batch-before", "none")),), epochs=1)
    model, _ = models.initialize(recipe, 0)
    weights = {name: value.numpy()[None] for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match="norm1', BatchNorm1d"):
        lesion_sites.of(training.Run(recipe, 0, weights, np.zeros(1), np.zeros(1)))


def test_a_constant_that_nothing_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="unknown constant 'median': expected a reference"):
        Constant("median", key="d", label="d", hatch="0deg")
    monkeypatch.setattr("mnist_interp.bench.oracle.NAMES", ("mean", "resample"))
    with pytest.raises(ValueError, match="nothing measures the constant 'resample'"):
        constants(training.run(replace(registry.PUBLISHED, epochs=1)), -1)


def test_parity_with_pytorch(browser: Browser, shown: Shown, network: str, oracle: Oracle) -> None:
    lesions: list[Lesion] = [{}, *drawn_lesions(N_LESIONS, network)]
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        found = watched.page.evaluate(EVALUATE, lesions)
        assert watched.said == []
    untouched = oracle.counts({})
    sizes = untouched.sum(1)
    assert sizes.sum() == 10_000
    assert found[0]["accuracy"] == untouched.diagonal().sum() / 10_000
    assert found[0]["classAccuracy"] == (untouched.diagonal() / sizes).tolist()
    differences = []
    for lesion, result in zip(lesions, found, strict=True):
        expected, counts = oracle.counts(lesion), in_counts(result, sizes)
        differences.append(int((np.abs(counts - expected).sum(1) // 2).max()))
        assert counts.sum(1).tolist() == sizes.tolist()
        assert result["accuracy"] == pytest.approx(counts.diagonal().sum() / 10_000)
        assert result["classAccuracy"] == pytest.approx(np.diag(result["confusion"]))
    print(f"{network}: {N_LESIONS} lesions, at most {max(differences)} images of a digit read differently from PyTorch")
    assert max(differences) <= LARGEST_DIFFERENCE


def test_the_page_s_check_covers_every_dose(network: str) -> None:
    lesions = random_lesions(UNITS[network], payloads.N_CHECKED, seed=payloads.SEED)
    doses = [dose for lesion in lesions for given in lesion.values() for dose in given.values()]
    for dose in (0, "mean", "optimal"):
        assert doses.count(dose) > len(doses) / 5


def test_no_constant_is_better_than_the_best(oracle: Oracle, shown: Shown, network: str) -> None:
    ((recipe, seed),) = bench_files.networks([shown.site / f"{shown.page}.html"]).values()
    best = constants(training.run(recipe, seed), -1)["optimal"]
    labels = few_training().labels
    for layer, units in UNITS[network].items():
        assert best[layer].shape == (units,)
        values = oracle.layers(few_training().pixels, {})[layer]
        for unit in range(0, units, 7):
            low, high = (float(end) for end in values[:, unit].aminmax())
            tried = [float(best[layer][unit]), *np.linspace(low, high, 15)]
            own, *others = (evaluate.loss(oracle.training_logits(layer, str(unit), at), labels) for at in tried)
            assert own <= min(others) + 1e-3


def test_the_page_s_own_check_against_pytorch(browser: Browser, shown: Shown) -> None:
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, "")
        found = page.evaluate("lesionBench.parts.parity.check()")
    assert (found["lesions"], found["images"], found["untouched"]) == (129, 10_000, True)
    assert found["worst"] <= LARGEST_DIFFERENCE


def test_every_epoch_is_its_own_network(browser: Browser, shown: Shown, network: str) -> None:
    ((recipe, seed),) = bench_files.networks([shown.site / f"{shown.page}.html"]).values()
    model, _ = models.initialize(recipe, seed)
    untrained = Oracle(model.state_dict(), shift=recipe.shift, scale=recipe.scale)
    first = next(iter(UNITS[network]))
    lesion: Lesion = {first: {"3": "mean", "5": "optimal"}, "relu2": {"0": 2.5, "1": "optimal"}}
    address = f"{first}:3=mean,5=optimal,relu2:0=2.5,1=optimal&epoch=0"
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, address, shown="location.hash.endsWith('0')")
        until(page, "document.querySelector('.mi-bench').dataset.shown.endsWith('&epoch=0')")
        assert is_share(page.locator(".lb-big").inner_text(), untrained.accuracy(lesion))


@pytest.mark.parametrize("strange", ["OTHER:0=0", "FIRST:32=0", "__proto__:0=0"])
def test_an_address_of_another_network_is_refused(
    browser: Browser, shown: Shown, network: str, oracle: Oracle, strange: str
) -> None:
    first = next(iter(UNITS[network]))
    other = "norm1" if first == "relu1" else "relu1"
    address = strange.replace("OTHER", other).replace("FIRST", first)
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, address)
        note = page.locator(".lb-note").inner_text()
        assert note.startswith("This link does not describe a lesion")
        assert strange != "OTHER:0=0" or f"expected {first} or relu2" in note
        assert page.locator(".lb-neuron[aria-pressed=true]").count() == 0
        assert page.locator(".lb-big").inner_text() == f"{oracle.accuracy({}):.2%}"
        assert watched.said == []


def test_by_keyboard_in_layer_1(browser: Browser, shown: Shown, network: str, oracle: Oracle) -> None:
    first = next(iter(UNITS[network]))
    word = {"relu1": "silenced", "norm1": "set to zero"}[first]
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, "")
        page.locator(f".lb-neuron[data-layer={first}]").first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("0")
        until(page, f"location.hash === '#bench={first}:1=0'")
        until(page, f"document.querySelector('.lb-spoken').textContent.includes('Neuron 1 of layer 1 {word}')")
        assert page.locator(".lb-neuron[aria-pressed=true]").get_attribute("aria-label") == f"1 of layer 1, {word}"
        assert is_share(page.locator(".lb-big").inner_text(), oracle.accuracy({first: {"1": 0}}))


def test_the_best_constant_by_keyboard(browser: Browser, shown: Shown, network: str, oracle: Oracle) -> None:
    first = next(iter(UNITS[network]))
    with opened(browser, shown.site.as_uri(), shown.page, width=390) as watched:
        page = visit(watched, shown.page, "")
        cell, button = page.locator(f".lb-neuron[data-layer={first}]").first, page.locator(".lb-optimal")
        cell.focus()
        page.keyboard.press("b")
        until(page, f"location.hash === '#bench={first}:0=optimal'")
        until(page, "document.querySelector('.lb-spoken').textContent.includes('1 held at its best constant')")
        assert cell.get_attribute("aria-label") == "0 of layer 1, held at its best constant"
        assert button.get_attribute("aria-pressed") == "true"
        assert page.locator(".lb-dose output").inner_text() == "best constant"
        assert cell.locator("i").inner_text() == "x*"
        page.evaluate("document.documentElement.style = '--mi-paper: white; --mi-seq-1: gray'")  # a small site has none
        assert "(45deg" in cell.evaluate("cell => getComputedStyle(cell).backgroundImage")
        assert is_share(page.locator(".lb-big").inner_text(), oracle.accuracy({first: {"0": "optimal"}}))
        page.keyboard.press("Enter")
        until(page, "location.hash === ''")  # zero, the mean and the best constant were the round
        page.locator(".lb-range").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.classList.contains('lb-mean')")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        until(page, f"location.hash === '#bench={first}:0=optimal'")
        assert button.inner_text() == "Best constant"
        rows = page.locator(".lb-dose button").evaluate_all("all => all.map(one => one.getBoundingClientRect().y)")
        assert len(set(rows)) == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert watched.said == []


def test_without_javascript(browser: Browser, shown: Shown, network: str, oracle: Oracle) -> None:
    with opened(browser, shown.site.as_uri(), shown.page, java_script_enabled=False) as watched:
        page = watched.page
        assert page.locator(".lb-where").count() == (network == "normalized")
        assert page.locator(".lb-big").inner_text() == f"{oracle.accuracy({}):.2%}"
        rows = page.locator(".lb-singles tbody tr")
        assert rows.count() == sum(UNITS[network].values())
        for row, (layer, unit) in {3: (next(iter(UNITS[network])), "3"), 32: ("relu2", "0")}.items():
            cells = rows.nth(row).locator("td").all_text_contents()
            assert is_share(cells[0], oracle.accuracy({layer: {unit: 0}}))
            assert is_share(cells[2], oracle.accuracy({layer: {unit: "mean"}}))
            assert is_share(cells[4], oracle.accuracy({layer: {unit: "optimal"}}))


def test_files_are_written_once_a_site(small: SmallSite) -> None:
    folder = small.outdir / "_static" / NAME
    written = sorted(path.relative_to(folder / "payload").as_posix() for path in (folder / "payload").rglob("*.js"))
    each = [f"{name}/{file}.js" for name in sorted(UNITS) for file in ("epoch-0", "epoch-1", "parity")]
    assert written == [each[0], each[1], each[2], "images.js", *each[3:]]
    before = {path: path.stat().st_mtime_ns for path in (folder / "payload").rglob("*.js")}
    small.finish()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    (folder / "payload" / "normalized" / "epoch-0.js").unlink()
    small.finish()
    again = {path for path in before if path.stat().st_mtime_ns != before[path]}
    assert {path.parent.name for path in again} == {"normalized"}
    assert NAME not in (small.outdir / "plain.html").read_text(encoding="utf-8")
    scripts = sum(compressed(path.read_bytes()) for path in folder.glob("*.js"))
    assert scripts + compressed((folder / "payload" / "normalized" / "epoch-1.js").read_bytes()) < 600_000
    assert max(compressed(path.read_bytes()) for path in (folder / "payload").rglob("epoch-*.js")) < 120_000


def test_one_network_a_name_and_one_bench_a_page(small: SmallSite, tmp_path: Path) -> None:
    page = (small.outdir / "page-baseline.html").read_text(encoding="utf-8")
    (tmp_path / "other.html").write_text(page.replace("31416", "7"), encoding="utf-8")
    with pytest.raises(BookError, match="other has a different network"):
        bench_files.networks([small.outdir / "page-baseline.html", tmp_path / "other.html"])
    with pytest.raises(BookError, match="several lesion benches"):
        SmallSite(tmp_path / "site").add("both", page + page)
    with pytest.raises(ValueError, match="part of addresses"):
        lesion_bench(training.run(replace(registry.PUBLISHED, epochs=1)), name="../baseline")
