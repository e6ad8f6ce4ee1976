"""What the fast ways save, and how cost grows, as measured once: text with its date, which no build measures again.

``python -m benchmarks training analysis --keep`` and ``python -m benchmarks growth --keep`` write them anew. Ratios are
of neighbors in time, and travel from machine to machine better than seconds do.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

KEPT = ("ratio", "plain", "ours")
GROWTH = ("cost", "seconds")


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("mnist_interp.data").joinpath(name).read_text(encoding="utf-8"))
    return found


def kept() -> dict[str, Any]:
    """Return ``date``, ``machine``, ``torch``, ``rounds``, and ``rows``: ``what``, ``ratio``, seconds of both ways."""
    return _read("benchmarks.json")


def growth() -> dict[str, Any]:
    """Return what `kept` has but for its rows, and how training's cost grows.

    ``rows`` say ``what`` is made larger, its ``size``, ``seconds``, and ``cost``, their ratio to those of the first
    size; ``start`` is the processor seconds until a worker has begun.
    """
    return _read("benchmarks-growth.json")
