"""The compiled learner: against autograd, and against itself as another processor would run it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp.data.mnist import Digits
from mnist_interp.training import compiled_learner, models
from mnist_interp.training.autograd_learner import AutogradLearner
from mnist_interp.training.batch_order import generator_for
from mnist_interp.training.compiled_learner import CompiledLearner
from mnist_interp.training.recipe import Recipe
from tests.small import KINDS, PLAIN

N_IMAGES, SEEDS = 182, (3, 4)  # two whole minibatches and one of 54
RECIPES = {name: recipe for name, recipe in KINDS.items() if compiled_learner.applies(recipe)} | {
    "first layer faster": replace(PLAIN, first_rate=4.0),
    "three layers, all at once": replace(
        PLAIN,
        options=(
            ("hidden", (33, 16, 5)),
            ("norms", ("layer-before", "none", "layer-after")),
            ("dropout", (0.1, 0.5, 0.0)),
        ),
        shift=-0.3,
        scale=0.5,
        batch_size=50,
    ),
}
ELSEWHERE = """
from tests.training.test_learners import RECIPES, digest
print(digest(RECIPES["three layers, all at once"]), digest(RECIPES["plain"]))
"""


def _digits() -> Digits:
    """Make images that are mostly black, as digits are, one of them wholly."""
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (N_IMAGES, 28, 28), np.uint8)
    images[generator.random(images.shape) < 0.8] = 0
    images[5] = 0
    return Digits(images, generator.integers(0, 10, N_IMAGES))


def _trained(recipe: Recipe, kind: type[AutogradLearner] | type[CompiledLearner]) -> dict[str, torch.Tensor]:
    """Train on one order twice, stopping at a checkpoint on the way; return the weights, and the logits met."""
    digits = _digits()
    parts = [models.initialize(recipe, seed)[0] for seed in SEEDS]
    masks = [generator_for(seed, "dropout") for seed in SEEDS]
    prepare = models.preparation(recipe)
    if kind is CompiledLearner:
        images = digits.images.reshape(N_IMAGES, -1)
        images = images[:, prepare["shuffle"].order.numpy()] if "shuffle" in prepare else images
        learner: AutogradLearner | CompiledLearner = CompiledLearner(recipe, parts, masks, images)
    else:
        learner = AutogradLearner(recipe, parts, masks, nn.Sequential(prepare)(digits.pixels), steps=1)
    order = torch.stack([torch.randperm(N_IMAGES, generator=generator_for(seed, "order")) for seed in SEEDS])
    targets, seen = digits.targets[order], torch.empty(len(SEEDS), N_IMAGES, 10)
    for cut in (slice(0, 2 * recipe.batch_size), slice(2 * recipe.batch_size, None)) * 2:
        learner.advance(order[:, cut], targets[:, cut], seen[:, cut])
    return {**learner.snapshot(), "seen": seen}


def digest(recipe: Recipe) -> str:
    """Return a digest of all bytes that training gives."""
    found = _trained(recipe, CompiledLearner)
    return hashlib.sha256(b"".join(found[name].numpy().tobytes() for name in sorted(found))).hexdigest()


@pytest.mark.parametrize("name", RECIPES)
def test_the_compiled_learner_does_what_autograd_does(name: str) -> None:
    recipe = RECIPES[name]
    ours, theirs = (_trained(recipe, kind) for kind in (CompiledLearner, AutogradLearner))
    assert set(ours) == set(theirs)
    for part in theirs:
        np.testing.assert_allclose(ours[part], theirs[part], rtol=2e-5, atol=2e-5, err_msg=part)


def test_what_the_compiled_learner_cannot_do_goes_to_the_other() -> None:
    kinds = {name for name, recipe in KINDS.items() if not compiled_learner.applies(recipe)}
    adam = {"adam, one cycle", "adam, decay"}
    assert kinds == {"batch norm", "convolutions", "frozen convolutions", "transformer"} | adam
    assert not compiled_learner.applies(replace(PLAIN, frozen=("linear1",)))


def test_every_processor_gives_the_same_bytes() -> None:
    """As compiled for the least of processors, whose vectors hold four numbers, and which fuse no product and sum."""
    plainest = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], env=os.environ | plainest, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [digest(RECIPES["three layers, all at once"]), digest(RECIPES["plain"])]
