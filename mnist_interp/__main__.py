"""Compute ahead what the book needs: ``python -m mnist_interp train``."""

from __future__ import annotations

import argparse
import sys
import time
import warnings

from mnist_interp import factorials, recipes, store, training


def main() -> None:
    """Train what the store does not hold yet, in one pass over all processors."""
    parser = argparse.ArgumentParser(prog="python -m mnist_interp", description=__doc__)
    parser.add_argument("command", choices=["train"], help="train every population of the book that is missing")
    parser.parse_args()
    started = time.monotonic()
    with warnings.catch_warnings(record=True, category=store.StoreWarning) as complaints:
        warnings.simplefilter("always", store.StoreWarning)
        jobs = [*recipes.BOOK.values(), *factorials.JOBS]
        runs = training.compute(jobs, label="training the book's networks")
    for complaint in complaints:
        print(complaint.message, file=sys.stderr)
    size = "preview" if recipes.preview() else "full"
    count = len({(run.recipe, run.seed) for run in runs})
    print(f"{count} networks ({size}) after {time.monotonic() - started:.0f} s; the store is {store.root()}.")


if __name__ == "__main__":
    main()
