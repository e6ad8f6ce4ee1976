"""Networks that read canvases of four digits, one or many: a recipe and seeds give runs, as `runs` does for MNIST's.

What is not in the store yet is trained in groups of seeds that follow from their numbers alone, each group a process of
one thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.runtime import code_digest, parallel, preview, store
from mnist_interp.training import canvas_loop, registry, runs
from mnist_interp.training.canvas_loop import CanvasRecipe

SEEDS_PER_GROUP = 6  # two groups of the book's twelve: one for each of two processors


@dataclass(frozen=True, eq=False)
class CanvasRun:
    """One network that reads canvases.

    Attributes
    ----------
    recipe : CanvasRecipe
        What was trained.
    seed : int
        Decides initialization and canvases.
    weights : dict of numpy.ndarray
        ``LAYER.NAME`` as in a ``state_dict``, each (2, ...), float32: untrained and trained.
    trained : bool
        Whether recipe and seed name the weights; runs made by hand are told apart by their weights.
    """

    recipe: CanvasRecipe
    seed: int
    weights: dict[str, np.ndarray]
    trained: bool = False

    @property
    def key(self) -> dict[str, Any]:
        """What decides the run, as JSON."""
        return _run_key(self.recipe, self.seed) | ({} if self.trained else {"weights": self._digest})

    @cached_property
    def _digest(self) -> str:
        parts = [f"{name} {values.shape}".encode() + values.tobytes() for name, values in sorted(self.weights.items())]
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def model(self, checkpoint: int = -1) -> nn.Sequential:
        """Return the network untrained (0) or trained (-1), in evaluation mode, without gradients."""
        with torch.random.fork_rng(devices=[]):
            model = canvas_loop.build(self.recipe)
        model.load_state_dict({name: torch.from_numpy(np.array(one[checkpoint])) for name, one in self.weights.items()})
        return model.eval().requires_grad_(False)


@cache
def _code() -> str:
    return code_digest.of_modules([canvas_loop.__name__])


def _key(recipe: CanvasRecipe, seeds: Sequence[int]) -> dict[str, Any]:
    return {"canvases": recipe.key, "seeds": list(seeds), "group": SEEDS_PER_GROUP, "code": _code()}


def _run_key(recipe: CanvasRecipe, seed: int) -> dict[str, Any]:
    return {**_key(recipe, [seed]), "group": None}


def compute(jobs: Iterable[tuple[CanvasRecipe, Sequence[int]]]) -> list[CanvasRun]:
    """Return the runs of all jobs, (recipe, seeds), training what the store does not hold.

    Returns
    -------
    list of CanvasRun
        In the order of the jobs, and of the seeds' numbers within each.
    """
    wanted = [(recipe, group) for recipe, seeds in jobs for group in runs.groups(seeds, SEEDS_PER_GROUP)]
    places = {job: store.entry("runs", _key(*job)) for job in wanted}
    found = {job: arrays for job, path in places.items() if (arrays := store.read(path)) is not None}
    missing = sorted(places.keys() - found.keys(), key=lambda job: (-job[0].steps * len(job[1]), f"{job}"))
    for job, arrays in zip(missing, parallel.each(canvas_loop.train, missing) if missing else [], strict=True):
        store.write(places[job], arrays)
        found[job] = arrays
    return [
        CanvasRun(recipe, seed, {name: values[place] for name, values in found[recipe, group].items()}, trained=True)
        for recipe, group in wanted
        for place, seed in enumerate(group)
    ]


class CanvasPopulation(Sequence[CanvasRun]):
    """Runs of one recipe that differ in their seeds, read, or trained, when the first of them is asked for."""

    def __init__(self, recipe: CanvasRecipe, seeds: Sequence[int], runs: Sequence[CanvasRun] = ()) -> None:
        self.recipe = recipe
        self.seeds = list(seeds)
        if runs:
            self.runs = tuple(runs)

    @cached_property
    def runs(self) -> tuple[CanvasRun, ...]:
        """The runs, in the order of the seeds."""
        found = {run.seed: run for run in compute([(self.recipe, self.seeds)])}
        return tuple(found[seed] for seed in self.seeds)

    def __getitem__(self, index: Any) -> Any:
        """Return a run by its place, or a tuple of runs by a slice."""
        return self.runs[index]

    def __len__(self) -> int:
        return len(self.seeds)

    def __iter__(self) -> Iterator[CanvasRun]:
        return iter(self.runs)

    @property
    def key(self) -> list[dict[str, Any]]:
        """What decides the runs, as JSON."""
        made = self.__dict__.get("runs")
        return [run.key for run in made] if made else [_run_key(self.recipe, seed) for seed in self.seeds]


def _sized(recipe: CanvasRecipe) -> CanvasRecipe:
    return replace(recipe, n_digits=60_000) if preview.enabled() else recipe


EMPTY = {"mostly empty": 0.97, "mostly full": 0.1}
_WIDTHS = {"mostly empty": (16, 32), "mostly full": (16,)}
NETWORKS: dict[str, tuple[CanvasRecipe, tuple[int, ...]]] = {
    f"four slots, {filled}, {width} units": (_sized(CanvasRecipe(width, EMPTY[filled])), registry.CONTROL_SEEDS)
    for filled, widths in _WIDTHS.items()
    for width in widths
}


def population(name: str) -> CanvasPopulation:
    """Return a population by its name in `NETWORKS`."""
    return CanvasPopulation(*NETWORKS[name])
