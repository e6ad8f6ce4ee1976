"""The ladder's frames, against the outcomes that they lay out."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.normalization import ladder
from mnist_interp.experiments import performance
from mnist_interp.training import registry
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population


@pytest.fixture
def rungs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Population]:
    accuracy = {0.01: [[0.1, 0.5, 0.7], [0.1, 0.6, 0.9]], 0.1: [[0.1, 0.8, 0.9], [0.1, 0.4, 0.95]]}

    def summary(population: Population) -> xr.Dataset:
        test = np.array(accuracy[population.recipe.learning_rate])
        flat = ("seed", np.full(2, 0.02))
        variables = {
            "test_accuracy": (("seed", "epoch"), test),
            "train_accuracy": ("seed", test[:, -1] + 0.01),
            "calibration_error": flat,
            "logit_spread": flat,
        }
        return xr.Dataset(variables, coords={"seed": list(population.seeds), "epoch": range(test.shape[1])})

    monkeypatch.setattr(performance, "summary", summary)
    made = {}
    for name, rate in (("the baseline population", 0.01), ("faster", 0.1)):
        recipe = Recipe(epochs=2, learning_rate=rate)
        made[name] = Population(
            recipe, tuple(training.Run(recipe, seed, {}, np.zeros(2), np.zeros(2)) for seed in (4, 5))
        )
    return made


def test_gains_are_paired_by_seed(rungs: dict[str, Population]) -> None:
    frame = ladder.gains(rungs, rungs["the baseline population"])
    assert frame["rung"].tolist() == ["plain pixels", "faster"]
    assert frame["gain"].tolist() == [0, pytest.approx(((0.85 - 0.6) + (0.675 - 0.75)) / 2)]
    assert (frame["low"] <= frame["gain"]).all()


def test_the_table_counts_epochs_to_the_same_seeds_baseline(rungs: dict[str, Population]) -> None:
    table = ladder.table(rungs, rungs["the baseline population"], {"faster": 96.6})
    assert table.loc["faster", "epochs to baseline"] == "1.5"
    assert table.loc["faster", "test, %"] == "92.50"
    assert table.loc["faster", "± over seeds"] == "3.54"
    assert table["published, %"].tolist() == ["", "96.60"]
    assert table.loc["plain pixels", "train − test"] == "1.00"


def test_curves_have_a_row_for_each_epoch(rungs: dict[str, Population]) -> None:
    frame = ladder.curves(rungs)
    assert len(frame) == 6
    assert frame[frame["rung"] == "faster"]["accuracy"].tolist() == [0.1, pytest.approx(0.6), pytest.approx(0.925)]


def test_every_published_rung_is_one_of_the_book() -> None:
    assert set(ladder.PUBLISHED) | set(ladder.NAMES) <= set(registry.LADDER)
