"""Figures of Erik T. Holmes' published notebooks, as he printed them, to be replicated and never retyped.

They are kept in ``published.json`` with the conventions they follow: accuracies there are in percent, and neurons are
those of layer 2. What was gathered later from the history of his repository is in ``published-more.json``; its paths
begin with ``more``.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _figures() -> dict[str, Any]:
    first, more = (
        json.loads(files("mnist_interp.data").joinpath(name).read_text(encoding="utf-8"))
        for name in ("published.json", "published-more.json")
    )
    return {**first, "more": more}


def _paths(value: Any, prefix: str = "") -> Iterator[str]:
    if prefix:
        yield prefix
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from _paths(item, f"{prefix}|{name}" if prefix else str(name))


def figure(path: str) -> Any:
    """Look up a published figure.

    Parameters
    ----------
    path : str
        Names and list positions joined by dots, such as ``"training.0.loss"`` or ``"class_accuracy.7"``. Where a name
        itself holds a dot, join by ``|``: ``"neuron14_scaling|class7|3.0"``.

    Returns
    -------
    float, int, str, list or dict
        As it stands in the file.

    Raises
    ------
    ValueError
        If there is no such figure; the message names the nearest ones.
    """
    separator = "|" if "|" in path else "."
    found: Any = _figures()
    for name in path.split(separator):
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (KeyError, IndexError, ValueError, TypeError):
            known = [known if "." in known else known.replace("|", ".") for known in _paths(_figures())]
            near = difflib.get_close_matches(path, known, n=3, cutoff=0.0)
            raise ValueError(f"no published figure {path!r}; the nearest are {', '.join(near)}") from None
    return found


def source() -> str:
    """Say in one sentence where the figures are from."""
    return str(figure("source"))
