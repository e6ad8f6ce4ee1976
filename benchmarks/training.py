"""Training: a group of seeds for one epoch, against the notebook's loop and against the machine's matrix products."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from benchmarks.clock import Comparison, compare
from mnist_interp.data import mnist
from mnist_interp.training import loop, models
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import SEEDS_PER_GROUP

RECIPE = Recipe(epochs=1)
STEPS, NAIVE_STEPS = 938, 100
MATRIX = 1_024


def _notebook(folder: str) -> Iterator[None]:
    """Take the notebook's loop, on one thread; stop after every `NAIVE_STEPS` steps."""
    raw = Path(folder, "MNIST", "raw")
    shutil.copytree(mnist.FILES, raw, ignore=shutil.ignore_patterns("*.md"))
    data = MNIST(folder, train=True, download=True, transform=ToTensor())
    torch.manual_seed(0)
    model = models.build(RECIPE)
    optimizer = torch.optim.SGD(model.parameters(), lr=RECIPE.learning_rate)
    while True:
        for step, (images, labels) in enumerate(DataLoader(data, batch_size=64, shuffle=True), start=1):
            loss = nn.functional.cross_entropy(model(images.flatten(1)), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % NAIVE_STEPS == 0:
                yield


def flops_of_an_epoch() -> int:
    """Count multiplications and additions of the three products that a layer needs, the first layer two."""
    forward = 2 * (784 * 32 + 32 * 16 + 16 * 10)
    return 60_000 * (3 * forward - 2 * 784 * 32)


def rows(rounds: int) -> list[Comparison]:
    """Compare one epoch of a group of seeds."""
    torch.set_num_threads(1)
    group, square = tuple(range(SEEDS_PER_GROUP)), torch.rand(MATRIX, MATRIX)
    mnist.load("train").pixels.sum()

    def ours() -> None:
        loop.train(RECIPE, group)

    def products() -> None:
        for _ in range(30):
            square @ square

    with tempfile.TemporaryDirectory() as folder:
        notebook = _notebook(folder)
        share = NAIVE_STEPS / STEPS / len(group)
        way = compare(
            "a population, an epoch: the notebook's loop", lambda: next(notebook), ours, share=share, rounds=rounds
        )
    share = 30 * 2 * MATRIX**3 / (len(group) * flops_of_an_epoch())
    limit = compare(
        "the same: its matrix products, dense, at the machine's rate", products, ours, share=share, rounds=rounds
    )
    return [way, limit]
