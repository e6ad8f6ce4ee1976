"""Two ways of doing the same, in turn: machines are noisy, ratios of neighbors in time less so."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import torch

SIZE, PRODUCTS = 1024, 9


class Comparison(NamedTuple):
    """Medians over rounds: how many times as long the plain way takes, and the processor seconds of both."""

    what: str
    ratio: float
    plain: float
    ours: float


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds that a call takes in this thread."""
    started = time.thread_time()
    work()
    return time.thread_time() - started


def rate() -> float:
    """Return the rate of one thread in GFLOP/s, float32, by its own time: what else the machine does counts little."""
    torch.set_num_threads(1)
    square = torch.rand(SIZE, SIZE)
    square @ square
    return 2 * SIZE**3 / median(seconds(lambda: square @ square) for _ in range(PRODUCTS)) / 1e9


def compare(
    what: str, plain: Callable[[], object], ours: Callable[[], object], *, share: float = 1.0, rounds: int = 3
) -> Comparison:
    """Time two ways in turn.

    Parameters
    ----------
    what : str
        Name of the row.
    plain, ours : callable
        The two ways; both are called once before, so that what is compiled or loaded is there.
    share : float
        Share of the whole that `plain` does in a call; its seconds are divided by it.
    rounds : int
        Calls of each.
    """
    plain()
    ours()
    pairs = [(seconds(plain) / share, seconds(ours)) for _ in range(rounds)]
    slow, fast = (median(column) for column in zip(*pairs, strict=True))
    return Comparison(what, median(one / other for one, other in pairs), slow, fast)
