"""Rates of equal effort: the best by mean, and the registry's as the kept table has them."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from mnist_interp.experiments import tuning
from mnist_interp.training import registry


def test_the_best_rate_has_the_highest_mean_not_the_highest_single_accuracy() -> None:
    table = {
        "one": {"0.001 0": [0.9, 0.9], "0.01 0": [0.99, 0.7], "0.03 0": [0.85, 0.86]},
        "other": {"0.001 0.1": [0.1, 0.2], "0.01 0": [0.2, 0.2], "0.03 0.1": [0.3, 0.2]},
    }
    assert tuning.best(table) == {"one": (0.001, 0.0), "other": (0.03, 0.1)}
    assert tuning.best(table, decays=(0.0,)) == {"one": (0.001, 0.0), "other": (0.01, 0.0)}


def test_each_architecture_is_tuned_with_equal_effort_and_on_no_image_of_the_test() -> None:
    in_the_book = {"the CNN": registry.CNN, **registry.TUNED, **registry.ARCHITECTURES}
    assert list(tuning.TUNED) == list(in_the_book)
    for name, recipe in tuning.TUNED.items():
        whole = in_the_book[name]
        assert replace(recipe, images=whole.images, dense=whole.dense, dense_epochs=whole.dense_epochs) == whole
        assert recipe.images == "fit"
    effort = {(recipe.optimizer, recipe.schedule, recipe.batch_size, recipe.epochs) for recipe in tuning.TUNED.values()}
    assert len(effort) == 1
    assert not {seed for _, seeds in registry.BOOK.values() for seed in seeds} & set(tuning.SEEDS)


def test_accuracies_are_measured_at_every_rate_and_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []
    monkeypatch.setattr(tuning.training, "compute", trained.extend)
    monkeypatch.setattr(tuning, "_accuracy", lambda recipe, seed: (recipe.learning_rate + recipe.decay) * seed)
    table = tuning.measure()
    assert list(table) == list(tuning.TUNED)
    for name, rows in table.items():
        draws = [tuple(map(float, draw.split())) for draw in rows]
        assert sorted(draws) == sorted(product(tuning.RATES, tuning.DECAYS))
        for (rate, decay), row in zip(draws, rows.values(), strict=True):
            assert row == [(rate + decay) * seed for seed in tuning.SEEDS]
            assert (replace(tuning.TUNED[name], learning_rate=rate, decay=decay), tuning.SEEDS) in trained


def test_the_registry_names_the_best_rates_of_the_kept_table() -> None:
    table = tuning.kept()
    assert list(table) == list(tuning.TUNED)
    assert all(len(rows) == len(tuning.RATES) * len(tuning.DECAYS) for rows in table.values())
    assert all(len(row) == len(tuning.SEEDS) for rows in table.values() for row in rows.values())
    best = tuning.best(table, decays=(0.0,))
    in_the_book = {**registry.TUNED, **registry.ARCHITECTURES}
    assert {name: (recipe.learning_rate, recipe.decay) for name, recipe in in_the_book.items()} == {
        name: best[name] for name in in_the_book
    }
