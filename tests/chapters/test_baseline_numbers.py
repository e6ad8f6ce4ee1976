"""Numbers of chapter 1 that are chosen or counted, on arrays whose answer is plain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.baseline import numbers
from mnist_interp.claims import baseline
from mnist_interp.data import mnist
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population


def test_the_published_run_is_ranked_among_the_seeds() -> None:
    final = xr.DataArray([0.93, 0.95, 0.96], dims="seed")
    found = numbers.seeds(final, 0.97)
    assert (found["worst"], found["best"], int(found["rank"])) == (0.93, 0.97, 3)
    assert float(found["seed_std"]) == pytest.approx(100 * np.std([0.93, 0.95, 0.96], ddof=1))


def test_the_commonest_mistake_is_off_the_diagonal_and_counted_over_seeds() -> None:
    counts = np.zeros((3, 1, 10, 10), dtype=int) + np.diag(np.full(10, 900))
    counts[0, 0, 4, 9] = counts[1, 0, 4, 9] = counts[2, 0, 9, 4] = 30
    counts[1, 0, 2, 7] = 29
    axes = ("seed", "checkpoint", "true", "predicted")
    population = xr.Dataset({"confusion": (axes, counts)}, coords={"true": range(10), "predicted": range(10)})
    own = pd.DataFrame([{"true": t, "predicted": p, "count": counts[0, 0, t, p]} for t in range(10) for p in range(10)])
    found = numbers.mistakes(own, population)
    assert (found["worst_true"], found["worst_predicted"], found["worst_count"]) == (4, 9, 30)
    assert int(found["same_worst"]) == 2
    assert found["n_misread"] == 30


def test_hardest_and_easiest_digits_are_named_in_order() -> None:
    accuracy = xr.DataArray(
        [[0.9, 0.99, 0.8, 0.95, 0.95, 0.7, 0.95, 0.95, 0.75, 0.98]] * 2, dims=("seed", "digit")
    ).copy()
    accuracy[1, 8] = 0.6
    found = numbers.class_accuracies(accuracy)
    assert found == {"hardest": "2, 5 and 8", "easiest": "1 and 9", "n_hardest": 2}


def test_the_rival_of_neuron_0_is_the_other_neuron_most_active_on_ones() -> None:
    labels = mnist.load("test").labels
    relu2 = np.full((len(labels), 16), 0.1)
    relu2[labels == 1, 0], relu2[labels == 1, 6], relu2[labels == 8, 0] = 5, 4, 2
    relu2[labels == 1, 0] += mnist.load("test").pixels.numpy()[labels == 1].mean(1)
    means = np.stack([relu2[labels == digit].mean(0) for digit in range(10)])
    found = numbers.neuron0(relu2, means)
    assert (found["n0_favorite"], found["rival"]) == (1, 6)
    assert found["n0_ink"] == pytest.approx(1)
    assert found["rival_own"] == pytest.approx(4)


@dataclass
class Judged:
    effect: float
    verdict: str = "holds"

    @property
    def evidence(self) -> Judged:
        return self


def test_roles_agree_where_both_checkpoints_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe(epochs=20)
    run = training.Run(recipe, 0, {}, np.zeros(20), np.zeros(20))
    population = Population(recipe, (run, run))
    values = np.zeros((2, len(run.steps), 4), dtype=int)
    values[0] = [1, 2, -1, 3]
    values[1] = [4, 5, 6, 7]
    values[0, baseline.checkpoint_at(run, 1)] = [1, 7, 3, -1]
    found = xr.DataArray(values, dims=("seed", "checkpoint", "unit"), coords={"checkpoint": range(len(run.steps))})
    monkeypatch.setattr(baseline, "favorites", lambda population: found)
    monkeypatch.setattr(baseline, "profile_agreement", lambda population, epoch: np.array([0.5]))
    accuracy = xr.DataArray(np.tile([[0.9], [0.8]], 10), dims=("seed", "digit"), coords={"digit": range(10)})
    judged = {f"baseline-{slug}": Judged(0.25) for slug in ("roles-come-early", "roles-from-birth")}
    said = numbers.roles(population, accuracy, judged)
    assert float(said["same_early"]) == pytest.approx(5 / 6)  # 1 and not 7, then all four of the second
    assert float(said["same_ten"]) == 1
    assert int(said["with_a_one"]) == 1
    assert (float(said["ones_with"]), float(said["ones_without"])) == (0.9, 0.8)
    assert said["roles_early"] == 25
    assert said["roles_birth_verdict"] == "holds"
