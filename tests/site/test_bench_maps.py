"""The lesion bench of a convolutional network: channels and neurons on all images, layer 1's channels on a sample.

The bench of the built site is taken where it has one, else that of a small site, of a network trained for one epoch.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from benches import EVALUATE, REFUSED, Lesion, Shown, SmallSite, few_training, in_counts, shown_on, visit
from torch.nn import functional
from visits import axe_violations, opened, until

from mnist_interp import training
from mnist_interp.bench import lesion_sites, payloads
from mnist_interp.bench.widget import lesion_bench
from mnist_interp.data import mnist
from mnist_interp.methods import references
from mnist_interp.site import bench_files
from mnist_interp.site.bench_files import NAME
from mnist_interp.site.budget import compressed
from mnist_interp.site.errors import BookError
from mnist_interp.training import registry
from mnist_interp.training.recipe import Recipe
from tests.places import find_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

UNITS = {"relu1": 8, "relu2": 16, "relu3": 32}
N_SAMPLE = 500
LARGEST_DIFFERENCE = 2  # images: PyTorch adds in 32 bits, and two logits may come out equal there
ANSWERED = "document.querySelector('.lb-null-words').dataset.of !== undefined"
AT_WORK = 90  # seconds: the images pass through the convolutions on a busy machine


class Oracle:
    """The network by hand, from its weights: PyTorch's convolution, maximum and matrix product, and nothing of ours."""

    def __init__(self, recipe: Recipe, seed: int) -> None:
        run = training.run(recipe, seed)
        self.weights = {name: torch.from_numpy(kept[-1].copy()) for name, kept in run.weights.items()}
        self.test = mnist.load("test")
        self.best: dict[tuple[str, int], float] = {}

    def channels(self, layer: int, maps: torch.Tensor) -> torch.Tensor:
        kernel, bias = self.weights[f"conv{layer}.weight"], self.weights[f"conv{layer}.bias"]
        return functional.max_pool2d(functional.conv2d(maps, kernel, bias, padding=2).relu(), 2)

    @cached_property
    def means(self) -> dict[str, torch.Tensor]:
        sums: dict[str, torch.Tensor] = {}
        pixels = mnist.load("train").pixels
        for part in pixels.split(2_000):
            one = self.channels(1, part.view(-1, 1, 28, 28))
            two = self.channels(2, one)
            three = (two.flatten(1) @ self.weights["linear3.weight"].T + self.weights["linear3.bias"]).relu()
            for name, values in (("relu1", one), ("relu2", two), ("relu3", three)):
                sums[name] = sums.get(name, torch.zeros(())) + values.double().sum(0)
        return {name: (total / len(pixels)).float() for name, total in sums.items()}

    @cached_property
    def first(self) -> torch.Tensor:
        return torch.cat([self.channels(1, part.view(-1, 1, 28, 28)) for part in self.test.pixels.split(1_000)])

    @cached_property
    def second(self) -> torch.Tensor:
        return torch.cat([self.channels(2, part) for part in self.first.split(1_000)])

    def dosed(self, layer: str, values: torch.Tensor, lesion: Lesion) -> torch.Tensor:
        factor, offset = torch.ones(UNITS[layer]), torch.zeros(values.shape[1:])
        for unit, dose in lesion.get(layer, {}).items():
            factor[int(unit)] = 0 if isinstance(dose, str) else dose
            if dose == "mean":
                offset[int(unit)] = self.means[layer][int(unit)]
            elif dose == "optimal":
                offset[int(unit)] = self.optimal(layer, int(unit))
            elif isinstance(dose, str):
                raise ValueError(f"no dose {dose!r}")
        return values * factor.view(-1, *[1] * (values.ndim - 2)) + offset

    def optimal(self, layer: str, unit: int) -> float:
        if (layer, unit) not in self.best:
            digits = few_training(30 if layer == "relu3" else 120)
            layers = list(UNITS)
            recorded: list[torch.Tensor] = [digits.pixels.view(-1, 1, 28, 28)]
            for name in layers[: layers.index(layer) + 1]:
                recorded.append(self.after(name, recorded[-1]))
            values = recorded[-1]

            def replaced(place: int, constant: torch.Tensor) -> torch.Tensor:
                x = values.clone()
                x[:, place] = constant
                for name in [*layers[layers.index(layer) + 1 :], "output"]:
                    x = self.after(name, x)
                return x

            found = SimpleNamespace(values=values, labels=digits.labels, replaced=replaced)
            found.some = lambda images: found
            self.best[layer, unit] = references.best_constant(found, unit)  # type: ignore[arg-type]
        return self.best[layer, unit]

    def after(self, layer: str, values: torch.Tensor) -> torch.Tensor:
        """Take a layer's values from those of the one before."""
        if layer in ("relu1", "relu2"):
            return self.channels(int(layer[-1]), values)
        name = "output" if layer == "output" else "linear3"
        summed = values.flatten(1) @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return summed if layer == "output" else summed.relu()

    def counts(self, lesion: Lesion, *, sample: bool | None = None) -> np.ndarray:
        """Count images by digit and reading; on the sample where the bench does so, or as told."""
        early = "relu1" in lesion
        chosen = mnist.sample("test", 50) if (early if sample is None else sample) else np.arange(10_000)
        if early:
            parts = self.dosed("relu1", self.first[chosen], lesion).split(1_000)
            second = torch.cat([self.channels(2, part) for part in parts])
        else:
            second = self.second[chosen]
        flat = self.dosed("relu2", second, lesion).flatten(1)
        third = (flat @ self.weights["linear3.weight"].T + self.weights["linear3.bias"]).relu()
        logits = self.dosed("relu3", third, lesion) @ self.weights["output.weight"].T + self.weights["output.bias"]
        counts = np.zeros((10, 10), dtype=int)
        np.add.at(counts, (self.test.labels[chosen], logits.argmax(1).numpy()), 1)
        return counts

    def accuracy(self, lesion: Lesion, *, sample: bool | None = None) -> float:
        counts = self.counts(lesion, sample=sample)
        return float(counts.trace() / counts.sum())


def drawn(count: int, layers: list[str]) -> list[Lesion]:
    rng = np.random.default_rng(1618)
    lesions: list[Lesion] = []
    for _ in range(count):
        lesion: Lesion = {}
        for layer in layers:
            units = rng.permutation(UNITS[layer])[: rng.integers(1, UNITS[layer] // 2, endpoint=True)]
            doses = [[0, "mean", "optimal", float(rng.uniform(0, 3))][rng.integers(4)] for _ in units]
            lesion[layer] = {str(unit): dose for unit, dose in zip(units, doses, strict=True)}
        lesions.append(lesion)
    return lesions


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    site = SmallSite(tmp_path_factory.mktemp("maps"))
    site.add("page-cnn", lesion_bench(training.run(replace(registry.CNN, epochs=1)), name="cnn").html)
    site.finish()
    return site


@pytest.fixture(scope="session")
def shown(request: pytest.FixtureRequest) -> Shown:
    built = find_site()
    found = shown_on(built) if built else {}
    return found.get("cnn") or Shown(request.getfixturevalue("small").outdir, "page-cnn")


@pytest.fixture(scope="session")
def oracle(shown: Shown) -> Oracle:
    ((recipe, seed),) = bench_files.networks([shown.site / f"{shown.page}.html"]).values()
    return Oracle(recipe, seed)


def test_layers_are_read_off_the_network() -> None:
    run = training.run(replace(registry.CNN, epochs=1))
    found = lesion_sites.of(run)
    assert {layer.name: (layer.units, layer.unit) for layer in found.layers} == {
        "relu1": (8, "channel"),
        "relu2": (16, "channel"),
        "relu3": (32, "neuron"),
    }
    assert found.sampled == ("relu1",)
    assert set(found.parameters) == set(run.weights)
    assert found.facts["sample"] == mnist.sample("test", 50).tolist()


def test_what_the_bench_cannot_compute_is_refused() -> None:
    shuffled = training.run(replace(registry.CNN, epochs=1))
    with pytest.raises(ValueError, match="Shuffle"):
        lesion_sites.of(replace(shuffled, recipe=replace(shuffled.recipe, pixels="shuffled")))


def test_parity_with_pytorch(browser: Browser, shown: Shown, oracle: Oracle) -> None:
    late = [lesion for layers in (["relu2"], ["relu3"], ["relu2", "relu3"]) for lesion in drawn(34, layers)]
    early = [lesion for layers in (["relu1"], ["relu1", "relu2", "relu3"]) for lesion in drawn(20, layers)]
    lesions: list[Lesion] = [{}, *late, *early]
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        found = watched.page.evaluate(EVALUATE, lesions)
        assert watched.said == []
    differences: dict[int, list[int]] = {10_000: [], N_SAMPLE: []}
    for lesion, result in zip(lesions, found, strict=True):
        expected = oracle.counts(lesion)
        counts = in_counts(result, expected.sum(1))
        assert (counts.sum(1) == expected.sum(1)).all()
        assert result["accuracy"] == pytest.approx(counts.trace() / counts.sum())
        differences[int(expected.sum())].append(int((np.abs(counts - expected).sum(1) // 2).max()))
    assert {images: len(of) for images, of in differences.items()} == {10_000: 103, N_SAMPLE: 40}
    assert differences[10_000][0] == 0
    worst = {images: max(of) for images, of in differences.items()}
    print(f"cnn: images of a digit read differently from PyTorch, at most: {worst}")
    assert max(worst.values()) <= LARGEST_DIFFERENCE


def test_the_page_s_own_check_against_pytorch(browser: Browser, shown: Shown) -> None:
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, "", seconds=AT_WORK)
        page.locator(".lb-check").click()
        until(page, "/figures are/.test(document.querySelector('.lb-checked').textContent)", seconds=AT_WORK)
        said = page.locator(".lb-checked").inner_text()
        assert said.startswith("129 lesions on 10,000 images each, 64 that touch layer 1 on 500: the whole network’s")
        assert "figures are identical" in said
        assert int(re.search(r"at most (\d+) images?", said)[1]) <= LARGEST_DIFFERENCE  # type: ignore[index]


def test_it_says_how_far_it_is_and_then_of_which_images(browser: Browser, shown: Shown, oracle: Oracle) -> None:
    lesion: Lesion = {"relu1": {"7": 0, "2": "mean"}, "relu3": {"5": 2}}
    address = "relu1:2=mean,7=0,relu3:5=2"
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = watched.page
        page.goto(f"{watched.home}/{shown.page}.html#bench={address}")
        until(page, r"/^Preparing: .* \d+% done/.test(document.querySelector('.lb-summary').textContent)", seconds=60)
        assert page.locator(".lb-singles summary").inner_text() == "Every channel and neuron alone"
        until(page, ANSWERED, seconds=AT_WORK)
        expected = oracle.counts(lesion)
        assert expected.sum() == N_SAMPLE
        read = float(page.locator(".lb-big").inner_text().rstrip("%"))
        assert read == pytest.approx(expected.trace() / 5, abs=LARGEST_DIFFERENCE / 5 + 0.005)
        assert page.locator(".lb-of").inner_text() == "500 test images"
        assert set(page.locator(".lb-on").all_text_contents()) == {" (of 500)"}
        words = page.locator(".lb-summary").inner_text()
        assert words.startswith("Channel 2 of layer 1 held at its mean map, channel 7 of layer 1 silenced, neuron 5 of")
        assert ", on 500 test images, 50 of each digit." in words
        table = np.array(page.locator(".lb-table-confusion td").all_text_contents(), int).reshape(10, 10)
        assert table.sum(1).tolist() == [50] * 10
        flipped = page.locator(".lb-groups [role=img]").evaluate_all("all => all.map(one => one.ariaLabel)")
        assert flipped
        sample = set(mnist.sample("test", 50).tolist())
        assert {int(re.search(r"image (\d+)", label)[1]) for label in flipped} <= sample  # type: ignore[index]
        page.locator(".lb-reset").click()
        until(page, "document.querySelector('.lb-change').textContent === 'untouched'")
        assert page.locator(".lb-of").inner_text() == "all test images"
        assert set(page.locator(".lb-on").all_text_contents()) == {""}
        assert page.locator(".lb-big").inner_text() == f"{oracle.accuracy({}):.2%}"
        assert [worker.url[:5] for worker in page.workers] == ["blob:"]
        assert watched.said == []


def test_chance_of_a_channel_is_of_the_same_images(browser: Browser, shown: Shown, oracle: Oracle) -> None:
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, "relu1:7=0", seconds=AT_WORK)
        until(page, ANSWERED, seconds=60)
        accuracies = [oracle.accuracy({"relu1": {str(unit): 0}}) for unit in range(8)]
        low = sum(accuracy <= accuracies[7] for accuracy in accuracies)
        words = page.locator(".lb-null-words").inner_text()
        assert words.startswith(f"Of all 8 lesions of this kind (this one included), {low} hurt")
        assert page.locator(".lb-dot").count() == 8


def test_by_keyboard(browser: Browser, shown: Shown, oracle: Oracle) -> None:
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, "", seconds=AT_WORK)
        page.locator(".lb-neuron[data-layer=relu2]").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("m")
        until(page, "location.hash === '#bench=relu2:8=mean'")
        until(
            page, "document.querySelector('.lb-spoken').textContent.includes('Channel 8 of layer 2 held at its mean')"
        )
        assert (
            page.locator(".lb-neuron[aria-pressed=true]").get_attribute("aria-label").startswith("8 of layer 2, held")
        )
        assert page.locator(".lb-dose-name").inner_text() == "Channel 8 of layer 2"
        read = float(page.locator(".lb-big").inner_text().rstrip("%"))
        assert read == pytest.approx(100 * oracle.accuracy({"relu2": {"8": "mean"}}), abs=0.025)


@pytest.mark.parametrize(
    "given", [{"relu1": {"8": 0}}, {"relu2": {"16": 0}}, {"relu3": {"32": 0}}, {"conv1": {"0": 0}}]
)
def test_evaluate_refuses(browser: Browser, shown: Shown, given: Any) -> None:
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        said = watched.page.evaluate(REFUSED, given)
    word = {"relu1": "channel of relu1", "relu2": "channel of relu2", "relu3": "neuron of relu3"}
    assert word.get(next(iter(given)), "relu1 or relu2 or relu3") in said


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_awake_it_is_accessible_and_fits(browser: Browser, shown: Shown, theme: str, width: int) -> None:
    with opened(browser, shown.site.as_uri(), shown.page, width=width, color_scheme=theme) as watched:
        page = visit(watched, shown.page, "relu1:7=0,relu2:14=optimal,relu3:3=mean", seconds=AT_WORK)
        until(page, ANSWERED, seconds=60)
        assert page.evaluate("window.shift") < 0.02
        page.evaluate("document.querySelectorAll('.mi-bench details').forEach(part => part.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_violations(page, ".mi-bench") == []


def test_without_javascript(browser: Browser, shown: Shown, oracle: Oracle) -> None:
    with opened(browser, shown.site.as_uri(), shown.page, java_script_enabled=False) as watched:
        page = watched.page
        assert "lesion of one channel or one neuron" in page.locator(".lb-need").inner_text()
        rows = page.locator(".lb-singles tbody tr")
        assert rows.count() == sum(UNITS.values())
        assert "All rows are of all 10,000 test images" in page.locator(".lb-singles .lb-where").text_content()
        for row, layer, unit in ((7, "relu1", "7"), (10, "relu2", "2"), (26, "relu3", "2")):
            name, *cells = rows.nth(row).locator("th, td").all_text_contents()
            assert name == f"Layer {layer[-1]}, {'neuron' if layer == 'relu3' else 'channel'} {unit}"
            for cell, dose in ((0, 0), (2, "mean"), (4, "optimal")):
                share = 100 * oracle.accuracy({layer: {unit: dose}}, sample=False)
                assert float(cells[cell]) == pytest.approx(share, abs=LARGEST_DIFFERENCE / 100 + 0.005)


def test_payloads_keep_to_their_budget(small: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    folder: Path = small.outdir / "_static" / NAME / "payload" / "cnn"
    sizes = {path.stem: compressed(path.read_bytes()) for path in folder.glob("*.js")}
    print(f"cnn: {sizes}")
    assert sizes.keys() == {"epoch-0", "epoch-1", "parity"}
    assert max(sizes.values()) <= payloads.BUDGET_OF_MAPS == 150_000
    (folder / "parity.js").unlink()
    monkeypatch.setattr(payloads, "BUDGET_OF_MAPS", 100_000)
    with pytest.raises(BookError, match=r"cnn/epoch-0 weighs 12\d kB compressed, over its budget of 100 kB"):
        small.finish()
