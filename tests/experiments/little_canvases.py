"""Networks of six units on a thousand canvases, as they were drawn, measured anew each time."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.experiments import slot_features
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training import canvas_loop
from mnist_interp.training.canvas_networks import CanvasPopulation, CanvasRecipe, CanvasRun

RECIPE = CanvasRecipe(width=6, empty=0.3)


def canvases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let experiments see a tenth of the canvases, work in this process, and keep nothing."""
    monkeypatch.setattr(preview, "reduced", lambda count: count // 10)
    monkeypatch.setattr(slot_features, "put", slot_features.put.__wrapped__)
    monkeypatch.setattr(store, "read", lambda path: None)
    monkeypatch.setattr(store, "write", lambda path, arrays: None)
    monkeypatch.setattr(parallel, "each", lambda function, jobs: [function(*job) for job in jobs])


def run(seed: int) -> CanvasRun:
    """Draw a network twice: untrained, and what stands for trained."""
    states = [canvas_loop.initialize(RECIPE, one).state_dict() for one in (seed, seed + 100)]
    return CanvasRun(RECIPE, seed, {name: np.stack([one[name].numpy() for one in states]) for name in states[0]})


def population(*seeds: int) -> CanvasPopulation:
    """Make several such networks."""
    return CanvasPopulation(RECIPE, seeds, [run(seed) for seed in seeds])
