"""The cover: its bench against a plain forward pass, without a script, by keyboard and on two screens; its cards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file
from torch.nn import functional as F
from visits import axe_violations, opened

from mnist_interp.chapters.index.lesions import WAYS
from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects
from mnist_interp.site import chapter_cards, styles, tree
from mnist_interp.site.budget import compressed
from mnist_interp.site.errors import BookError
from mnist_interp.training import registry
from tests.places import REPOSITORY, facts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BENCH = 15_000  # bytes after gzip
BAR = 52  # px on top
SCREENS = [(1280, 800, "light"), (1280, 800, "dark"), (390, 844, "dark")]
CONTENTS = yaml.safe_load((REPOSITORY / "_toc.yml").read_text(encoding="utf-8"))
ESSAY, NUMBERED, OWN, REFERENCE = ([chapter["file"] for chapter in part["chapters"]] for part in CONTENTS["parts"])


@dataclass(frozen=True)
class Truth:
    """What PyTorch says: the first eight 1s of the test images, and the share of all that are right, each way."""

    activation: np.ndarray  # (n_ways, 8, 16)
    probability: np.ndarray  # (n_ways, 8, 10)
    right: np.ndarray  # (n_ways,)
    instead: np.ndarray  # (n_ways,)


def fitted(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the output biases to add that lower the cross-entropy most, by a method that the package does not use."""
    bias = torch.zeros(10, requires_grad=True)
    optimizer = torch.optim.LBFGS([bias], max_iter=200, tolerance_grad=1e-7, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(logits + bias, labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    return bias.detach()


@pytest.fixture(scope="module")
def truth(built_site: Path) -> Truth:
    """Compute it from the weights that the site offers for download."""
    weights = load_file(built_site / "downloads" / f"baseline-seed{registry.PROTAGONIST}.safetensors")

    def layer2(pixels: torch.Tensor) -> torch.Tensor:
        hidden = F.linear(pixels, weights["linear1.weight"], weights["linear1.bias"]).relu()
        return F.linear(hidden, weights["linear2.weight"], weights["linear2.bias"]).relu()

    def read(values: torch.Tensor) -> torch.Tensor:
        return F.linear(values, weights["output.weight"], weights["output.bias"])

    test, training = mnist.load("test"), mnist.load("train")
    values, learned = layer2(test.pixels), layer2(training.pixels)
    ones = torch.from_numpy(np.flatnonzero(test.labels == 1))
    few = mnist.sample("train", ablation_effects.REFITTED_ON // (5 if facts(built_site)["preview"] else 1))
    off = learned[few].clone()
    off[:, 0] = 0
    held: dict[str, tuple[float | None, Any]] = {
        "untouched": (None, 0.0),
        "zero": (0.0, 0.0),
        "mean": (float(learned[:, 0].double().mean()), 0.0),
        "refit": (0.0, fitted(read(off), training.targets[few])),
    }
    activations, chances, rights, insteads = [], [], [], []
    for way in WAYS:
        constant, bias = held[way]
        changed = values[ones].clone()
        if constant is not None:
            changed[:, 0] = constant
        chance = (read(changed) + bias).softmax(1)
        counts = np.bincount(chance.argmax(1), minlength=10)
        activations.append(changed[:8].numpy())
        chances.append(chance[:8].numpy())
        rights.append(counts[1] / counts.sum())
        insteads.append(np.where(np.arange(10) == 1, -1, counts).argmax())
    return Truth(np.stack(activations), np.stack(chances), np.array(rights), np.array(insteads))


def shares(page: Page, kind: str, name: str) -> np.ndarray:
    """Return a variable of the bench's bars or cells, as shares."""
    read = "(all, name) => all.map(e => Number(getComputedStyle(e).getPropertyValue(name)) / 100)"
    return np.array(page.locator(f".mi-small {kind}").evaluate_all(read, name))


def shown(page: Page, kind: str) -> str:
    """Return the text of the one element of a kind that is to be seen."""
    texts = [found.inner_text() for found in page.locator(f".mi-small {kind}").all() if found.is_visible()]
    (text,) = texts
    return text


@pytest.fixture(scope="module", params=[True, False], ids=["scripts", "no scripts"])
def cover(request: pytest.FixtureRequest, browser: Browser, built_site: Path) -> Iterator[Page]:
    """Open the cover from a file, on a phone in the dark."""
    settings = {"java_script_enabled": request.param, "color_scheme": "dark", "width": 390}
    with opened(browser, built_site.as_uri(), "index", **settings) as watched:
        yield watched.page
        assert watched.said == []
        assert watched.foreign == []


@pytest.mark.parametrize("way", WAYS)
def test_the_bench_shows_what_a_plain_forward_pass_says(cover: Page, truth: Truth, way: str) -> None:
    place = WAYS.index(way)
    cover.locator(".mi-ways label").nth(place).click()
    assert cover.locator(f"#mi-way-{way}").is_checked()
    share, *sentence = shown(cover, ".mi-said").split("%")
    assert float(share) == pytest.approx(100 * truth.right[place], abs=0.2 if way == "refit" else 0.051)
    if way == "zero":
        assert f"{truth.instead[place]}s" in "".join(sentence)
    full = np.quantile(truth.activation, 0.95)
    for image in range(8):
        cover.locator(".mi-which label").nth(image).click()
        bars = shares(cover, ".mi-row", "--p")
        np.testing.assert_allclose(bars, truth.probability[place, image], atol=0.011 if way == "refit" else 0.0051)
        assert shown(cover, ".mi-answer span") == str(truth.probability[place, image].argmax())
        cells = shares(cover, ".mi-cells i", "--a")
        np.testing.assert_allclose(cells, (truth.activation[place, image] / full).clip(max=1), atol=0.0051)
        drawn = [found.is_visible() for found in cover.locator(".mi-large .mi-one").all()]
        assert drawn == [place == image for place in range(8)]


def test_the_bench_is_light_and_needs_no_file(built_site: Path) -> None:
    page = tree.read(built_site / "index.html")
    (bench,) = page.find_class("mi-small")
    look = styles.compact(styles.COVER.read_text(encoding="utf-8"))
    assert look in page.findtext(".//style")
    assert compressed((tree.outer(bench) + look).encode()) < BENCH
    assert bench.xpath(".//script | .//img | .//@src") == []
    assert "url(" not in tree.outer(bench) + look
    (first,) = bench.xpath(".//input[@checked][@name='mi-way']")
    assert first.get("id") == "mi-way-untouched"


@pytest.mark.parametrize(("width", "height", "theme"), SCREENS)
def test_the_first_screen_holds_it_all_and_stands_still(
    browser: Browser, built_site: Path, width: int, height: int, theme: str
) -> None:
    with opened(browser, built_site.as_uri(), "index", width=width, color_scheme=theme) as watched:
        page = watched.page
        page.set_viewport_size({"width": width, "height": height})
        boxes = []
        for place in range(len(WAYS)):
            page.locator(".mi-ways label").nth(place).click()
            kinds = ("h1", "h1 + p", ".mi-ones", ".mi-cells", ".mi-rows", ".mi-which", ".mi-ways", ".mi-says")
            found = [page.locator(kind).bounding_box() for kind in kinds]
            boxes.append(found)
            assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= width for box in found)
            assert all(box and box["y"] >= BAR and box["y"] + box["height"] <= height for box in found)
            assert axe_violations(page, ".mi-small") == []
        assert all(found == boxes[0] for found in boxes)
        assert page.evaluate("scrollY") == 0
        assert page.evaluate("window.shift") == 0


def test_the_bench_works_by_keyboard_and_is_read_aloud(browser: Browser, built_site: Path, truth: Truth) -> None:
    with opened(browser, built_site.as_uri(), "index") as watched:
        page = watched.page
        page.locator("#main-content").focus()
        said = []
        for group, count in (("1", 8), ("way", 4)):
            while page.evaluate("document.activeElement.name") != f"mi-{group}":
                page.keyboard.press("Tab")
                assert page.evaluate("document.activeElement !== document.body")
            for _ in range(count):
                assert page.evaluate("getComputedStyle(document.activeElement.parentNode).outlineStyle") == "solid"
                assert page.evaluate("document.activeElement.checked")
                said.append(page.locator(".mi-says").aria_snapshot())
                page.keyboard.press("ArrowRight")
        assert page.locator(".mi-says").get_attribute("role") == "status"
        for share, snapshot in zip(truth.right, said[-4:], strict=True):
            (heard,) = re.findall(r"([\d.]+)%", snapshot)
            assert float(heard) == pytest.approx(100 * share, abs=0.2)


def test_each_chapter_has_its_card_and_a_finding_that_leads_to_its_claim(built_site: Path) -> None:
    page = tree.read(built_site / "index.html")
    (cards,) = page.find_class("mi-chapters")
    assert len(cards) == len(NUMBERED)
    for number, (chapter, card) in enumerate(zip(NUMBERED, cards, strict=True), 1):
        there = tree.read(built_site / f"{chapter}.html")
        heading = card.find("h3")
        assert heading.find("a").get("href") == f"{chapter}.html"
        assert heading.text_content() == there.find(".//h1").text_content().rstrip("#")
        assert heading.text_content().startswith(f"{number}. ")
        assert card.find_class("mi-teaser")[0].text_content().strip()
        (badge,) = card.find_class("mi-badge")
        target, _, claim = badge.get("href").partition("#")
        assert target == f"{chapter}.html"
        verdict = badge.text_content().strip()
        assert there.get_element_by_id(claim).get("data-verdict") == verdict
        assert f"mi-claim-{verdict}" in badge.classes
    assert page.xpath("//a[starts-with(@href, 'interventions.html#bench=')]")


def test_a_chapter_has_its_number_wherever_it_is_named(built_site: Path) -> None:
    index = (built_site / "_static" / "search-index.js").read_text(encoding="utf-8")
    entries = json.loads(index.partition("=")[2].rstrip(";\n"))
    pages = {name: tree.read(built_site / f"{name}.html") for name in (*ESSAY, *NUMBERED, *OWN, *REFERENCE)}
    own = {name: page.find(".//h1").text_content().rstrip("#") for name, page in pages.items()}
    for place, name in enumerate(NUMBERED, 1):
        assert own[name].startswith(f"{place}. ")
    assert not [name for name in (*ESSAY, *OWN, *REFERENCE) if own[name][0].isdigit()]
    order = [*ESSAY, *NUMBERED, *OWN, *REFERENCE]
    for place, name in enumerate(order):
        page = pages[name]
        assert page.findtext(".//title") == f"{own[name]} · Interpreting MNIST"
        menu = [link.text_content() for link in page.find_class("mi-menu-panel")[0].iter("a")]
        assert menu == ["Cover", *(own[other] for other in order)]
        for kind, step in (("next", 1), ("previous", -1)):
            if 0 <= place + step < len(order):
                (turn,) = page.find_class(f"mi-turn-{kind}")
                assert turn.find_class("mi-turn-title")[0].text_content() == own[order[place + step]]
        assert {entry["book"] for entry in entries if entry["page"] == name} == {own[name]}
        assert own[name] in {entry["title"] for entry in entries if entry["page"] == name}
        assert not [heading for heading in page.iter("h2", "h3") if heading.find_class("section-number")]


ENVIRONMENT: Any = SimpleNamespace(
    toc_secnumbers={"two": {"": (2,)}, "one": {"": (1,)}, "more": {"#a": (3,)}},
    titles={name: SimpleNamespace(astext=name.upper) for name in ("one", "two")},
    metadata={"one": {"teaser": "A beginning."}, "two": {}},
)
LIST = '<div class="mi-chapters"><dl><dt>{}</dt><dd><p>So: <a href="#c"><span>fails</span></a>.</p></dd></dl></div>'


def test_a_chapter_without_a_finding_has_its_card() -> None:
    body = tree.body(LIST.format("two") + "<p>After.</p>")
    chapter_cards.fill(body, "index", ENVIRONMENT, lambda page: f"{page}.html")
    one, two = body.find_class("mi-chapters")[0]
    assert one.text_content() == "1. ONEA beginning."
    assert two.text_content() == "2. TWOSo: fails."
    (badge,) = body.find_class("mi-badge")
    assert badge.get("class").split() == ["mi-badge", "mi-claim-verdict", "mi-claim-fails"]
    assert tree.written(body).endswith("<p>After.</p>")


def test_a_finding_of_no_chapter_is_refused() -> None:
    with pytest.raises(BookError, match="index has a finding of 'three': expected a chapter, one of one, two"):
        chapter_cards.fill(tree.body(LIST.format("three")), "index", ENVIRONMENT, str)


def test_a_card_is_its_titles_link_but_for_the_finding(browser: Browser, built_site: Path) -> None:
    with opened(browser, built_site.as_uri(), "index", width=390) as watched:
        page = watched.page
        hit = """e => {
            e.scrollIntoView({block: "center", behavior: "instant"});
            const box = e.getBoundingClientRect();
            const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return at.closest("a")?.getAttribute("href");
        }"""
        card = page.locator(".mi-chapters li").first
        address = card.locator("h3 a").get_attribute("href")
        for part in (".mi-number", "h3", ".mi-teaser"):
            assert card.locator(part).evaluate(hit) == address
        badge = card.locator(".mi-badge")
        assert badge.evaluate(hit) == badge.get_attribute("href") != address
