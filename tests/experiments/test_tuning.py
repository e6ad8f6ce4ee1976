"""Rates of equal effort: the best by mean, and the registry's as the kept table has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mnist_interp.experiments import tuning
from mnist_interp.training import registry


def test_the_best_rate_has_the_highest_mean_not_the_highest_single_accuracy() -> None:
    table = {
        "one": {"0.001": [0.9, 0.9], "0.01": [0.99, 0.7], "0.03": [0.85, 0.86]},
        "other": {"0.001": [0.1, 0.2], "0.01": [0.2, 0.2], "0.03": [0.3, 0.2]},
    }
    assert tuning.best(table) == {"one": 0.001, "other": 0.03}


def test_each_architecture_is_tuned_with_equal_effort_and_on_no_image_of_the_test() -> None:
    assert list(tuning.TUNED) == ["the CNN", *registry.TUNED]
    for name, recipe in tuning.TUNED.items():
        whole = registry.CNN if name == "the CNN" else registry.TUNED[name]
        assert replace(recipe, images=whole.images, dense=whole.dense) == whole
        assert recipe.images == "fit"
    effort = {(recipe.optimizer, recipe.schedule, recipe.batch_size, recipe.epochs) for recipe in tuning.TUNED.values()}
    assert len(effort) == 1
    assert not {seed for _, seeds in registry.BOOK.values() for seed in seeds} & set(tuning.SEEDS)


def test_accuracies_are_measured_at_every_rate_and_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []
    monkeypatch.setattr(tuning.training, "compute", trained.extend)
    monkeypatch.setattr(tuning, "_accuracy", lambda recipe, seed: recipe.learning_rate * seed)
    table = tuning.measure()
    assert list(table) == list(tuning.TUNED)
    for name, rows in table.items():
        assert list(map(float, rows)) == list(tuning.RATES)
        for rate, row in rows.items():
            assert row == [float(rate) * seed for seed in tuning.SEEDS]
            assert (replace(tuning.TUNED[name], learning_rate=float(rate)), tuning.SEEDS) in trained


def test_the_registry_names_the_best_rates_of_the_kept_table() -> None:
    table = tuning.kept()
    assert list(table) == list(tuning.TUNED)
    assert all(tuple(map(float, rows)) == tuning.RATES for rows in table.values())
    assert all(len(row) == len(tuning.SEEDS) for rows in table.values() for row in rows.values())
    best = tuning.best(table)
    assert {name: recipe.learning_rate for name, recipe in registry.TUNED.items()} == {
        name: best[name] for name in registry.TUNED
    }
