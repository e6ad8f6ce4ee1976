"""Runs and populations: the same whoever trains them, after whatever interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_interp import training
from mnist_interp.runtime import store
from mnist_interp.training import loop, models, registry, runs
from mnist_interp.training.recipe import Recipe
from tests.small import with_compiled

SHORT = Recipe(epochs=1, batch_size=600)  # 100 steps
SPREAD = (0, 12, 24, 36)  # a group each
SCRIPT = f"""
from mnist_interp import training
from mnist_interp.training.recipe import Recipe
training.population(Recipe(epochs=1, batch_size=600), {SPREAD}).runs
"""
DIES = """
import os, pathlib, signal
rename, finished = pathlib.Path.replace, []
def die_at_the_third(self, target):
    if target.parent.name == "runs":
        if len(finished) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        finished.append(target)
    return rename(self, target)
pathlib.Path.replace = die_at_the_third
"""


def _entries(cache: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (cache / "runs").glob("*.entry")}


def _environment(cache: Path, workers: int) -> dict[str, str]:
    return {**os.environ, "MNIST_INTERP_CACHE": str(with_compiled(cache)), "MNIST_INTERP_WORKERS": str(workers)}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Train four groups by one worker, in a cache of its own; return the entries."""
    cache = tmp_path_factory.mktemp("undisturbed")
    subprocess.run([sys.executable, "-c", SCRIPT], env=_environment(cache, 1), check=True)
    entries = _entries(cache)
    assert len(entries) == len(SPREAD)
    return entries


def test_groups_follow_from_the_seeds_alone() -> None:
    assert runs.groups(range(24)) == [tuple(range(12)), tuple(range(12, 24))]
    assert runs.groups([13, 0, 12, 5, 5]) == [(0, 5), (12, 13)]
    whole = runs.groups(range(24))
    assert [group for group in runs.groups(range(12)) if group in whole] == whole[:1]
    assert runs.groups([31416]) == [(31416,)]
    assert runs.groups(range(3), runs.group_size(registry.CNN)) == [(0,), (1,), (2,)]


@pytest.mark.parametrize("seeds", [[-1], [0, 2**32]])
def test_seeds_that_torch_would_cut_are_refused(seeds: list[int]) -> None:
    with pytest.raises(ValueError, match=rf"seeds range from {seeds[0]} to {seeds[-1]}: expected 0 to 4294967295"):
        runs.groups(seeds)


def test_the_same_bytes_from_two_workers_as_from_one(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], env=_environment(tmp_path, 2), check=True)
    assert _entries(tmp_path) == undisturbed


def test_a_killed_training_goes_on_where_it_was(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", DIES + SCRIPT], env=_environment(tmp_path, 1), check=False)
    assert killed.returncode == -signal.SIGKILL
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("*.entry")}
    assert len(before) == 2
    assert len(list(tmp_path.rglob("*.part"))) == 1, "killed while it wrote the third"
    subprocess.run([sys.executable, "-c", SCRIPT], env=_environment(tmp_path, 1), check=True)
    assert _entries(tmp_path) == undisturbed
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("*.entry")}
    assert {name: after[name] for name in before} == before, "what was finished is not trained again"


def test_two_processes_at_once_do_not_harm_each_other(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", SCRIPT], env=_environment(tmp_path, 1)) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert _entries(tmp_path) == undisturbed
    assert not list(tmp_path.rglob("*.part"))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> list[tuple[int, ...]]:
    """Train in this process, and list the groups that were trained."""
    trained: list[tuple[int, ...]] = []
    train = loop.train

    def spy(recipe: Recipe, seeds: tuple[int, ...]) -> loop.Arrays:
        trained.append(seeds)
        return train(recipe, seeds)

    monkeypatch.setattr(loop, "train", spy)
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "1")
    return trained


def test_what_is_wanted_twice_is_trained_once_and_comes_in_order(counted: list[tuple[int, ...]]) -> None:
    runs = training.compute([(SHORT, (12, 1, 0)), (SHORT, (0, 1)), (replace(SHORT, learning_rate=0.1), (1, 0))])
    assert counted == [(0, 1), (0, 1), (12,)], "the longest first"
    assert [run.seed for run in runs] == [0, 1, 12, 0, 1, 0, 1]
    assert [run.recipe.learning_rate for run in runs] == [0.01] * 5 + [0.1] * 2
    again = training.compute([(SHORT, (0, 1))])
    assert len(counted) == 3
    for one, other in zip(runs, again, strict=False):
        for name in one.weights:
            np.testing.assert_array_equal(one.weights[name], other.weights[name])
        np.testing.assert_array_equal(one.loss, other.loss)


def test_a_population_trains_when_a_run_is_asked_for_and_is_known_by_its_key_before(
    counted: list[tuple[int, ...]],
) -> None:
    population = training.population(SHORT, (1, 0, 1))
    assert (len(population), population.seeds) == (2, [0, 1])
    key = population.key
    assert counted == []
    assert key == [run.key for run in population]
    assert counted == [(0, 1)]
    assert population[1].seed == 1
    assert counted == [(0, 1)]


def test_a_damaged_run_is_trained_again(counted: list[tuple[int, ...]], own_cache: Path) -> None:
    first = training.run(SHORT, 3)
    (path,) = (own_cache / "runs").glob("*.entry")
    content = path.read_bytes()
    path.write_bytes(content[:5_000] + bytes([content[5_000] ^ 4]) + content[5_001:])
    with pytest.warns(store.StoreWarning, match="damaged"):
        again = training.run(SHORT, 3)
    assert counted == [(3,), (3,)]
    assert path.read_bytes() == content
    np.testing.assert_array_equal(first.weights["output.bias"], again.weights["output.bias"])


def test_without_a_store_the_result_is_the_same_and_one_line_says_so(
    counted: list[tuple[int, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = training.population(SHORT, (0, 12)).runs
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_INTERP_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(store.StoreWarning, match="cannot keep results") as said:
        lost = training.population(SHORT, (0, 12)).runs
    assert len(said) == 1
    for one, other in zip(kept, lost, strict=True):
        np.testing.assert_array_equal(one.weights["linear1.weight"], other.weights["linear1.weight"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> training.Run:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_INTERP_CACHE", str(tmp_path_factory.mktemp("run")))
        return training.run(
            replace(SHORT, shift=0.1307, scale=0.3081, options=(("norms", ("batch-before", "none")),)), 3
        )


def test_a_run_gives_back_the_network_at_any_checkpoint(run: training.Run) -> None:
    assert run.steps == [0, 1, 2, 4, 8, 16, 32, 64, 100]
    assert (run.epochs[0], run.epochs[-1]) == (0, 1)
    before = torch.get_rng_state()
    untrained = run.model(0)
    assert torch.equal(torch.get_rng_state(), before)
    start, _ = models.initialize(run.recipe, run.seed)
    pixels = torch.rand(9, 784, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(untrained(pixels), start.eval()((pixels - 0.1307) / 0.3081).detach())
    final = run.model()
    assert not any(module.training for module in final.modules())
    assert not any(parameter.requires_grad for parameter in final.parameters())
    assert int(final.norm1.num_batches_tracked) == 100
    assert not torch.allclose(final(pixels), untrained(pixels))


def test_changing_a_model_leaves_the_run_alone(run: training.Run) -> None:
    model = run.model()
    expected = model.output.weight.clone()
    model.output.weight.zero_()
    assert torch.equal(run.model().output.weight, expected)


def test_keys_tell_runs_apart_and_are_json() -> None:
    def key(recipe: Recipe, seed: int) -> str:
        return json.dumps(training.Run(recipe, seed, {}, np.zeros(1), np.zeros(1)).key, sort_keys=True)

    keys = {key(SHORT, 1), key(SHORT, 2), key(replace(SHORT, epochs=2), 1), key(replace(SHORT, labels="shuffled"), 1)}
    assert len(keys) == 4
    assert key(SHORT, 1) in keys


def test_a_population_is_a_sequence_of_runs(run: training.Run) -> None:
    other = replace(run, seed=4)
    population = training.Population(run.recipe, (run, other))
    assert (len(population), population.seeds, population[1]) == (2, [3, 4], other)
    assert list(population) == [run, other]
    assert population[:1] == (run,)
    assert run in population
    assert population.key == [run.key, other.key]


def test_runs_made_by_hand_are_told_apart_by_their_weights() -> None:
    recipe, none = Recipe(), np.zeros(1)
    first, second = (training.Run(recipe, 0, {"linear1.weight": np.full((1, 2), k)}, none, none) for k in (1.0, 2.0))
    assert first.key != second.key
    assert first.key == training.Run(recipe, 0, {"linear1.weight": np.full((1, 2), 1.0)}, none, none).key
    assert training.Population(recipe, (first,)).key != training.Population(recipe, (second,)).key
    assert training.Population(recipe, (first,)).key != training.Population(recipe, seeds=[0]).key


def test_a_trained_run_has_the_key_that_its_recipe_and_seed_name() -> None:
    population = training.population(SHORT, SPREAD[:1])
    before = population.key
    assert population[0].trained
    assert population.key == before == [population[0].key]
