"""Commands that compute in this process: what they import takes seconds, so it is imported when they are called."""

from __future__ import annotations

import os
import sys
import time
import warnings
from contextlib import nullcontext

from mnist_interp.commands.refused import Refused
from mnist_interp.commands.steps import check_packages
from mnist_interp.runtime import preview
from mnist_interp.training import runs


def _processors() -> int:
    from mnist_interp.runtime import parallel

    try:
        return parallel.workers(os.cpu_count() or 1)
    except ValueError as error:
        raise Refused(str(error)) from None


def _log(line: str) -> None:
    print(line, flush=True)  # at once: in a file or a pipe lines would wait for each other


def rate() -> None:
    """Measure a processor, and say how many there are."""
    check_packages("", "torch")
    from mnist_interp.commands.forecast import machine
    from mnist_interp.commands.rate import processor_rate

    _log(machine(_processors(), processor_rate()))


def train(*, pages: bool = False, scheduler: str = "") -> None:
    """Train what the store does not hold yet, in one pass over all processors; say before how long it will take.

    Parameters
    ----------
    pages : bool
        Whether the pages come next, and count in what is said.
    scheduler : str
        Address of a Dask scheduler whose workers train, in place of this machine's processors.
    """
    check_packages("", "torch", "joblib", "safetensors", "pandas", "sklearn")
    from mnist_interp import training
    from mnist_interp.commands.cluster import over
    from mnist_interp.commands.forecast import Forecast
    from mnist_interp.commands.rate import processor_rate
    from mnist_interp.experiments import factorials
    from mnist_interp.runtime import store
    from mnist_interp.training import canvas_networks, registry

    started = time.monotonic()
    jobs = [*registry.BOOK.values(), *factorials.JOBS]
    spread = over(scheduler) if scheduler else nullcontext(_processors())
    with spread as processors, warnings.catch_warnings(record=True, category=store.StoreWarning) as complaints:
        warnings.simplefilter("always", store.StoreWarning)
        entries = runs.entries(jobs)
        lacking = tuple(group for group, path in entries.items() if not os.access(path, os.R_OK))
        count = sum(len(seeds) for _, seeds in entries)
        if lacking or pages:
            forecast = Forecast(lacking, count, processors, processor_rate())
            _log(forecast.with_pages() if pages else forecast.without_pages())
        seen = sys.stdout.isatty() and sys.stderr.isatty()  # a bar is
        training.compute(jobs, label="training the book's networks in groups", log=None if seen else _log)
        canvases = canvas_networks.compute(canvas_networks.NETWORKS.values())
    for complaint in complaints:
        print(complaint.message, file=sys.stderr)
    size = "preview" if preview.enabled() else "full"
    made, took = count + len(canvases), time.monotonic() - started
    _log(f"{made} networks ({size}) after {took:.0f} s; the store is {store.root()}.")
