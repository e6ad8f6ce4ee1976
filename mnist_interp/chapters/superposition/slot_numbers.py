"""What the prose of chapter 7 glues about networks that read four slots: a function a section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from mnist_interp.chapters.superposition import slot_frames
from mnist_interp.data import canvases
from mnist_interp.experiments import polysemanticity, slot_features
from mnist_interp.training.canvas_loop import FEATURES
from mnist_interp.training.canvas_networks import EMPTY, CanvasPopulation
from mnist_interp.training.runs import Population

Numbers = dict[str, Any]
EASIER = 0.85  # an AUROC short of `slot_features.REPRESENTED`


def _mean(values: xr.DataArray) -> float:
    return float(values.mean())


def setting(populations: Mapping[str, CanvasPopulation]) -> Numbers:
    """Return sizes of the networks and of their training, populations by how full canvases were."""
    first = next(iter(populations.values()))
    numbers: Numbers = {"slot_features": FEATURES, "slot_digits_met": first.recipe.n_digits}
    for name, one in populations.items():
        key = name.split()[-1]
        numbers |= {
            f"{key}_share": EMPTY[name],
            f"{key}_digits_each": canvases.digits_each(one.recipe.empty),
            f"{key}_steps": one.recipe.steps,
        }
    return numbers


def represented(populations: Mapping[str, CanvasPopulation]) -> Numbers:
    """Return what trained networks represent, by how full canvases were, and how far other slots' logits move."""
    numbers: Numbers = {}
    for name, one in populations.items():
        key, found = name.split()[-1], slot_features.measured(one)
        here, two = found.sel(state="trained"), found["accuracy_by_count"].sel(state="trained", count=2)
        easier = (here["auroc"] >= EASIER).sum(["slot", "digit"]) / here["effective_dimension"]
        moved = slot_frames.interference_by_kind(found["interference"])["others"]
        numbers |= {
            f"{key}_n": _mean(here["represented"]),
            f"{key}_dimension": _mean(here["effective_dimension"]),
            f"{key}_psi": _mean(here["psi"]),
            f"{key}_psi_easier": _mean(easier),
            f"{key}_home_psi": _mean(here["home_represented"] / here["effective_dimension"]),
            f"{key}_home_n": _mean(here["home_represented"]),
            f"{key}_one_digit": _mean(here["accuracy_by_count"].sel(count=1)),
            f"{key}_four_digits": _mean(here["accuracy_by_count"].sel(count=4)),
            f"{key}_both": _mean(here["both_right"]),
            f"{key}_both_if_apart": _mean(two**2),
            f"{key}_others": _mean(moved.sel(state="trained")),
            f"{key}_others_untrained": _mean(moved.sel(state="untrained")),
        }
    return numbers


def of_wide(population: CanvasPopulation) -> Numbers:
    """Return how far other slots' logits move in wider networks."""
    found = slot_features.measured(population)["interference"].sel(state="trained")
    return {"wide_others": _mean(slot_frames.interference_by_kind(found)["others"])}


def ordinary(population: Population) -> Numbers:
    """Return how many digits a neuron of the ordinary network serves, and a random axis."""
    return _spread("ordinary", polysemanticity.measured(population))


def neurons(populations: Mapping[tuple[str, int], CanvasPopulation]) -> Numbers:
    """Return how many features a neuron serves, and a random axis, by how full canvases were and by width."""
    numbers: Numbers = {}
    for (name, width), one in populations.items():
        numbers |= _spread(f"{name.split()[-1]}_{width}", polysemanticity.measured(one))
    return numbers


def _spread(key: str, found: xr.Dataset) -> Numbers:
    mean = polysemanticity.means(found)
    units, axes = mean["units"].to_numpy(), mean["axes"].to_numpy()
    return {
        f"{key}_units": float(np.nanmean(units)),
        f"{key}_axes": float(np.nanmean(axes)),
        f"{key}_ratio": float(np.nanmean(units) / np.nanmean(axes)),
    }
