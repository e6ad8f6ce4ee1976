"""The lesion bench of the transformer: heads and the last layer's neurons, and its forward pass, against PyTorch.

The bench of the built site is taken where it has one, else that of a small site, of a network trained for one epoch.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import replace
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from benches import EVALUATE, REFUSED, Lesion, Shown, SmallSite, few_training, in_counts, shown_on, visit
from torch.nn import functional
from visits import axe_violations, opened, until

from mnist_interp import training
from mnist_interp.bench import lesion_sites, oracle, payloads
from mnist_interp.bench.widget import costliest, lesion_bench
from mnist_interp.data import mnist
from mnist_interp.methods import references
from mnist_interp.site import bench_files
from mnist_interp.site.bench_files import NAME
from mnist_interp.site.budget import compressed
from mnist_interp.training import models, registry
from mnist_interp.training.recipe import Recipe
from tests.places import find_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FIRST, SECOND, LAST = "block1.attention.heads", "block2.attention.heads", "relu3"
UNITS = {FIRST: 4, SECOND: 4, LAST: 16}
WIDTH, SIZE, PATCH = 40, 10, 7
N_SAMPLE = 500
N_LESIONS = 100  # of each of three kinds
LARGEST_DIFFERENCE = 2  # images: PyTorch adds in 32 bits, and two logits may come out equal there
ANSWERED = "document.querySelector('.lb-null-words').dataset.of !== undefined"
AT_WORK = 120  # seconds: the images pass through the network on a busy machine
LOGITS = """async images => {
    await lesionBench.load();
    const { network, payload, transformer } = lesionBench.parts, { network: name, epochs } = lesionBench.place.dataset;
    const { network: facts, values } = await lesionBench.take(name + "/epoch-" + epochs);
    const net = network.read(facts, new Float32Array(payload.bytes(values).buffer));
    return images.map(image => Array.from(transformer.logits(net, Float64Array.from(image))));
}"""


class Oracle:
    """The network by hand, from its weights: matrix products, PyTorch's softmax and GELU, and nothing of ours.

    What a head is held at as its best constant is the package's; a test of its own says whether that is one.
    """

    def __init__(self, recipe: Recipe, seed: int, epoch: int = -1) -> None:
        run = training.run(recipe, seed)
        place = oracle.checkpoint(run, epoch) if epoch >= 0 else -1
        self.weights = {name: torch.from_numpy(kept[place].copy()) for name, kept in run.weights.items()}
        self.held_heads = oracle.constants(run, epoch)["optimal"]
        self.test = mnist.load("test")
        self.best: dict[int, float] = {}

    def linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        spread = (x.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()
        return (x - x.mean(-1, keepdim=True)) / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        images = pixels.view(-1, 28, 28)
        patches = [
            images[:, y : y + PATCH, x : x + PATCH].flatten(1) for y in range(0, 28, PATCH) for x in range(0, 28, PATCH)
        ]
        embedded = self.linear("tokens.embed", torch.stack(patches, 1))
        first = self.weights["tokens.start"].expand(len(pixels), 1, WIDTH)
        return torch.cat([first, embedded], 1) + self.weights["tokens.positions"]

    def heads(self, block: str, tokens: torch.Tensor) -> torch.Tensor:
        x = self.norm(f"{block}.norm1", tokens)
        all_three = x @ self.weights[f"{block}.attention.in_proj_weight"].T
        query, key, value = (all_three + self.weights[f"{block}.attention.in_proj_bias"]).split(WIDTH, dim=2)
        brought = torch.empty(*tokens.shape[:2], WIDTH // SIZE, SIZE)
        for head in range(WIDTH // SIZE):
            mine = slice(head * SIZE, (head + 1) * SIZE)
            pattern = (query[..., mine] @ key[..., mine].transpose(1, 2) / SIZE**0.5).softmax(2)
            brought[:, :, head] = pattern @ value[..., mine]
        return brought

    def after(self, block: str, tokens: torch.Tensor, brought: torch.Tensor) -> torch.Tensor:
        x = tokens + self.linear(f"{block}.attention.out_proj", brought.flatten(2))
        inside = functional.gelu(self.linear(f"{block}.linear1", self.norm(f"{block}.norm2", x)))
        return x + self.linear(f"{block}.linear2", inside)

    def last(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.linear("linear3", self.norm("norm", tokens[:, 0])).clamp(min=0)

    @cached_property
    def means(self) -> dict[str, torch.Tensor]:
        sums: dict[str, torch.Tensor] = {}
        pixels = mnist.load("train").pixels
        for part in pixels.split(2_000):
            tokens = self.tokens(part)
            one = self.heads("block1", tokens)
            between = self.after("block1", tokens, one)
            two = self.heads("block2", between)
            three = self.last(self.after("block2", between[:, :1], two[:, :1]))
            for name, values in ((FIRST, one), (SECOND, two), (LAST, three)):
                sums[name] = sums.get(name, torch.zeros(())) + values.double().sum(0)
        return {name: (total / len(pixels)).float() for name, total in sums.items()}

    @cached_property
    def recorded(self) -> SimpleNamespace:
        """Tokens between the blocks, class tokens alone, and what heads bring to these, of all test images."""
        between, two = [], []
        for part in self.test.pixels.split(2_000):
            tokens = self.tokens(part)
            between.append(self.after("block1", tokens, self.heads("block1", tokens)))
            two.append(self.heads("block2", between[-1])[:, :1])
        return SimpleNamespace(classes=torch.cat(between)[:, :1], heads=torch.cat(two))

    def dosed(self, layer: str, values: torch.Tensor, lesion: Lesion) -> torch.Tensor:
        changed = values.clone()
        for unit, dose in ((int(unit), dose) for unit, dose in lesion.get(layer, {}).items()):
            at = (slice(None), slice(None), unit) if layer != LAST else (slice(None), unit)
            if dose == "mean":
                held = self.means[layer]
                changed[at] = held[: values.shape[1], unit] if layer != LAST else held[unit]
            elif dose == "optimal" and layer != LAST:
                changed[at] = torch.from_numpy(self.held_heads[layer][unit])[: values.shape[1]]
            elif dose == "optimal":
                changed[at] = self.optimal(unit)
            else:
                changed[at] = dose * values[at]
        return changed

    def optimal(self, unit: int) -> float:
        if unit not in self.best:
            digits = few_training()
            tokens = self.tokens(digits.pixels)
            for block in ("block1", "block2"):
                tokens = self.after(block, tokens, self.heads(block, tokens))
            values = self.last(tokens)

            def replaced(place: int, constant: torch.Tensor) -> torch.Tensor:
                x = values.clone()
                x[:, place] = constant
                return self.linear("output", x)

            found = SimpleNamespace(values=values, labels=digits.labels, replaced=replaced)
            found.some = lambda images: found
            self.best[unit] = references.best_constant(found, unit)  # type: ignore[arg-type]
        return self.best[unit]

    def logits(self, lesion: Lesion, pixels: torch.Tensor | None = None) -> torch.Tensor:
        """Return logits of all test images, or of others."""
        if pixels is None and FIRST not in lesion:
            between, two = self.recorded.classes, self.recorded.heads
        else:
            tokens = self.tokens(self.test.pixels if pixels is None else pixels)
            between = self.after("block1", tokens, self.dosed(FIRST, self.heads("block1", tokens), lesion))
            two = self.heads("block2", between)
        third = self.last(self.after("block2", between[:, :1], self.dosed(SECOND, two[:, :1], lesion)))
        return self.linear("output", self.dosed(LAST, third, lesion))

    def counts(self, lesion: Lesion, *, sample: bool | None = None) -> np.ndarray:
        """Count images by digit and reading; on the sample where the bench does so, or as told."""
        early = FIRST in lesion if sample is None else sample
        chosen = mnist.sample("test", 50) if early else np.arange(10_000)
        read = self.logits(lesion, self.test.pixels[chosen] if early else None).argmax(1).numpy()
        counts = np.zeros((10, 10), dtype=int)
        np.add.at(counts, (self.test.labels[chosen], read), 1)
        return counts

    def accuracy(self, lesion: Lesion, *, sample: bool | None = None) -> float:
        counts = self.counts(lesion, sample=sample)
        return float(counts.trace() / counts.sum())


def drawn(count: int, layers: list[list[str]], *, seed: int) -> list[Lesion]:
    """Draw lesions of these sets of layers in turn; all units of a layer in one of five."""
    rng = np.random.default_rng(seed)
    lesions: list[Lesion] = []
    for number in range(count):
        lesion: Lesion = {}
        for layer in layers[number % len(layers)]:
            most = UNITS[layer] if number % 5 == 0 else UNITS[layer] // 2
            units = rng.permutation(UNITS[layer])[: rng.integers(1, most, endpoint=True)]
            doses = [[0, "mean", "optimal", float(rng.uniform(0, 3))][rng.integers(4)] for _ in units]
            lesion[layer] = {str(unit): dose for unit, dose in zip(units, doses, strict=True)}
        lesions.append(lesion)
    return lesions


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    site = SmallSite(tmp_path_factory.mktemp("transformer"))
    run = training.run(replace(registry.TRANSFORMER, epochs=1))
    site.add("page-transformer", lesion_bench(run, name="transformer").html)
    site.finish()
    return site


@pytest.fixture(scope="session")
def shown(request: pytest.FixtureRequest) -> Shown:
    built = find_site()
    found = shown_on(built) if built else {}
    return found.get("transformer") or Shown(request.getfixturevalue("small").outdir, "page-transformer")


@pytest.fixture(scope="session")
def run(shown: Shown) -> training.Run:
    ((recipe, seed),) = bench_files.networks([shown.site / f"{shown.page}.html"]).values()
    return training.run(recipe, seed)


@pytest.fixture(scope="session")
def by_hand(run: training.Run) -> Oracle:
    return Oracle(run.recipe, run.seed)


def test_layers_are_read_off_the_network(run: training.Run) -> None:
    found = lesion_sites.of(run)
    assert [(layer.name, layer.units, layer.unit, layer.title) for layer in found.layers] == [
        (FIRST, 4, "head", "Block 1"),
        (SECOND, 4, "head", "Block 2"),
        (LAST, 16, "neuron", "Last layer"),
    ]
    assert found.sampled == (FIRST,)
    assert set(found.parameters) == set(run.weights)
    assert found.facts["tokens"] == {"patch": 7, "width": 40, "count": 17, "eps": 1e-5}
    assert found.facts["sample"] == mnist.sample("test", 50).tolist()


def _untrained(recipe: Recipe) -> training.Run:
    model, _ = models.initialize(recipe, 0)
    weights = {name: value.numpy()[None] for name, value in model.state_dict().items()}
    return training.Run(recipe, 0, weights, np.zeros(1), np.zeros(1))


def test_blocks_of_any_number_are_read_all_but_the_last_on_a_sample() -> None:
    three = replace(registry.TRANSFORMER, options=(("n_blocks", 3), ("n_heads", 2)))
    found = lesion_sites.of(_untrained(three))
    assert list(found.units.values()) == [2, 2, 2, 16]
    assert found.sampled == (FIRST, SECOND)


def test_what_the_bench_cannot_compute_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="Shuffle"):
        lesion_sites.of(_untrained(replace(registry.TRANSFORMER, pixels="shuffled")))
    run = _untrained(registry.TRANSFORMER)
    whole = run.model()

    def without(name: str) -> torch.nn.Sequential:
        return torch.nn.Sequential(OrderedDict((key, one) for key, one in whole.named_children() if key != name))

    for absent in ("tokens", "class", "norm", "linear3", "relu3"):
        monkeypatch.setattr(training.Run, "model", lambda run, absent=absent: without(absent))
        with pytest.raises(
            ValueError, match="the bench computes a transformer of Tokens, Block, ClassToken, LayerNorm, "
        ):
            lesion_sites.of(run)


def test_parity_with_pytorch_in_three_hundred_lesions(browser: Browser, shown: Shown, by_hand: Oracle) -> None:
    late = drawn(2 * N_LESIONS, [[SECOND], [LAST], [SECOND, LAST]], seed=1729)
    early = drawn(N_LESIONS, [[FIRST], [FIRST, SECOND], [FIRST, LAST], [FIRST, SECOND, LAST]], seed=163)
    lesions: list[Lesion] = [{}, *late, *early]
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        found = watched.page.evaluate(EVALUATE, lesions)
        assert watched.said == []
    differences: dict[int, list[int]] = {10_000: [], N_SAMPLE: []}
    for lesion, result in zip(lesions, found, strict=True):
        expected = by_hand.counts(lesion)
        counts = in_counts(result, expected.sum(1))
        assert (counts.sum(1) == expected.sum(1)).all()
        assert result["accuracy"] == pytest.approx(counts.trace() / counts.sum())
        differences[int(expected.sum())].append(int((np.abs(counts - expected).sum(1) // 2).max()))
    assert {images: len(of) for images, of in differences.items()} == {10_000: 201, N_SAMPLE: 100}
    assert differences[10_000][0] == 0
    worst = {images: max(of) for images, of in differences.items()}
    print(f"transformer: images of a digit read differently from PyTorch, at most: {worst}")
    assert max(worst.values()) <= LARGEST_DIFFERENCE


def test_probabilities_of_any_image_are_torch_s(browser: Browser, shown: Shown, run: training.Run) -> None:
    noise = torch.rand(20, 784, generator=torch.Generator().manual_seed(5))
    images = torch.cat([mnist.load("test").pixels[:200], noise, torch.zeros(1, 784), torch.ones(1, 784)])
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        found = torch.tensor(watched.page.evaluate(LOGITS, images.tolist()), dtype=torch.float64)
    model = run.model()
    difference = (found.softmax(1) - model(images).double().softmax(1)).abs().max()
    exact = (found - model.double()(images.double())).abs().max()
    print(f"transformer: probabilities differ by {difference:.1e}, logits from torch's in 64 bits by {exact:.1e}")
    assert difference < 1e-4
    assert exact < 1e-4


def test_the_error_function(browser: Browser, shown: Shown) -> None:
    x = torch.linspace(-6, 6, 2_401, dtype=torch.float64)
    script = "async all => { await lesionBench.load(); return all.map(lesionBench.parts.transformer.erf); }"
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        found = torch.tensor(watched.page.evaluate(script, x.tolist()), dtype=torch.float64)
    assert (found - torch.erf(x)).abs().max() < 2e-7


def test_a_head_s_best_constant_is_no_worse_than_others(run: training.Run, by_hand: Oracle) -> None:
    digits = few_training(60)
    rng = torch.Generator().manual_seed(8)

    def loss(layer: str, head: int, held: torch.Tensor) -> float:
        tokens = by_hand.tokens(digits.pixels)
        for name, block in ((FIRST, "block1"), (SECOND, "block2")):
            brought = by_hand.heads(block, tokens)
            if name == layer:
                brought[:, :, head] = held
            tokens = by_hand.after(block, tokens, brought)
        logits = by_hand.linear("output", by_hand.last(tokens))
        return float(functional.cross_entropy(logits, torch.from_numpy(digits.labels)))

    gained = []
    for layer in (FIRST, SECOND):
        for head in range(4):
            best, mean = torch.from_numpy(by_hand.held_heads[layer][head]), by_hand.means[layer][:, head]
            off = [best + 0.3 * torch.randn(best.shape, generator=rng) for _ in range(3)]
            own, of_mean, *others = (loss(layer, head, held) for held in (best, mean, torch.zeros_like(best), *off))
            assert own < min(of_mean, *others) + 0.01  # what was sought on other images, and not to the end
            gained.append(of_mean - own)
    if run.recipe.epochs > 1:  # before, heads say little
        assert max(gained) > 0.02


def test_the_page_s_own_check_against_pytorch(browser: Browser, shown: Shown) -> None:
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, "", seconds=AT_WORK)
        page.locator(".lb-check").click()
        until(page, "/figures are/.test(document.querySelector('.lb-checked').textContent)", seconds=AT_WORK)
        said = page.locator(".lb-checked").inner_text()
        assert said.startswith("129 lesions on 10,000 images each, 64 that touch block 1 on 500: the whole network’s")
        assert "figures are identical" in said
        assert int(re.search(r"at most (\d+) images?", said)[1]) <= LARGEST_DIFFERENCE  # type: ignore[index]


def test_it_says_how_far_it_is_and_then_of_which_images(browser: Browser, shown: Shown, by_hand: Oracle) -> None:
    lesion: Lesion = {FIRST: {"1": 0, "3": "mean"}, LAST: {"5": 2}}
    address = f"{FIRST}:1=0,3=mean,{LAST}:5=2"
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = watched.page
        page.goto(f"{watched.home}/{shown.page}.html#bench={address}")
        until(page, r"/^Preparing: .* \d+% done/.test(document.querySelector('.lb-summary').textContent)", seconds=60)
        assert page.locator(".lb-singles summary").inner_text() == "Every head and neuron alone"
        until(page, ANSWERED, seconds=AT_WORK)
        assert page.locator(".lb-dot").count() >= 30
        expected = by_hand.counts(lesion)
        assert expected.sum() == N_SAMPLE
        read = float(page.locator(".lb-big").inner_text().rstrip("%"))
        assert read == pytest.approx(expected.trace() / 5, abs=LARGEST_DIFFERENCE / 5 + 0.005)
        assert page.locator(".lb-of").inner_text() == "500 test images"
        words = page.locator(".lb-summary").inner_text()
        assert words.startswith(
            "Head 1 of block 1 set to zero, head 3 of block 1 held at its mean, neuron 5 of the last layer scaled to 2,"
        )
        page.locator(".lb-reset").click()
        until(page, "document.querySelector('.lb-change').textContent === 'untouched'")
        assert page.locator(".lb-of").inner_text() == "all test images"
        assert page.locator(".lb-big").inner_text() == f"{by_hand.accuracy({}):.2%}"
        assert watched.said == []


def test_chance_of_a_head(browser: Browser, shown: Shown, by_hand: Oracle) -> None:
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        for layer in (SECOND, FIRST):
            page = visit(watched, shown.page, f"{layer}:3=0", seconds=AT_WORK)
            until(page, ANSWERED, seconds=60)
            accuracies = [by_hand.accuracy({layer: {str(head): 0}}) for head in range(4)]
            low = sum(accuracy <= accuracies[3] for accuracy in accuracies)
            words = page.locator(".lb-null-words").inner_text()
            assert words.startswith(f"Of all 4 lesions of this kind (this one included), {low} hurt")


def test_every_epoch_is_its_own_network(browser: Browser, shown: Shown, run: training.Run) -> None:
    lesion: Lesion = {FIRST: {"0": "mean", "2": "optimal"}, SECOND: {"1": "mean"}, LAST: {"4": 2.5}}
    address = f"{FIRST}:0=mean,2=optimal,{SECOND}:1=mean,{LAST}:4=2.5&epoch=0"
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, address, shown="location.hash.endsWith('0')", seconds=AT_WORK)
        until(page, "document.querySelector('.mi-bench').dataset.shown.endsWith('&epoch=0')", seconds=AT_WORK)
        share = 100 * Oracle(run.recipe, run.seed, 0).accuracy(lesion)
        assert float(page.locator(".lb-big").inner_text().rstrip("%")) == pytest.approx(share, abs=0.405)


def test_by_keyboard(browser: Browser, shown: Shown, by_hand: Oracle) -> None:
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        page = visit(watched, shown.page, "", seconds=AT_WORK)
        page.locator(f'.lb-neuron[data-layer="{SECOND}"]').first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("b")
        until(page, f"location.hash === '#bench={SECOND}:1=optimal'")
        said = "Head 1 of block 2 held at its best constant"
        until(page, f"document.querySelector('.lb-spoken').textContent.includes('{said}')")
        cell = page.locator(".lb-neuron[aria-pressed=true]")
        assert cell.get_attribute("aria-label") == "1 of block 2, held at its best constant"
        assert page.locator(".lb-dose-name").inner_text() == "Head 1 of block 2"
        read = float(page.locator(".lb-big").inner_text().rstrip("%"))
        assert read == pytest.approx(100 * by_hand.accuracy({SECOND: {"1": "optimal"}}), abs=0.025)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({FIRST: {"4": 0}}, f"not a head of {FIRST}: expected 0 to 3"),
        ({LAST: {"16": 0}}, f"not a neuron of {LAST}: expected 0 to 15"),
        ({"block1": {"0": 0}}, f"expected {FIRST} or {SECOND} or {LAST}"),
    ],
)
def test_evaluate_refuses(browser: Browser, shown: Shown, given: Any, word: str) -> None:
    with opened(browser, shown.site.as_uri(), shown.page) as watched:
        assert word in watched.page.evaluate(REFUSED, given)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_awake_it_is_accessible_and_fits(browser: Browser, shown: Shown, theme: str, width: int) -> None:
    address = f"{FIRST}:0=0,{SECOND}:1=mean,2=optimal,{LAST}:3=2.5"
    with opened(browser, shown.site.as_uri(), shown.page, width=width, color_scheme=theme) as watched:
        page = visit(watched, shown.page, address, seconds=AT_WORK)
        until(page, ANSWERED, seconds=60)
        page.evaluate("document.querySelectorAll('.mi-bench details').forEach(part => part.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_violations(page, ".mi-bench") == []
        assert watched.said == []


def test_without_javascript(browser: Browser, shown: Shown, by_hand: Oracle) -> None:
    with opened(browser, shown.site.as_uri(), shown.page, java_script_enabled=False) as watched:
        page = watched.page
        assert (
            page.locator(".lb-where").first.text_content().startswith("Block 1 and block 2 have heads: a dose scales")
        )
        rows = page.locator(".lb-singles tbody tr")
        assert rows.count() == sum(UNITS.values())
        assert "All rows are of all 10,000 test images" in page.locator(".lb-singles .lb-where").text_content()
        for row, title, layer, unit in (
            (3, "Block 1, head 3", FIRST, "3"),
            (5, "Block 2, head 1", SECOND, "1"),
            (10, "Last layer, neuron 2", LAST, "2"),
        ):
            name, *cells = rows.nth(row).locator("th, td").all_text_contents()
            assert name == title
            for cell, dose in ((0, 0), (2, "mean"), (4, "optimal")):
                share = 100 * by_hand.accuracy({layer: {unit: dose}}, sample=False)
                assert float(cells[cell]) == pytest.approx(share, abs=LARGEST_DIFFERENCE / 100 + 0.005)


def test_the_costliest_unit_of_a_layer(run: training.Run, by_hand: Oracle) -> None:
    for layer, dose in ((SECOND, "mean"), (LAST, 0)):
        left = [by_hand.accuracy({layer: {str(unit): dose}}) for unit in range(UNITS[layer])]
        assert left[costliest(run, layer, dose)] <= min(left) + LARGEST_DIFFERENCE / 10_000


def test_payloads_keep_to_their_budget(shown: Shown, run: training.Run) -> None:
    folder = shown.site / "_static" / NAME / "payload" / "transformer"
    sizes = {path.stem: compressed(path.read_bytes()) for path in folder.glob("*.js")}
    print(f"transformer: {sizes}")
    assert sizes.keys() == {"parity", *(f"epoch-{epoch}" for epoch in range(run.recipe.epochs + 1))}
    assert max(sizes.values()) <= payloads.BUDGET_OF_MAPS == 150_000
    assert sum(sizes.values()) < 1_500_000
