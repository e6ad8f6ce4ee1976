"""The four networks that read a drawing, by the names of ``yourDigit.evaluate``, and how a page says which they are.

Like a bench, a page carries what decides its runs, and the site makes the payloads of just these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from mnist_interp import training
from mnist_interp.bench import run_key
from mnist_interp.training.runs import Run

TITLES = {"published": "Published", "normalized": "Normalized", "cnn": "CNN", "transformer": "Transformer"}
FIRST = "published"  # whose activations, lesions and pixels are shown


def checked(runs: Mapping[str, Run]) -> Mapping[str, Run]:
    """Return `runs` as they are.

    Raises
    ------
    ValueError
        If there is not one for each of `TITLES`.
    """
    if list(runs) != list(TITLES):
        raise ValueError(f"a pad needs the networks {', '.join(TITLES)}, in this order; got {', '.join(runs)}")
    return runs


def decides(runs: Mapping[str, Run]) -> str:
    """Return what decides each run, by name, as JSON."""
    return json.dumps({name: run_key.of(run) for name, run in runs.items()}, separators=(",", ":"))


def decided(text: str) -> dict[str, Run]:
    """Return the runs that `decides` names."""
    return {name: training.run(*run_key.read(key)) for name, key in json.loads(text).items()}
