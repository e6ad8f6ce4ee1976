"""What the prose of chapter 7 glues of narrow layers: a function a section, each from keys to numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mnist_interp.experiments import narrow_layers
from mnist_interp.methods.statistics import interval
from mnist_interp.training.runs import Population, Run

Numbers = dict[str, Any]


def two_units(population: Population, protagonist: Run) -> Numbers:
    """Return what layers of two hold, and which digits they lose where.

    A digit is lost where no more than half of its test images are classified correctly. Keys that end in ``_low`` and
    ``_high`` are ends of a 95 % interval over networks.
    """
    found, planes = narrow_layers.measured(population), narrow_layers.planes(population)
    own = narrow_layers.measured(Population(protagonist.recipe, seeds=[protagonist.seed]))
    rival = float(narrow_layers.two_directions()["accuracy"])
    accuracy = found["accuracy"].to_numpy()
    lost = (found["recall"] <= narrow_layers.RECALLED).to_numpy()
    silent = planes["silent_on"].to_numpy()
    low, high = interval(accuracy)
    return {
        "two_accuracy": accuracy.mean(),
        "two_accuracy_low": low,
        "two_accuracy_high": high,
        "two_least": accuracy.min(),
        "two_most": accuracy.max(),
        "two_protagonist": float(own["accuracy"].item()),
        "two_protagonist_worst": float(own["recall"].min()),
        "two_rival": rival,
        "two_over_rival": accuracy.mean() - rival,
        "two_n_networks": len(population),
        "two_n_all_ten": int((~lost.any(1)).sum()),
        "two_n_lost": int(lost.sum()),
        "two_silent_on_lost": silent[lost].mean() if lost.any() else np.nan,
        "two_silent_on_kept": silent[~lost].mean() if (~lost).any() else np.nan,
        "two_silent": float(planes["silent"].mean()),
        "two_on_axis": float(planes["on_axis"].mean()),
        "two_corners": float(planes["corner"].sum("digit").mean()),
        "two_regions": float(planes["region"].sum("digit").mean()),
        "two_dead": int(found["dead"].sum()),
        "two_likeness": float(planes["likeness"].mean()),
        "two_n_alike": int((planes["likeness_percentile"] > 0.95).sum()),
        "two_angle": float(found["angle"].mean()),
    }


def widths(measured: pd.DataFrame, names: Mapping[str, str]) -> Numbers:
    """Return means by width, under ``KEY_UNITS``, from `plane_frames.by_width`; `names` gives a measure's key."""
    means = measured.set_index(["measure", "width"])["mean"]
    return {f"{key}_{width.split()[0]}": value for key, name in names.items() for width, value in means[name].items()}


def given_way(measured: pd.DataFrame) -> Numbers:
    """Return what the page says of halving a layer: points of accuracy, and bottlenecks of each width, a share."""
    found = widths(measured, {"accuracy": "test accuracy", "bottleneck": "bottlenecks at the best constant, of units"})
    return found | {"narrow_lost": 100 * (found["accuracy_16"] - found["accuracy_8"])}
