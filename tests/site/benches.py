"""The benches of a site, to be tested: which there are, an oracle of each, and lesions; and a small site of two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from tinybook import REPOSITORY
from visits import Watched, until

from mnist_interp import training
from mnist_interp.bench.widget import lesion_bench
from mnist_interp.data import mnist
from mnist_interp.methods import references
from mnist_interp.site import bench_files, tree
from mnist_interp.training import registry

if TYPE_CHECKING:
    from playwright.sync_api import Page

UNITS = {"baseline": {"relu1": 32, "relu2": 16}, "normalized": {"norm1": 32, "relu2": 16}}
AWAKE = "document.querySelector('.mi-bench').dataset.shown !== undefined"
EVALUATE = (
    "async lesions => { const r = []; for (const l of lesions) r.push(await lesionBench.evaluate(l)); return r; }"
)
REFUSED = "async given => { try { await lesionBench.evaluate(given); return null } catch (e) { return e.message } }"
Lesion = dict[str, dict[str, Any]]


class Oracle:
    """A network by hand, from its weights: no module, no hook, no payload, no record.

    What a unit is held at is the package's search for the best constant, of losses that are computed here.
    """

    def __init__(self, weights: Mapping[str, torch.Tensor], *, shift: float = 0, scale: float = 1) -> None:
        self.weights, self.shift, self.scale = weights, shift, scale
        self.labels = mnist.load("test").labels
        self.best: dict[tuple[str, str], float] = {}
        layers = self.layers(mnist.load("train").pixels, {})
        self.means = {layer: values.double().mean(0).float() for layer, values in layers.items()}

    def layers(self, pixels: torch.Tensor, lesion: Lesion) -> dict[str, torch.Tensor]:
        def linear(name: str, x: torch.Tensor) -> torch.Tensor:
            return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

        def normed(name: str, x: torch.Tensor) -> torch.Tensor:
            if f"{name}.weight" not in self.weights:
                return x
            spread = (x.var(1, correction=0, keepdim=True) + 1e-5).sqrt()
            return (x - x.mean(1, keepdim=True)) / spread * self.weights[f"{name}.weight"] + self.weights[
                f"{name}.bias"
            ]

        def dosed(layer: str, x: torch.Tensor) -> torch.Tensor:
            for unit, dose in lesion.get(layer, {}).items():
                x[:, int(unit)] = (
                    x[:, int(unit)] * dose if isinstance(dose, int | float) else self.held(layer, unit, dose)
                )
            return x

        first = "norm1" if "norm1.weight" in self.weights else "relu1"
        x = dosed(first, normed("norm1", linear("linear1", (pixels - self.shift) / self.scale).clamp(min=0)))
        y = dosed("relu2", normed("norm2", linear("linear2", x)).clamp(min=0))
        return {first: x, "relu2": y, "logits": linear("output", y)}

    def held(self, layer: str, unit: str, dose: str | torch.Tensor) -> torch.Tensor | float:
        if isinstance(dose, torch.Tensor):
            return dose  # the constant itself
        held = {"mean": lambda: self.means[layer][int(unit)], "optimal": lambda: self.optimal(layer, unit)}
        return held[dose]()

    def training_logits(self, layer: str, unit: str, constant: float) -> torch.Tensor:
        return self.layers(few_training().pixels, {layer: {unit: torch.tensor(constant)}})["logits"]

    def optimal(self, layer: str, unit: str) -> float:
        if (layer, unit) not in self.best:
            values = self.layers(few_training().pixels, {})[layer]

            def replaced(place: int, constant: torch.Tensor) -> torch.Tensor:
                return self.training_logits(layer, str(place), float(constant))

            found = SimpleNamespace(values=values, labels=few_training().labels, replaced=replaced)
            found.some = lambda images: found
            self.best[layer, unit] = references.best_constant(found, int(unit))  # type: ignore[arg-type]
        return self.best[layer, unit]

    def counts(self, lesion: Lesion) -> np.ndarray:
        read = self.layers(mnist.load("test").pixels, lesion)["logits"].argmax(1).numpy()
        return np.array([np.bincount(read[self.labels == digit], minlength=10) for digit in range(10)])

    def accuracy(self, lesion: Lesion) -> float:
        return float(self.counts(lesion).diagonal().sum()) / len(self.labels)


@cache
def few_training(step: int = 30) -> SimpleNamespace:
    """Take one training image of 30, on which best constants are looked for, or of another step."""
    digits = mnist.load("train")
    return SimpleNamespace(pixels=digits.pixels[::step], labels=digits.labels[::step])


@dataclass(frozen=True)
class Shown:
    """A bench on a page of a site."""

    site: Path
    page: str

    def oracle(self) -> Oracle:
        """Take the run that the page names, from which the site's payloads are made."""
        ((recipe, seed),) = bench_files.networks([self.site / f"{self.page}.html"]).values()
        weights = {name: torch.from_numpy(kept[-1].copy()) for name, kept in training.run(recipe, seed).weights.items()}
        return Oracle(weights, shift=recipe.shift, scale=recipe.scale)


class SmallSite:
    """Pages that hold a bench and little else, with the files that the site's extension gives them."""

    def __init__(self, folder: Path) -> None:
        self.outdir, self.srcdir, self.doctreedir = folder / "html", REPOSITORY / "book", folder / "doctrees"
        self.env = SimpleNamespace(found_docs=set())
        self.handlers: dict[str, Callable[..., None]] = {}
        sprite = self.outdir / "_static" / "charts" / "digits.png"  # flipped images are shown out of it
        sprite.parent.mkdir(parents=True)
        Image.new("L", (1, 1)).save(sprite)
        self.doctreedir.mkdir()
        bench_files.setup(self)  # type: ignore[arg-type]

    def connect(self, event: str, handler: Callable[..., None], priority: int = 500) -> None:
        self.handlers[event] = handler

    def add(self, page: str, body: str) -> None:
        content = tree.body(body)
        bench_files.link(content, page, lambda path, resource: path)
        head = f"<!DOCTYPE html><html lang='en' class='js mi-ready'><meta charset='utf-8'><title>{page}</title>"
        (self.outdir / f"{page}.html").write_text(f"{head}{tree.written(content)}", "utf-8")
        self.env.found_docs.add(page)

    def finish(self) -> None:
        self.handlers["build-finished"](self, None)


def small_site(folder: Path) -> SmallSite:
    """Put both protagonists, trained for one epoch, on a bench each."""
    site = SmallSite(folder)
    for name, recipe in (("baseline", registry.PUBLISHED), ("normalized", registry.NORMALIZED)):
        site.add(f"page-{name}", lesion_bench(training.run(replace(recipe, epochs=1)), name=name).html)
    site.add("plain", "<p>Words.</p>")
    site.finish()
    return site


def shown_on(site: Path) -> dict[str, Shown]:
    """Find the benches of a built site, by the name of the network."""
    found = {}
    for path in sorted(site.glob("*.html")):
        for name in bench_files.networks([path]):
            found.setdefault(name, Shown(site, path.stem))
    return found


def visit(watched: Watched, name: str, address: str, *, shown: str | None = None, seconds: float = 20) -> Page:
    """Open the bench by an address, and wait until it shows what the address says (or `shown`)."""
    page = watched.page
    page.goto("about:blank")
    page.goto(f"{watched.home}/{name}.html#bench={address}")
    until(page, f"{AWAKE} && ({shown or 'true'})", seconds=seconds)
    return page


def in_counts(found: dict[str, Any], sizes: np.ndarray) -> np.ndarray:
    return np.rint(np.array(found["confusion"]) * sizes[:, None]).astype(int)


def drawn_lesions(count: int, network: str = "baseline") -> list[Lesion]:
    """Draw lesions: layer 1, layer 2 and both in turn; silenced, scaled by anything up to 3, held at a constant."""
    units_of = UNITS[network]
    places = [*([layer] for layer in units_of), list(units_of)]
    rng = np.random.default_rng(2718)
    lesions: list[Lesion] = []
    for number in range(count):
        lesion: Lesion = {}
        for layer in places[number % 3]:
            units = rng.permutation(units_of[layer])[: rng.integers(1, units_of[layer] + 1 if number % 10 == 0 else 7)]
            doses = [[0, "mean", "optimal", float(rng.uniform(0, 3)), 3][rng.integers(5)] for _ in units]
            lesion[layer] = {str(unit): dose for unit, dose in zip(units, doses, strict=True)}
        lesions.append(lesion)
    return lesions
