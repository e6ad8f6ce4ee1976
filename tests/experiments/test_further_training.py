"""Going on from given weights: to the bit what longer training gives; and networks cut out of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import further_training
from mnist_interp.methods import ablation
from mnist_interp.training import loop
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Run
from tests import small
from tests.experiments import little


def _run(recipe: Recipe, seed: int) -> Run:
    arrays = loop.train(recipe, (seed,))
    weights = {name.removeprefix("weights/"): value[0] for name, value in arrays.items() if name.startswith("weights/")}
    return Run(recipe, seed, weights, arrays["loss"][0], arrays["accuracy"][0])


def test_going_on_is_training_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    small.few_images(monkeypatch)
    recipe = replace(small.PLAIN, epochs=2)
    short, long = _run(recipe, 3), _run(replace(recipe, epochs=4), 3)
    start = further_training.state(short)
    on, again = further_training.trained_on(recipe, 3, [start, start], epochs=2, skipped=2)
    for name, value in long.weights.items():
        np.testing.assert_array_equal(on.weights[name], value[-3:])
        np.testing.assert_array_equal(again.weights[name], value[-3:])
    other = further_training.trained_on(recipe, 3, [start], epochs=2)[0]
    assert (other.weights["output.bias"][-1] != on.weights["output.bias"][-1]).any()
    assert on.key != other.key


def test_a_mask_holds_for_all_of_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    small.few_images(monkeypatch)
    run = _run(replace(small.PLAIN, epochs=1), 3)
    mask = np.random.default_rng(0).random((1, 10, 16)) < 0.5
    found = further_training.trained_on(run.recipe, 3, [further_training.state(run)], epochs=1, readouts=mask)[0]
    assert not found.weights["output.weight"][:, ~mask[0]].any()
    np.testing.assert_array_equal(found.weights["output.weight"][0], run.weights["output.weight"][-1] * mask[0])


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    return little.images(monkeypatch)


def test_what_is_cut_out_says_what_the_whole_says_with_the_rest_held(few: dict[str, Digits]) -> None:
    run, units = little.run(2), np.array([1, 4, 5])
    pixels, labels = few["test"].pixels, few["test"].labels
    whole = ablation.stage(run.model(), "relu2", pixels, labels)
    held = np.linspace(0, 1, whole.n_units).astype(np.float32)
    gone = [unit for unit in range(whole.n_units) if unit not in units]
    for name, constants in {"held": held, "silent": None}.items():
        state = further_training.cut(further_training.state(run), units, constants)
        recipe = further_training.of_width(run.recipe, len(units))
        kept = Run(recipe, 2, {key: value[None] for key, value in state.items()}, np.empty(0), np.empty(0))
        said = torch.zeros(whole.n_units) if constants is None else torch.from_numpy(constants)
        expected = ablation.intervene(whole, gone, said)
        torch.testing.assert_close(kept.model()(pixels), expected, atol=1e-4, rtol=1e-4, msg=name)


def test_a_recipe_of_another_width_differs_in_that_alone() -> None:
    assert further_training.of_width(Recipe(), 8) == Recipe(options=(("hidden", (32, 8)),))
    other = replace(little.PLAIN, options=(("norms", ("none", "none")), *little.PLAIN.options))
    assert dict(further_training.of_width(other, 5).options) == {"norms": ("none", "none"), "hidden": (24, 5)}
