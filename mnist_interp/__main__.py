"""Compute ahead what the book needs: ``python -m mnist_interp train``."""

from __future__ import annotations

import argparse
import time
import warnings

from mnist_interp import recipes, store, training


def main() -> None:
    """Train what the store does not hold yet, in one pass over all processors."""
    parser = argparse.ArgumentParser(prog="python -m mnist_interp", description=__doc__)
    parser.add_argument("command", choices=["train"], help="train every population of the book that is missing")
    parser.parse_args()
    warnings.simplefilter("default", store.StoreWarning)
    started = time.monotonic()
    runs = training.compute(recipes.BOOK.values(), label="training the book's networks")
    size = "preview" if recipes.preview() else "full"
    print(f"{len(runs)} networks ({size}) are in {store.root()}, after {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
