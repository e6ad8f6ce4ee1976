"""What the fast ways save, as it was measured once: text with its date and machine, which no build measures again.

``python -m benchmarks training analysis --keep`` writes it anew. Ratios are of neighbors in time, and travel from
machine to machine better than seconds do.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

KEPT = ("ratio", "plain", "ours")


def kept() -> dict[str, Any]:
    """Return ``date``, ``machine``, ``torch``, ``rounds``, and ``rows``: ``what``, ``ratio``, seconds of both ways."""
    text = files("mnist_interp.data").joinpath("benchmarks.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
