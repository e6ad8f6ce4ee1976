"""The one file: what it computes against PyTorch by hand, that it reaches nothing, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp.commands import main
from mnist_interp.methods import activations
from mnist_interp.own import contents, examples, forward, measured, page, payloads
from mnist_interp.own.described import Described
from tests.own.given import EVALUATE, REFUSED, Opened, by_hand, confusion, described, given, networks, saying, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from mnist_interp.bench.oracle import Lesion


def asked_of(units: dict[str, int]) -> list[Lesion]:
    return [lesion for lesion in measured.drawn(units)[:20] if "optimal" not in str(lesion)]


@pytest.mark.parametrize("name", networks())
def test_lesions_as_torch_computes_them(opened: Callable[[str], Opened], name: str) -> None:
    model, images = networks()[name]
    known = described(saying(model), images)
    assert isinstance(known, Described)
    found = opened(page.bench(model, images, name="mine.pt"))
    units, means = known.network.units, dict[str, torch.Tensor]()
    last = list(units)[-1]
    lesions: list[Lesion] = [
        *asked_of(units),
        {last: {str(units[last] - 1): "mean"}},
        {next(iter(units)): {"4": 0, "0": 3}},
    ]
    batch = torch.from_numpy(images.images)
    by_hand(model, batch, {}, means)
    seen = set()
    for lesion, got in zip(lesions, found.page.evaluate(EVALUATE, lesions), strict=True):
        read = by_hand(model, batch, lesion, means).argmax(1).numpy()
        assert got["accuracy"] == (read == images.labels).mean()
        seen.add(str(got["confusion"]))
        expected = confusion(read, images.labels, known.classes)
        np.testing.assert_allclose(np.array(got["confusion"][:-1], dtype=float), expected[:-1], atol=1e-12)
    assert len(seen) > len(lesions) // 2
    checked = found.page.evaluate("lesionBench.parts.parity.check()")
    assert checked["untouched"]
    assert checked["worst"] <= 1
    assert checked["lesions"] == len(measured.drawn(units))
    assert found.said == []
    assert "expected" in found.page.evaluate(REFUSED, {"relu9": {"0": 0}})


def test_a_batch_norm_is_folded_in() -> None:
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))
    model(4 + 3 * torch.randn(500, 6))  # running statistics of their own
    images, known = given(6, classes=3), described(model.eval(), given(6, classes=3))
    assert isinstance(known, Described)
    assert list(known.ends) == ["2"]
    content = page.bench(model, images, name="mine.pt")  # held against the module before it is written
    assert "This page computes lesions" in content


def test_one_activation_in_two_places(opened: Callable[[str], Opened]) -> None:
    torch.manual_seed(4)
    act = nn.Tanh()
    model, images = nn.Sequential(nn.Linear(6, 5), act, nn.Linear(5, 4), act, nn.Linear(4, 3)), given(6, classes=3)
    apart = nn.Sequential(model[0], nn.Tanh(), model[2], nn.Tanh(), model[4])
    lesion: Lesion = {"3": {"1": 0}}
    asked = [{"1#2": lesion["3"]}]
    (found,) = opened(page.bench(model.eval(), images, name="mine.pt")).page.evaluate(EVALUATE, asked)
    read = by_hand(apart, torch.from_numpy(images.images), lesion, {}).argmax(1).numpy()
    assert found["accuracy"] == (read == images.labels).mean()


class Reused(nn.Module):
    """Uses one ReLU twice, and adds what no sequence does."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.three, self.act = nn.Linear(6, 5), nn.Linear(5, 5), nn.Linear(5, 3), nn.ReLU()

    def forward(self, x: torch.Tensor, off: int | None = None) -> torch.Tensor:
        h = self.act(self.one(x))
        g = self.act(self.two(h))
        if off is not None:
            g = g * (torch.arange(5) != off)
        return self.three(g + h)


def test_each_use_of_a_layer_is_one_of_its_own(opened: Callable[[str], Opened]) -> None:
    torch.manual_seed(6)
    model, images = Reused().eval(), given(6, classes=3)
    (found,) = opened(page.bench(model, images, name="mine.pt")).page.evaluate(EVALUATE, [{"act#2": {"3": 0}}])
    read = model(torch.from_numpy(images.images), off=3).argmax(1).numpy()
    assert found["accuracy"] == (read == images.labels).mean()


def test_a_reader_s_own_words_and_pictures(opened: Callable[[str], Opened]) -> None:
    model, images = networks()["gelu"]
    tab = opened(page.bench(model, images, name="<b>.pt")).page
    assert tab.inner_text("h1") == "The lesion bench of <b>.pt"
    tab.click(".lb-neuron >> nth=3")
    until(tab, "document.querySelectorAll('.lb-picture').length > 0")
    assert tab.inner_text(".lb-summary").startswith("Neuron 3 of layer 2 set to zero. ")
    assert "NaN" not in tab.inner_text("main")
    assert "digit" not in tab.inner_text("main").lower()
    width, height = tab.eval_on_selector(".lb-picture", "one => [one.clientWidth, one.clientHeight]")
    assert (width, height) == (36, 27)  # images of 3 x 4


def test_it_works_in_a_frame_that_may_only_run_scripts(browser: Browser, tmp_path: Path) -> None:
    model, images = networks()["tanh"]
    (tmp_path / "bench.html").write_text(page.bench(model, images, name="mine.pt"), "utf-8")
    (tmp_path / "frame.html").write_text('<iframe sandbox="allow-scripts" src="bench.html"></iframe>')
    tab = browser.new_page()
    tab.goto((tmp_path / "frame.html").as_uri(), wait_until="load")
    assert tab.frames[1].evaluate("lesionBench.evaluate({})")["accuracy"] > 0
    tab.close()


def test_a_description_that_is_wrong_is_not_computed_with(monkeypatch: pytest.MonkeyPatch) -> None:
    model, images = networks()["tanh"]
    known = described(model.eval(), images)
    assert isinstance(known, Described)
    held = measured.held(known.plain, known.ends, torch.from_numpy(images.flat), images.labels)
    pictures, shades = payloads.images(images)
    made, logits = payloads.network(known, shades, held), model(torch.from_numpy(images.flat)).detach().numpy()
    assert forward.check(pictures, made, logits) < 1e-4
    made["network"]["layers"][0]["steps"] = [{"kind": "relu", "eps": 0}]
    with pytest.raises(forward.Differs, match="would differ from PyTorch"):
        forward.check(pictures, made, logits)
    with pytest.raises(forward.Differs):
        forward.check(pictures, made, np.full_like(logits, np.nan))
    monkeypatch.setattr(contents.payloads, "network", lambda *_: made)
    assert "page’s logits would differ from PyTorch’s by up to" in page.bench(model, images, name="mine.pt")


def convolutional() -> tuple[nn.Module, examples.Examples]:
    torch.manual_seed(5)
    layers = [nn.Conv2d(1, 3, 3), nn.SiLU(), nn.Flatten(), nn.Linear(3 * 4 * 3, 5), nn.SiLU(), nn.Linear(5, 4)]
    return saying(nn.Sequential(*layers)), given(1, 6, 5, classes=4, shades=9)


def test_what_the_scripts_do_not_compute_is_computed_ahead(opened: Callable[[str], Opened]) -> None:
    model, images = convolutional()
    assert described(model, images) is None
    found = opened(page.bench(model, images, name="mine.pt"))
    batch, means = torch.from_numpy(images.images), dict[str, torch.Tensor]()
    assert isinstance(model, nn.Sequential)
    by_hand(model, batch, {}, means)
    accuracies = set()
    lesions: list[Lesion] = [{}, {"1": {"2": 0}}, {"4": {"4": 2}}, {"1": {"0": "mean"}}, {"4": {"1": 0.5}}]
    for lesion, got in zip(lesions, found.page.evaluate(EVALUATE, lesions), strict=True):
        read = by_hand(model, batch, lesion, means).argmax(1).numpy()
        assert got["accuracy"] == (read == images.labels).mean(), lesion
        accuracies.add(got["accuracy"])
    assert len(accuracies) > 3
    refused: tuple[Any, ...] = ({"1": {"0": 0, "1": 0}}, {"4": {"0": 1.25}})
    for one in refused:
        assert "one unit at a time, at a dose of 0, 0.5, 1.5, 2, 2.5, 3, mean, optimal" in found.page.evaluate(
            REFUSED, one
        )
    for number in (1, 4):  # a second unit takes the place of the first
        found.page.click(f".lb-neuron >> nth={number}")
    assert found.page.locator('.lb-neuron[aria-pressed="true"]').count() == 1
    found.page.locator(".lb-range").press("ArrowRight")
    until(found.page, "lesionBench.place.dataset.shown === '#bench=4:4=0.5&epoch=0'")
    assert found.page.locator(".lb-note").is_hidden()
    assert found.page.locator('.lb-layer[data-noun="channel"]').count() == 1
    assert "PyTorch computed lesions of one unit at a time" in found.page.inner_text("main")
    assert found.said == []


def test_images_and_network_that_do_not_fit() -> None:
    model, images = networks()["tanh"]
    with pytest.raises(ValueError, match="takes 6 numbers, and an image has 12"):
        page.bench(model, networks()["gelu"][1], name="mine.pt")
    with pytest.raises(ValueError, match="one is 3, and the network's classes are 0 to 2"):
        page.bench(model, examples.checked(images.images, images.labels + 2), name="mine.pt")
    with pytest.raises(ValueError, match="does not take images of shape"):
        page.bench(convolutional()[0], images, name="mine.pt")


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    model, images = networks()["tanh"]
    torch.save({f"fc{k}.{n}": p.detach() for k in (0, 3, 6) for n, p in model[k].named_parameters()}, "net.pt")
    np.save("x.npy", images.images)
    np.save("y.npy", images.labels)
    words = ["bench", "net.pt", "--activation", "tanh", "--images", "x.npy", "--labels", "y.npy", "-o", "out.html"]
    assert main(words) == 0
    said = capsys.readouterr().out
    right = (activations.logits(model, torch.from_numpy(images.images)).argmax(1).numpy() == images.labels).mean()
    assert "out.html" in said
    assert f"gets {right:.2%} of {len(images.labels)} images right" in said
    assert main(["bench", "net.pt", "--activation", "tanh"]) == 2
    assert "MNIST’s images have 784; give your own data with --images" in capsys.readouterr().err
    assert "The lesion bench of <code>net.pt</code>" in Path("out.html").read_text("utf-8")
    assert main([*words[:1], "absent.pt", *words[2:]]) == 2
    assert capsys.readouterr().err == "python -m mnist_interp: there is no file absent.pt\n"
    np.save("x.npy", (images.images > 0).astype(np.uint8))
    assert main(words) == 2
    assert "images are uint8" in capsys.readouterr().err
