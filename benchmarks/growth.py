"""How training's cost grows: with seeds, images met, and width, and with what a second worker takes from the first.

Small sizes, in processor seconds. The times of a round are divided by that round's first, so that ratios are of
neighbors in time, as everywhere here.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from statistics import fmean, median
from typing import NamedTuple

import torch

from benchmarks.clock import seconds
from mnist_interp.data import mnist
from mnist_interp.training import loop, models, runs
from mnist_interp.training.recipe import Recipe

SMALL = Recipe(epochs=1, images="validation")
GROUP = runs.SEEDS_PER_GROUP
WIDTHS = ((32, 16), (64, 32), (128, 64), (256, 128))
EPOCHS = (1, 2, 4, 8)
WORKERS = (1, 2)


class Growth(NamedTuple):
    """What is made larger, how large, and what that costs: medians of processor seconds, and of ratios to the first."""

    what: str
    size: int
    cost: float
    seconds: float


def train(recipe: Recipe, n_seeds: int) -> None:
    """Train seeds in their groups, one group after the other."""
    for group in runs.groups(range(n_seeds)):
        loop.train(recipe, group)


def grown(what: str, work: Mapping[int, Callable[[], object]], rounds: int) -> list[Growth]:
    """Time work of growing size, all sizes in each round."""
    for first in work.values():
        first()
    taken = [[seconds(one) for one in work.values()] for _ in range(rounds)]
    return _medians(what, list(work), taken)


def _medians(what: str, sizes: Sequence[int], taken: Sequence[Sequence[float]]) -> list[Growth]:
    return [
        Growth(what, size, median(row[place] / row[0] for row in taken), median(row[place] for row in taken))
        for place, size in enumerate(sizes)
    ]


def _parameters(hidden: tuple[int, ...]) -> int:
    return sum(one.numel() for one in models.mlp(hidden=hidden).parameters())


def serve() -> None:
    """Work in a process of its own: say what it took until the first seed was trained, then train a group a line."""
    torch.set_num_threads(1)
    train(SMALL, 1)
    print(time.process_time(), flush=True)
    for _ in sys.stdin:
        print(seconds(lambda: train(Recipe(epochs=1), GROUP)), flush=True)


def _answers(workers: Sequence[subprocess.Popen[str]]) -> float:
    """Return the mean of the numbers that workers say next."""
    return fmean(float(one.stdout.readline()) for one in workers if one.stdout)


def at_once(rounds: int) -> tuple[list[Growth], float]:
    """Time a group of seeds in one process, and in each of two at once; return that, and the seconds of a start."""
    words = [sys.executable, "-c", "from benchmarks import growth; growth.serve()"]
    pipe = subprocess.PIPE
    workers = [subprocess.Popen(words, text=True, bufsize=1, stdin=pipe, stdout=pipe) for _ in range(max(WORKERS))]
    start, taken = _answers(workers), []
    for _ in range(rounds):
        row = []
        for number in WORKERS:
            for one in workers[:number]:
                assert one.stdin is not None
                one.stdin.write("\n")
            row.append(_answers(workers[:number]))
        taken.append(row)
    for one in workers:
        one.communicate()
    return _medians("workers", WORKERS, taken), start


def rows(rounds: int) -> Iterator[Growth]:
    """Measure how cost grows with seeds, images met (those of an epoch, times epochs), and width."""
    torch.set_num_threads(1)
    by_seeds = {n * GROUP: partial(train, SMALL, n * GROUP) for n in (1, 2, 4, 8)}
    yield from grown("seeds", by_seeds, rounds)
    met = {n * mnist.N_VALIDATION: Recipe(epochs=n, images="validation") for n in EPOCHS} | {60_000: Recipe(epochs=1)}
    yield from grown("images", {n: partial(train, one, GROUP) for n, one in met.items()}, rounds)
    wide = {_parameters(one): Recipe(epochs=1, images="validation", options=(("hidden", one),)) for one in WIDTHS}
    yield from grown("parameters", {n: partial(train, one, GROUP) for n, one in wide.items()}, rounds)
