"""A masked readout: the plain learner where nothing is masked, autograd on the masked network where something is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mnist_interp.training import models
from mnist_interp.training.batch_order import generator_for
from mnist_interp.training.compiled_learner import CompiledLearner
from mnist_interp.training.masked_learner import MaskedLearner
from mnist_interp.training.recipe import Recipe
from tests import small

RECIPE = Recipe(learning_rate=0.1, batch_size=64)
SEEDS = (1, 2)


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, torch.Tensor, torch.Tensor]:
    digits = small.few_images(monkeypatch)
    order = torch.stack([torch.randperm(len(digits), generator=generator_for(seed, "order")) for seed in SEEDS])
    return digits.images.reshape(len(digits), -1), order, digits.targets[order]


def _parts() -> tuple[list[torch.nn.Sequential], list[torch.Generator]]:
    return [models.initialize(RECIPE, seed)[0] for seed in SEEDS], [generator_for(seed, "dropout") for seed in SEEDS]


def test_with_all_weights_it_is_the_plain_learner(data: tuple[np.ndarray, torch.Tensor, torch.Tensor]) -> None:
    images, order, targets = data
    plain = CompiledLearner(RECIPE, *_parts(), images)
    masked = MaskedLearner(RECIPE, *_parts(), images, np.ones((2, 10, 16), bool))
    met = [torch.empty(*targets.shape, 10) for _ in range(2)]
    for learner, seen in zip((plain, masked), met, strict=True):
        learner.advance(order, targets, seen)
    assert torch.equal(*met)
    for name, value in plain.snapshot().items():
        assert torch.equal(value, masked.snapshot()[name])


def test_masked_weights_stay_zero_and_the_rest_learns_as_by_autograd(
    data: tuple[np.ndarray, torch.Tensor, torch.Tensor],
) -> None:
    images, order, targets = data
    readouts = np.random.default_rng(0).random((2, 10, 16)) < 0.3
    learner = MaskedLearner(RECIPE, *_parts(), images, readouts)
    assert not learner.snapshot()["output.weight"][~torch.from_numpy(readouts)].any()
    learner.advance(order, targets, torch.empty(*targets.shape, 10))
    found = learner.snapshot()
    assert not found["output.weight"][~torch.from_numpy(readouts)].any()
    for place, model in enumerate(_parts()[0]):
        mask = torch.from_numpy(readouts[place]).float()
        hidden, output = model[:-1], model[-1]
        for batch in order[place].split(RECIPE.batch_size):
            pixels = torch.from_numpy(images[batch.numpy()]).float() / 255
            logits = F.linear(hidden(pixels), output.weight * mask, output.bias)
            model.zero_grad()
            F.cross_entropy(logits, targets[place][order[place].argsort()][batch]).backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= RECIPE.learning_rate * parameter.grad
        for name, value in model.state_dict().items():
            expected = value * mask if name == "output.weight" else value
            torch.testing.assert_close(found[name][place], expected, atol=2e-5, rtol=1e-4)
