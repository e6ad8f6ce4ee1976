"""A recipe and a seed give a `Run`; a recipe and many seeds give a `Population`.

What is not in the store yet is trained in groups of seeds, each group a process of one thread (joblib), and kept as it
arrives, so that a killed build goes on where it was. Which seeds share a group follows from their numbers alone, never
from the number of workers: the same seeds give the same bytes on any machine of one kind. About 1.5 s a seed on two
cores for the 784-32-16-10 network over 20 epochs; about 10 s for the convolutional one over 3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch
from torch import nn

from mnist_interp.runtime import code_digest, parallel, store
from mnist_interp.runtime.progress import track
from mnist_interp.training import costs, loop, models, registry
from mnist_interp.training.recipe import Recipe

SEEDS_PER_GROUP = 12


@dataclass(frozen=True, eq=False)
class Run:
    """One trained network: its weights at every checkpoint, and how training went.

    Attributes
    ----------
    recipe : Recipe
        What was trained.
    seed : int
        Decides initialization and minibatch order.
    weights : dict of numpy.ndarray
        ``LAYER.NAME`` as in a ``state_dict``, each (n_checkpoints, ...), float32.
    loss, accuracy : numpy.ndarray of shape (n_epochs,)
        Means over each pass through the training images, as they were met: nats, and a fraction.
    trained : bool
        Whether the weights are what training by the recipe and the seed gives, so that these two name them. Runs made
        by hand are told apart by their weights.
    """

    recipe: Recipe
    seed: int
    weights: dict[str, np.ndarray]
    loss: np.ndarray
    accuracy: np.ndarray
    trained: bool = False

    @property
    def key(self) -> dict[str, Any]:
        """What decides the run, as JSON."""
        return _run_key(self.recipe, self.seed) | ({} if self.trained else {"weights": self._digest})

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, values in sorted(self.weights.items()):
            digest.update(f"{name} {values.dtype} {values.shape}".encode() + np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    @property
    def steps(self) -> list[int]:
        """Optimizer steps taken before each checkpoint; 0 is untrained."""
        return loop.checkpoint_steps(self.recipe)

    @property
    def epochs(self) -> list[float]:
        """Passes over the training images before each checkpoint, fractions for the early ones."""
        return [step / loop.steps_per_epoch(self.recipe) for step in self.steps]

    def model(self, checkpoint: int = -1) -> nn.Sequential:
        """Return the network as it was at a checkpoint, in evaluation mode, without gradients.

        It takes pixels in [0, 1], whatever the recipe does to them.

        Parameters
        ----------
        checkpoint : int
            Index into `steps`; the last one unless told.
        """
        with torch.random.fork_rng(devices=[]):
            model = models.build(self.recipe)
        state = {name: torch.from_numpy(np.array(values[checkpoint])) for name, values in self.weights.items()}
        model.load_state_dict(state)
        return models.from_pixels(model, self.recipe).eval().requires_grad_(False)


class Population(Sequence[Run]):
    """Runs of one recipe that differ in their seeds: the unit of evidence is the run.

    Where seeds are given in place of runs, these are read, or trained, when the first of them is asked for: what was
    measured on a population before is found by its key alone.
    """

    def __init__(self, recipe: Recipe, runs: Sequence[Run] = (), *, seeds: Sequence[int] = ()) -> None:
        self.recipe = recipe
        self.seeds = list(seeds) or [run.seed for run in runs]
        if runs:
            self.runs = tuple(runs)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The runs, in the order of the seeds."""
        return tuple(compute([(self.recipe, self.seeds)]))

    def __getitem__(self, index: Any) -> Any:
        """Return a run by its place, or a tuple of runs by a slice."""
        return self.runs[index]

    def __len__(self) -> int:
        return len(self.seeds)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    @property
    def key(self) -> list[dict[str, Any]]:
        """What decides the runs, as JSON."""
        made = self.__dict__.get("runs")
        return [run.key for run in made] if made else [_run_key(self.recipe, seed) for seed in self.seeds]


def is_perceptron(recipe: Recipe) -> bool:
    """Whether a recipe's network has no maps, so that what it says of 60,000 images fits into memory."""
    return recipe.model == "mlp"


def group_size(recipe: Recipe) -> int:
    """Return how many seeds of a recipe train together: one where convolutions would take their turns anyway."""
    return SEEDS_PER_GROUP if is_perceptron(recipe) else 1


def groups(seeds: Iterable[int], size: int = SEEDS_PER_GROUP) -> list[tuple[int, ...]]:
    """Divide seeds into the groups that train together: those with the same ``seed // size``.

    Raises
    ------
    ValueError
        If a seed is negative or has more than 32 bits, of which torch would see the last 32 only.
    """
    ordered = sorted(set(seeds))
    if ordered and not 0 <= ordered[0] <= ordered[-1] < 2**32:
        raise ValueError(f"seeds range from {ordered[0]} to {ordered[-1]}: expected 0 to {2**32 - 1}")
    return [tuple(group) for _, group in groupby(ordered, key=lambda seed: seed // size)]


@cache
def _code() -> str:
    return code_digest.of_modules(["mnist_interp.training.loop"])


def _group_key(recipe: Recipe, seeds: tuple[int, ...]) -> dict[str, Any]:
    return {"recipe": recipe.key, "seeds": list(seeds), "group": group_size(recipe), "code": _code()}


def _run_key(recipe: Recipe, seed: int) -> dict[str, Any]:
    return {**_group_key(recipe, (seed,)), "group": None}


def _trained(recipe: Recipe, seeds: tuple[int, ...]) -> tuple[tuple[Recipe, tuple[int, ...]], store.Arrays]:
    """Train one group, in a process of its own, and say which it was."""
    return (recipe, seeds), loop.train(recipe, seeds)


def _runs(recipe: Recipe, seeds: tuple[int, ...], arrays: store.Arrays) -> list[Run]:
    weights = {name.removeprefix("weights/"): value for name, value in arrays.items() if name.startswith("weights/")}
    return [
        Run(
            recipe,
            seed,
            {name: value[i] for name, value in weights.items()},
            arrays["loss"][i],
            arrays["accuracy"][i],
            trained=True,
        )
        for i, seed in enumerate(seeds)
    ]


def _wanted(jobs: Iterable[tuple[Recipe, Sequence[int]]]) -> list[tuple[Recipe, tuple[int, ...]]]:
    return [(recipe, group) for recipe, seeds in jobs for group in groups(seeds, group_size(recipe))]


def entries(jobs: Iterable[tuple[Recipe, Sequence[int]]]) -> dict[tuple[Recipe, tuple[int, ...]], Path]:
    """Return where the store keeps each group of seeds that `jobs`, (recipe, seeds), ask for, there or not."""
    return {job: store.entry("runs", _group_key(*job)) for job in _wanted(jobs)}  # one wanted twice trains once


def compute(
    jobs: Iterable[tuple[Recipe, Sequence[int]]],
    *,
    label: str = "training",
    log: Callable[[str], None] | None = None,
) -> list[Run]:
    """Return the runs of all jobs, training what the store does not hold.

    Parameters
    ----------
    jobs : iterable of (Recipe, seeds)
        What is wanted.
    label : str
        Names the progress bar.
    log : callable, optional
        Is told how far training is, as `progress.track` does.

    Returns
    -------
    list of Run
        In the order of the jobs, and of the seeds' numbers within each.
    """
    jobs = list(jobs)
    wanted, places = _wanted(jobs), entries(jobs)
    found = {job: arrays for job, path in places.items() if (arrays := store.read(path)) is not None}
    expected = {job: costs.seconds(job[0]) * len(job[1]) for job in places if job not in found}
    missing = sorted(expected, key=lambda job: -expected[job])  # none waits at the end for a long one
    if missing:
        whole = sum(expected.values())
        work = joblib.Parallel(n_jobs=parallel.workers(len(missing)), return_as="generator_unordered")(
            joblib.delayed(_trained)(*job) for job in missing
        )
        done = track(work, total=len(missing), label=label, log=log, share=lambda one: expected[one[0]] / whole)
        for job, arrays in done:
            store.write(places[job], arrays)  # here, not in the worker: a full disk is said once, not by each
            found[job] = arrays
    return [run for job in wanted for run in _runs(*job, found[job])]


def run(recipe: Recipe, seed: int = registry.PROTAGONIST) -> Run:
    """Return one run of a recipe: the protagonist's seed unless told."""
    return compute([(recipe, [seed])])[0]


def population(recipe: Recipe, seeds: Sequence[int] = registry.MLP_SEEDS) -> Population:
    """Return the runs of a recipe over many seeds, 24-47 unless told, in the order of the seeds' numbers."""
    return Population(recipe, seeds=[seed for group in groups(seeds) for seed in group])
