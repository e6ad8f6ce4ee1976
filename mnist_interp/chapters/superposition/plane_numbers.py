"""What the prose of chapter 7 glues of narrow layers: a function a section, each from keys to numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mnist_interp.experiments import narrow_layers
from mnist_interp.training.runs import Population, Run

Numbers = dict[str, Any]


def two_units(population: Population, protagonist: Run) -> Numbers:
    """Return what layers of two hold, and which digits they lose where.

    A digit is lost where no more than half of its test images are classified correctly, and silenced where both units
    are 0 on more than half of them.
    """
    found, planes = narrow_layers.measured(population), narrow_layers.planes(population)
    own = narrow_layers.measured(Population(protagonist.recipe, seeds=[protagonist.seed]))
    rival = float(narrow_layers.two_directions()["accuracy"])
    accuracy = found["accuracy"].to_numpy()
    lost = (found["recall"] <= narrow_layers.RECALLED).to_numpy()
    silent = planes["silent_on"].to_numpy()
    return {
        "two_accuracy": accuracy.mean(),
        "two_least": accuracy.min(),
        "two_protagonist": float(own["accuracy"].item()),
        "two_rival": rival,
        "two_n_networks": len(population),
        "two_n_all_ten": int((~lost.any(1)).sum()),
        "two_n_lost": int(lost.sum()),
        "two_n_silenced": int((silent[lost] > narrow_layers.RECALLED).sum()),
    }


def widths(measured: pd.DataFrame, names: Mapping[str, str]) -> Numbers:
    """Return means by width, under ``KEY_UNITS``, from `plane_frames.by_width`; `names` gives a measure's key."""
    means = measured.set_index(["measure", "width"])["mean"]
    return {f"{key}_{width.split()[0]}": value for key, name in names.items() for width, value in means[name].items()}


def given_way(measured: pd.DataFrame) -> Numbers:
    """Return what the page says of halving a layer: points of accuracy, and bottlenecks of each width, a share."""
    found = widths(measured, {"accuracy": "test accuracy", "bottleneck": "bottlenecks at the best constant, of units"})
    lost = 100 * (found["accuracy_16"] - found["accuracy_8"])
    return {key: value for key, value in found.items() if key.startswith("bottleneck")} | {"narrow_lost": lost}
