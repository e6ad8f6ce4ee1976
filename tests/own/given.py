"""Networks and images for the tests of own benches, lesions of them by hand, and a page opened from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from mnist_interp.own import chain, examples, operations
from mnist_interp.own import described as book

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from mnist_interp.bench.oracle import Lesion

N_IMAGES = 230
EVALUATE = (
    "async lesions => { const r = []; for (const l of lesions) r.push(await lesionBench.evaluate(l)); return r; }"
)
REFUSED = "async given => { try { await lesionBench.evaluate(given); return null } catch (e) { return e.message } }"


def given(*shape: int, classes: int, shades: int | None = None, seed: int = 0) -> examples.Examples:
    """Draw images, of so many numbers where told, without any of the last class."""
    rng = np.random.default_rng(seed)
    images = (
        rng.normal(size=(N_IMAGES, *shape)) if shades is None else rng.integers(shades, size=(N_IMAGES, *shape)) / 7
    )
    return examples.checked(images, rng.integers(classes - 1, size=N_IMAGES))


def normed(width: int) -> nn.LayerNorm:
    layer = nn.LayerNorm(width)
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    return layer


def saying(model: nn.Sequential) -> nn.Sequential:
    """Give a network weights so large that it reads all classes, and lesions matter."""
    for module in model:
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.normal_(module.weight)
    return model.eval()


def networks() -> dict[str, tuple[nn.Sequential, examples.Examples]]:
    """Build networks of other sizes than MNIST's, with their images."""
    torch.manual_seed(3)
    return {
        "relu": (
            nn.Sequential(nn.Linear(12, 130), nn.ReLU(), nn.Linear(130, 1), nn.ReLU(), nn.Linear(1, 4)),
            given(12, classes=4),
        ),
        "gelu": (
            nn.Sequential(nn.Flatten(), nn.Linear(12, 9), nn.GELU(), nn.Linear(9, 12, bias=False)),
            given(3, 4, classes=12, shades=5),
        ),
        "tanh": (
            nn.Sequential(
                *(nn.Linear(6, 5), nn.Tanh(), nn.Dropout()),
                *(nn.Linear(5, 4), normed(4), nn.ReLU()),
                nn.Linear(4, 3),
            ),
            given(6, classes=3),
        ),
    }  # fmt: skip


def described(model: nn.Module, images: examples.Examples) -> book.Described | operations.Operated | None:
    """Describe a network on images of its shape."""
    links = chain.of(model, torch.from_numpy(images.images[:3]))
    return (book.of(links) or operations.of(links)) if links else None


def by_hand(model: nn.Sequential, images: torch.Tensor, lesion: Lesion, means: dict[str, torch.Tensor]) -> torch.Tensor:
    """Compute logits module by module; a lesion acts behind the module of its layer."""
    now = images
    for name, module in model.eval().named_children():
        now = module(now).clone()
        means.setdefault(name, now.mean(0))
        for unit, dose in lesion.get(name, {}).items():
            now[:, int(unit)] = means[name][int(unit)] if dose == "mean" else now[:, int(unit)] * dose
    return now


def confusion(read: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    found = np.zeros((classes, classes))
    np.add.at(found, (labels, read), 1)
    return found / np.maximum(found.sum(1, keepdims=True), 1)


def until(tab: Page, condition: str) -> None:
    """Wait by asking, for up to 20 s: the page's policy allows no eval."""
    for _ in range(400):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"still not so: {condition}")


@dataclass
class Opened:
    page: Page
    said: list[str]
