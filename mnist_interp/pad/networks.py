"""The four networks that read a drawing, by the names of ``yourDigit.evaluate``, and how a page says which they are.

Like a bench, a page carries what decides its runs, and the site makes the payloads of just these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mnist_interp import training
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Run

TITLES = {"published": "Published", "normalized": "Normalized", "cnn": "CNN", "transformer": "Transformer"}
FIRST = "published"  # whose activations, lesions and pixels are shown


def checked(runs: Mapping[str, Run]) -> Mapping[str, Run]:
    """Return `runs` as they are.

    Raises
    ------
    ValueError
        If there is not one for each of `TITLES`.
    """
    if list(runs) != list(TITLES):
        raise ValueError(f"a pad needs the networks {', '.join(TITLES)}, in this order; got {', '.join(runs)}")
    return runs


def decides(runs: Mapping[str, Run]) -> str:
    """Return what decides each run, by name, as JSON."""
    keys = {name: {"recipe": run.recipe.key, "seed": run.seed} for name, run in runs.items()}
    return json.dumps(keys, separators=(",", ":"))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def decided(text: str) -> dict[str, Run]:
    """Return the runs that `decides` names."""
    found = {}
    for name, key in json.loads(text).items():
        recipe = Recipe(**{field: _frozen(value) for field, value in key["recipe"].items()})
        found[name] = training.run(recipe, int(key["seed"]))
    return found
