"""How fast a processor is, by what the book does most: products of float32 matrices, on one thread."""

from __future__ import annotations

import statistics
import time

import torch

SIZE = 1024
SECONDS = 1.0


def processor_rate() -> float:
    """Return the rate of one thread in GFLOP/s, float32: the median of the products of one second."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        left, right = torch.ones(2, SIZE, SIZE)
        torch.mm(left, right)  # the first one also loads its library
        taken: list[float] = []
        while sum(taken) < SECONDS:
            started = time.perf_counter()
            torch.mm(left, right)
            taken.append(time.perf_counter() - started)
    finally:
        torch.set_num_threads(threads)
    return 2 * SIZE**3 / statistics.median(taken) / 1e9
