"""What training costs: every recipe of the book, and what a thousand seeds would, by the table of `training.costs`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mnist_interp.training import costs, registry
from mnist_interp.training.recipe import Recipe

Numbers = dict[str, Any]
MANY = 1_000
PROCESSORS = 2
KINDS: dict[str, Recipe] = {
    "784-32-16-10, SGD": registry.BASELINE,
    "the same, normalized": registry.NORMALIZED,
    "the same, Adam": registry.TUNED["the MLP, tuned"],
    "CNN": registry.CNN,
    "vision transformer": registry.TRANSFORMER,
}
NAMES = {"the same, trained long": "LayerNorm after both ReLUs, trained long"}
OPTIMIZERS = {"sgd": "SGD", "adam": "Adam"}
MODELS = {"mlp": "MLP", "cnn": "CNN", "transformer": "transformer"}


def populations() -> dict[Recipe, set[int]]:
    """Return the seeds that the book trains, by recipe: a population that is part of another counts once."""
    found: dict[Recipe, set[int]] = {}
    for recipe, seeds in registry.BOOK.values():
        found.setdefault(recipe, set()).update(seeds)
    return found


def _name(recipe: Recipe) -> str:
    """Return what the largest population of a recipe is called."""
    _, name = max((len(seeds), name) for name, (one, seeds) in registry.BOOK.items() if one == recipe)
    return NAMES.get(name, name)


def recipes() -> pd.DataFrame:
    """Return a row for each recipe of the book by name: what is trained, how, and how long it takes."""
    rows = {
        _name(recipe): {
            "trained": f"{MODELS[recipe.model]}, {OPTIMIZERS[recipe.optimizer]} {recipe.learning_rate:g}",
            "epochs": recipe.epochs,
            "networks": len(seeds),
            "seconds each": f"{costs.seconds(recipe):.1f}",
            "minutes": f"{len(seeds) * costs.seconds(recipe) / 60:.1f}",
        }
        for recipe, seeds in populations().items()
    }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index.name = "recipe"
    return frame


def thousand() -> pd.DataFrame:
    """Return what a network of each kind takes, and what a thousand take one processor and two."""
    rows = {
        name: {
            "seconds each": f"{costs.seconds(recipe):.1f}",
            f"minutes for {MANY:,}": f"{costs.seconds(recipe) * MANY / 60:.0f}",
            "on two processors": f"{costs.seconds(recipe) * MANY / 60 / PROCESSORS:.0f}",
        }
        for name, recipe in KINDS.items()
    }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index.name = "network"
    return frame


def numbers() -> Numbers:
    """Return how many networks the book trains, and how long they take, now and with a thousand seeds a population."""
    every = populations()
    seconds = sum(costs.seconds(recipe) * len(seeds) for recipe, seeds in every.items())
    several = [recipe for recipe, seeds in every.items() if len(seeds) > 1]
    return {
        "rate": costs.RATE,
        "n_recipes": len(every),
        "n_networks": sum(map(len, every.values())),
        "minutes": seconds / 60,
        "n_populations": len(several),
        "minutes_baseline": costs.seconds(registry.BASELINE) * MANY / 60 / PROCESSORS,
        "hours_many": sum(costs.seconds(recipe) for recipe in several) * MANY / 3600 / PROCESSORS,
    }
