"""Networks of canvases: stacked as alone, the same in any group, kept and found again, named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mnist_interp import training
from mnist_interp.data import canvases
from mnist_interp.runtime import parallel, store
from mnist_interp.training import canvas_loop, canvas_networks, registry
from mnist_interp.training.batch_order import generator_for
from mnist_interp.training.canvas_networks import CanvasPopulation, CanvasRecipe, CanvasRun

SHORT = CanvasRecipe(width=5, empty=0.5, n_digits=20_000)  # 73 steps: more than are drawn at once


def _alone(recipe: CanvasRecipe, seed: int) -> dict[str, torch.Tensor]:
    """Train one network by a plain loop, on plain torch; return its weights."""
    model, digits, generator = (
        canvas_loop.initialize(recipe, seed),
        canvases.reduced("train"),
        generator_for(seed, "order"),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=recipe.learning_rate, total_steps=recipe.steps)
    drawn = [
        canvases.draw(generator, 64 * recipe.batch_size, empty=recipe.empty, n_images=60_000)
        for _ in range(-(-recipe.steps // 64))
    ]
    for which in torch.cat(drawn).split(recipe.batch_size)[: recipe.steps]:
        logits = model(canvases.compose(digits.images, which))
        loss = F.binary_cross_entropy_with_logits(logits, canvases.targets(digits.targets, which))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model.state_dict()


def test_stacked_networks_learn_what_a_plain_loop_teaches_one() -> None:
    found = canvas_loop.train(SHORT, (3, 8))
    for place, seed in enumerate((3, 8)):
        start, end = canvas_loop.initialize(SHORT, seed).state_dict(), _alone(SHORT, seed)
        assert set(found) == set(end)
        for name, values in found.items():
            assert values.dtype == np.float32
            np.testing.assert_array_equal(values[place, 0], start[name])
            np.testing.assert_allclose(values[place, 1], end[name], atol=2e-4, err_msg=name)
            assert np.abs(values[place, 1] - values[place, 0]).max() > 0.01


def test_the_same_seed_gives_the_same_bytes_in_any_group() -> None:
    together, apart = canvas_loop.train(SHORT, (3, 8, 9)), canvas_loop.train(SHORT, (8,))
    for name, values in apart.items():
        np.testing.assert_array_equal(values[0], together[name][1])


def test_steps_are_as_many_as_hold_the_digits() -> None:
    assert CanvasRecipe(empty=0.0, n_digits=51_200).steps == 100
    crowded, lonely = CanvasRecipe(empty=0.1), CanvasRecipe(empty=0.97)
    assert crowded.steps == pytest.approx(500_000 / 128 / (3.6 / 0.9999), abs=1)
    assert lonely.steps * 128 * canvases.digits_each(0.97) == pytest.approx(500_000, rel=1e-3)


def test_every_field_enters_the_key() -> None:
    others = {"width": 8, "empty": 0.1, "n_digits": 7, "learning_rate": 0.1, "batch_size": 2}
    assert {field.name for field in fields(CanvasRecipe)} == set(others)
    keys = {json.dumps(replace(CanvasRecipe(), **{name: value}).key, sort_keys=True) for name, value in others.items()}
    assert len(keys | {json.dumps(CanvasRecipe().key, sort_keys=True)}) == len(others) + 1


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> list[tuple[int, ...]]:
    """Make training instant, in this process; return the groups that were trained."""
    groups: list[tuple[int, ...]] = []

    def train(recipe: CanvasRecipe, seeds: tuple[int, ...]) -> store.Arrays:
        groups.append(seeds)
        state = canvas_loop.initialize(recipe, 0).state_dict()
        return {
            name: np.stack([np.stack([value.numpy() * 0, value.numpy() * 0 + seed]) for seed in seeds])
            for name, value in state.items()
        }

    monkeypatch.setattr(canvas_loop, "train", train)
    monkeypatch.setattr(parallel, "each", lambda function, jobs: [function(*job) for job in jobs])
    return groups


def test_a_population_trains_once_in_groups_that_follow_from_its_seeds(counted: list[tuple[int, ...]]) -> None:
    population = CanvasPopulation(SHORT, (24, 25, 30))
    before = population.key
    assert counted == []
    assert [run.seed for run in population] == population.seeds == [24, 25, 30]
    assert sorted(counted) == [(24, 25), (30,)]
    assert population.key == before
    for run in population:
        assert run.model()[0].weight[0, 0] == run.seed
        assert run.model(0)[0].weight[0, 0] == 0
    again = CanvasPopulation(SHORT, (24, 25))
    assert [run.seed for run in again] == [24, 25]
    assert len(counted) == 2, "kept"
    assert len(population) == 3
    assert population[1].seed == 25
    assert CanvasPopulation(replace(SHORT, width=6), (24, 25))[0].recipe.width == 6
    assert len(counted) == 3, "another recipe is another network"


def test_a_run_gives_back_the_network_that_was_trained() -> None:
    weights = {name: values[0] for name, values in canvas_loop.train(SHORT, (3,)).items()}
    model = CanvasRun(SHORT, 3, weights).model()
    assert [name for name, _ in model.named_children()] == ["linear1", "relu1", "linear2", "relu2", "output"]
    assert not any(parameter.requires_grad for parameter in model.parameters())
    x = torch.rand(4, 784)
    hidden = np.maximum(x.numpy() @ weights["linear1.weight"][1].T + weights["linear1.bias"][1], 0)
    hidden = np.maximum(hidden @ weights["linear2.weight"][1].T + weights["linear2.bias"][1], 0)
    np.testing.assert_allclose(
        model(x), hidden @ weights["output.weight"][1].T + weights["output.bias"][1], rtol=1e-4, atol=1e-4
    )


def test_runs_made_by_hand_are_told_apart_by_their_weights() -> None:
    state = {
        name: np.zeros((2, *value.shape), np.float32)
        for name, value in canvas_loop.initialize(SHORT, 3).state_dict().items()
    }
    other = state | {"output.bias": state["output.bias"] + 1}
    keys = {json.dumps(CanvasRun(SHORT, 3, one).key, sort_keys=True) for one in (state, other)}
    keys.add(json.dumps(CanvasRun(SHORT, 3, state, trained=True).key, sort_keys=True))
    assert len(keys) == 3


def test_names_lead_to_their_populations() -> None:
    canvas = training.named("four slots, mostly empty, 16 units")
    assert isinstance(canvas, CanvasPopulation)
    assert (canvas.recipe.width, canvas.recipe.empty) == (16, 0.97)
    assert training.named("twelve of the baseline").seeds == list(registry.CONTROL_SEEDS)
    assert not canvas_networks.NETWORKS.keys() & registry.BOOK.keys()
    with pytest.raises(ValueError, match="no networks are named 'the other'"):
        training.named("the other")


def _networks(preview: str) -> dict[str, list[int]]:
    script = (
        "import json; from mnist_interp.training.canvas_networks import NETWORKS as n; "
        "print(json.dumps({name: [recipe.width, recipe.n_digits, *seeds] for name, (recipe, seeds) in n.items()}))"
    )
    environment = {**os.environ, "MNIST_INTERP_PREVIEW": preview}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_preview_trains_three_seeds_on_an_eighth_of_the_digits() -> None:
    whole, small = _networks("0"), _networks("1")
    assert list(whole) == list(small)
    assert len(whole) == 3
    assert whole["four slots, mostly empty, 32 units"] == [32, 500_000, *range(24, 36)]
    assert small["four slots, mostly empty, 32 units"] == [32, 60_000, 24, 25, 26]
