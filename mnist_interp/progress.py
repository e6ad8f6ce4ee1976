"""How far long work is, on a terminal only: never in a page, a log or a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


def track(items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
    """Pass `items` on; on a terminal show a bar with the time left."""
    with tqdm(items, total=total, desc=label, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False) as bar:
        yield from bar
