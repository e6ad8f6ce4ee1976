"""What training costs: every recipe of the book, how it grows, and what a thousand seeds would take machines of ours.

Seconds are those of the table of `training.costs`; how cost grows was measured (`data.benchmarks`).
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from mnist_interp.data import benchmarks
from mnist_interp.training import costs, registry, runs
from mnist_interp.training.recipe import Recipe

Numbers = dict[str, Any]
MANY = 1_000
PROCESSORS, CLUSTER = 2, 32
KINDS: dict[str, Recipe] = {
    "784-32-16-10, SGD": registry.BASELINE,
    "the same, normalized": registry.NORMALIZED,
    "the same, Adam": registry.TUNED["the MLP, tuned"],
    "CNN": registry.CNN,
    "vision transformer": registry.TRANSFORMER,
}
NAMES = {"the same, trained long": "LayerNorm after both ReLUs, trained long"}
OPTIMIZERS = {"sgd": "SGD", "adam": "Adam"}
GROWN = {
    "seeds": "seeds",
    "images": "images met by a network",
    "parameters": "parameters of a network",
    "workers": "workers at once, a network of each",
}
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
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("recipe")


def _groups(recipe: Recipe) -> int:
    """Return in how many parts the work on a thousand seeds can be divided."""
    return len(runs.groups(range(MANY), runs.group_size(recipe)))


def _shared() -> float:
    """Return what a network costs where another worker is busy on the machine, as a multiple of what it costs alone."""
    return next(
        float(row["cost"]) for row in benchmarks.growth()["rows"] if (row["what"], row["size"]) == ("workers", 2)
    )


def minutes(recipe: Recipe, n_workers: int) -> float:
    """Return what a thousand seeds take so many workers, two a machine: the longest of them, from its start."""
    each = costs.seconds(recipe) * runs.group_size(recipe) * _shared()
    return (benchmarks.growth()["start"] + math.ceil(_groups(recipe) / n_workers) * each) / 60


def thousand() -> pd.DataFrame:
    """Return what a network of each kind takes, and what a thousand take one processor, two, and a cluster."""
    rows = {
        name: {
            "seconds each": f"{costs.seconds(recipe):.1f}",
            f"minutes for {MANY:,}": f"{costs.seconds(recipe) * MANY / 60:.0f}",
            "by two workers": f"{minutes(recipe, PROCESSORS):.0f}",
            f"by {CLUSTER}": f"{minutes(recipe, CLUSTER):.1f}",
        }
        for name, recipe in KINDS.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("network")


def growth() -> pd.DataFrame:
    """Return how many times as much training costs where seeds, images, width or workers are more, as measured."""
    rows = {}
    for what, name in GROWN.items():
        first, *_, last = [row for row in benchmarks.growth()["rows"] if row["what"] == what]
        rows[name] = {
            "from": f"{first['size']:,}",
            "to": f"{last['size']:,}",
            "times as many": f"{last['size'] / first['size']:.1f}",
            "times the cost": f"{last['cost']:.2f}",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("what grows")


def grown() -> Numbers:
    """Return when, where and how that was measured, and what follows for a cluster."""
    found = benchmarks.growth()
    return {
        **{f"growth_{key}": found[key] for key in ("date", "machine", "rounds", "start")},
        "growth_shared": 100 * (_shared() - 1),
        "n_cluster": CLUSTER,
        "n_groups": _groups(registry.BASELINE),
        "minutes_two": minutes(registry.BASELINE, PROCESSORS),
        "minutes_cluster": minutes(registry.BASELINE, CLUSTER),
    }


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
        "hours_many": sum(costs.seconds(recipe) for recipe in several) * MANY / 3600 / PROCESSORS * _shared(),
    }
