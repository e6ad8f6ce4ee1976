"""Training in little: the first images of MNIST in place of all of them; and what there is of compiled code."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mnist_interp.data import mnist
from mnist_interp.data.mnist import Digits
from mnist_interp.runtime import store
from mnist_interp.training import loop
from mnist_interp.training.recipe import Recipe

N_IMAGES = 1_270  # 19 whole minibatches of 64 and one of 54
STEPS_PER_EPOCH = 20
PLAIN = Recipe(epochs=10, learning_rate=0.1)
CONVOLUTIONS = replace(PLAIN, model="cnn", options=(("channels", (4, 6)), ("hidden", 16)))
KINDS = {
    "plain": PLAIN,
    "layer norm": replace(PLAIN, options=(("norms", ("layer-before", "layer-after")),)),
    "batch norm": replace(PLAIN, options=(("norms", ("batch-before", "batch-before")),)),
    "dropout": replace(PLAIN, options=(("dropout", (0.2, 0.5)),)),
    "adam, one cycle": replace(PLAIN, optimizer="adam", schedule="one-cycle", learning_rate=0.003),
    "standardized": replace(PLAIN, shift=0.1307, scale=0.3081),
    "shuffled labels": replace(PLAIN, labels="shuffled"),
    "shuffled pixels": replace(PLAIN, pixels="shuffled"),
    "convolutions": CONVOLUTIONS,
    "shuffled patches": replace(PLAIN, pixels="patches shuffled"),
    "adam, decay": replace(PLAIN, optimizer="adam", learning_rate=0.003, decay=0.1),
    # By SGD: no answer depends on a key's bias, and Adam would make steps of the rounding in its gradient.
    "transformer": replace(PLAIN, model="transformer", learning_rate=0.035),
    "frozen convolutions": replace(CONVOLUTIONS, frozen=("conv1", "conv2"), learning_rate=0.5),
}


def few_images(monkeypatch: pytest.MonkeyPatch) -> Digits:
    """Make the engine train on the first images only; return them."""
    whole = mnist.load("train")
    few = Digits(whole.images[:N_IMAGES], whole.labels[:N_IMAGES])
    monkeypatch.setattr(mnist, "load", lambda split: few)
    monkeypatch.setattr(loop, "steps_per_epoch", lambda recipe: STEPS_PER_EPOCH)
    return few


def with_compiled(cache: Path) -> Path:
    """Give a cache of its own the machine code of the usual one, which takes longer to make than small networks."""
    there = store.root() / "compiled"
    if there.is_dir():
        unfinished = shutil.ignore_patterns("*.tmp.*")
        shutil.copytree(there, cache / "compiled", ignore=unfinished, dirs_exist_ok=True)
    return cache
