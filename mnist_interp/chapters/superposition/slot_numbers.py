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


def _mean(values: xr.DataArray) -> float:
    return float(values.mean())


def setting(populations: Mapping[str, CanvasPopulation]) -> Numbers:
    """Return sizes: of the networks, of their training, of the test canvases; populations by how full canvases were."""
    first = next(iter(populations.values()))
    numbers: Numbers = {
        "slot_features": FEATURES,
        "slot_seeds": len(first),
        "slot_digits_met": first.recipe.n_digits,
        "slot_test_canvases": len(slot_features.test_canvases().labels),
        "slot_test_empty": slot_features.TEST_EMPTY,
        "slot_represented_at": slot_features.REPRESENTED,
    }
    for name, one in populations.items():
        key = name.split()[-1]
        numbers |= {
            f"{key}_empty": EMPTY[name],
            f"{key}_digits_each": canvases.digits_each(one.recipe.empty),
            f"{key}_steps": one.recipe.steps,
        }
    return numbers


def represented(populations: Mapping[str, CanvasPopulation]) -> Numbers:
    """Return what networks of 16 units represent, trained and untrained, by how full canvases were."""
    numbers: Numbers = {}
    for name, one in populations.items():
        key, found = name.split()[-1], slot_features.measured(one)
        for state, prefix in (("trained", key), ("untrained", f"{key}_untrained")):
            here = found.sel(state=state)
            kinds = slot_frames.interference_by_kind(here["interference"])
            numbers |= {
                f"{prefix}_n": _mean(here["represented"]),
                f"{prefix}_auroc": _mean(here["auroc"]),
                f"{prefix}_accuracy": _mean(here["accuracy"]),
                f"{prefix}_home_n": _mean(here["home_represented"]),
                f"{prefix}_home_accuracy": _mean(here["home_accuracy"]),
                f"{prefix}_home_psi": _mean(here["home_represented"] / here["effective_dimension"]),
                f"{prefix}_one_digit": _mean(here["accuracy_by_count"].sel(count=1)),
                f"{prefix}_two_digits": _mean(here["accuracy_by_count"].sel(count=2)),
                f"{prefix}_both": _mean(here["both_right"]),
                f"{prefix}_both_if_apart": _mean(here["accuracy_by_count"].sel(count=2) ** 2),
                f"{prefix}_four_digits": _mean(here["accuracy_by_count"].sel(count=4)),
                f"{prefix}_dimension": _mean(here["effective_dimension"]),
                f"{prefix}_psi": _mean(here["psi"]),
                f"{prefix}_share": _mean(here["dimensionality"]),
                **{f"{prefix}_{kind}": _mean(values) for kind, values in kinds.items()},
            }
    return numbers


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
    live = found["cost"].count("feature") > 0
    return {
        f"{key}_units": float(np.nanmean(units)),
        f"{key}_axes": float(np.nanmean(axes)),
        f"{key}_ratio": float(np.nanmean(units) / np.nanmean(axes)),
        f"{key}_fewer": int((units < axes).sum()),
        f"{key}_live": _mean(live.sum("unit")),
        f"{key}_free": int(live.sum() - found["polysemanticity"].count()),
    }
