"""Rates of pruned and masked networks: tuned with equal effort on no seed and no image that judges, and as kept."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.experiments import pruning_tuning, readout_masks, recovery
from mnist_interp.training import registry
from tests.experiments import little


def test_the_rates_in_use_are_the_best_of_the_kept_table() -> None:
    table = pruning_tuning.kept()
    assert tuple(table) == pruning_tuning.WAYS
    assert all(tuple(map(float, rows)) == pruning_tuning.RATES for rows in table.values())
    assert all(len(row) == len(pruning_tuning.SEEDS) for rows in table.values() for row in rows.values())
    used = {
        **recovery.RATES,
        recovery.SCRATCH: registry.OF_EIGHT.learning_rate,
        pruning_tuning.MASKED: readout_masks.RATE,
    }
    assert used == {way: float(max(rows, key=lambda rate: np.mean(rows[rate]))) for way, rows in table.items()}


def test_pilots_judge_nothing() -> None:
    assert not {seed for _, seeds in registry.BOOK.values() for seed in seeds} & set(pruning_tuning.SEEDS)


def test_each_way_is_trained_at_each_rate_on_each_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(pruning_tuning.training, "population", lambda recipe, seeds: (asked.append(recipe), seeds)[1])
    monkeypatch.setattr(pruning_tuning, "trained", lambda run, way, rate: (run, way, rate))
    monkeypatch.setattr(pruning_tuning, "_accuracy", lambda network: network)
    table = pruning_tuning.measure()
    assert [recipe.images for recipe in asked] == ["fit"]
    for way, rows in table.items():
        assert list(map(float, rows)) == list(pruning_tuning.RATES)
        for rate, row in rows.items():
            assert row == [(seed, way, float(rate)) for seed in pruning_tuning.SEEDS]


@pytest.mark.parametrize("way", [recovery.FINE_TUNED, recovery.REWOUND, recovery.FIRST_WEIGHTS, pruning_tuning.MASKED])
def test_a_way_is_the_one_that_is_measured(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(recovery.pruning_oracle, "PER_CLASS", little.FITTED_ON)
    run = little.run(3)
    network = pruning_tuning.trained(run, way, 0.02)
    assert network.recipe.learning_rate == 0.02
    width = network.weights["linear2.bias"].shape[1]
    assert width == (little.WIDTHS[1] if way == pruning_tuning.MASKED else 8)
