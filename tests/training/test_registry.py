"""Recipes: their keys, and what a preview cuts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from mnist_interp.training import registry
from mnist_interp.training.recipe import Recipe

OTHERS = {
    "model": "cnn",
    "options": (("dropout", (0.2, 0.0)),),
    "optimizer": "adam",
    "decay": 0.1,
    "learning_rate": 0.02,
    "schedule": "one-cycle",
    "batch_size": 128,
    "epochs": 3,
    "order": "dataloader",
    "images": "fit",
    "shift": 0.1307,
    "scale": 0.3081,
    "labels": "shuffled",
    "first_weights": 2.0,
    "first_rate": 4.0,
    "pixels": "shuffled",
    "frozen": ("linear1",),
    "dense": 8,
    "dense_epochs": 2,
}


def test_every_field_enters_the_key() -> None:
    assert {field.name for field in fields(Recipe)} == set(OTHERS), "give a new field another value here"
    with_adam = replace(Recipe(), optimizer="adam")  # SGD refuses to decay
    changed = (replace(with_adam if name == "decay" else Recipe(), **{name: OTHERS[name]}) for name in OTHERS)
    keys = [Recipe().key, *(recipe.key for recipe in changed)]
    assert len({json.dumps(key, sort_keys=True) for key in keys}) == len(OTHERS) + 1


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Recipe().epochs = 3  # type: ignore[misc]


def _book(preview: str) -> dict[str, list[int]]:
    script = (
        "import json; from mnist_interp.training import registry as r; "
        "print(json.dumps({name: [recipe.epochs, *seeds] for name, (recipe, seeds) in r.BOOK.items()}))"
    )
    environment = {**os.environ, "MNIST_INTERP_PREVIEW": preview}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_preview_is_one_epoch_of_three_seeds_and_keeps_the_protagonist() -> None:
    whole, small = _book("0"), _book("1")
    assert list(whole) == list(small)
    assert whole["the baseline population"] == [20, *range(24, 48)]
    assert small["the baseline population"] == [1, 24, 25, 26]
    assert (whole["the published run"], small["the published run"]) == ([20, 31416], [1, 31416])
    assert all(epochs == 1 and len(seeds) <= 3 for epochs, *seeds in small.values())


def test_the_book_is_judged_on_seeds_that_no_pilot_has_seen() -> None:
    seeds = {seed for _, seeds in registry.BOOK.values() for seed in seeds} - {registry.PROTAGONIST}
    assert seeds == set(range(24, 48))
    assert not seeds & set(registry.PILOT_SEEDS)
    assert set(registry.CONTROL_SEEDS) == set(range(24, 36))
