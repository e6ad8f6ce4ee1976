"""What decides a run, as a page carries it: JSON, by which the site finds the run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Run


def of(run: Run) -> dict[str, Any]:
    """Return what decides a run, as JSON."""
    return {"recipe": run.recipe.key, "seed": run.seed}


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def read(key: Mapping[str, Any]) -> tuple[Recipe, int]:
    """Return recipe and seed out of what `of` gives, which JSON has made lists of tuples in."""
    return Recipe(**{field: _frozen(value) for field, value in key["recipe"].items()}), int(key["seed"])
