"""How far long work is: a bar on a terminal, lines in the log of a command that asks for them; never in a page."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
EVERY = 30.0  # seconds between two lines of a log


@contextlib.contextmanager
def every(seconds: float, say: Callable[[], None]) -> Iterator[None]:
    """Call `say` again and again while the block runs, from a thread of its own: the work may be one long call."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(seconds):
            say()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def minutes(seconds: float) -> str:
    """Say a duration in words, to the minute."""
    whole = round(seconds / 60)
    return "less than a minute" if whole < 1 else f"about {whole} minute{'s' if whole > 1 else ''}"


def so_far(label: str, done: int, total: int, seconds: float, share: float) -> str:
    """Say what is done after so many seconds, and when the rest will be if this was such a share of the work."""
    said = f"{label}: {done} of {total} done after {seconds:.0f} s"
    return f"{said}, {minutes(seconds * (1 - share) / share)} left" if share else said


def track(
    items: Iterable[Item],
    *,
    total: int,
    label: str,
    log: Callable[[str], None] | None = None,
    share: Callable[[Item], float] | None = None,
) -> Iterator[Item]:
    """Pass `items` on; on a terminal show a bar with the time left.

    Parameters
    ----------
    items : iterable
        What is waited for.
    total : int
        How many there will be.
    label : str
        Names the work.
    log : callable, optional
        Is given a line every half minute, for those who see no bar.
    share : callable, optional
        Returns an item's share of the whole work; all are equal unless told.
    """
    done, part, started = 0, 0.0, time.monotonic()

    def say() -> None:
        if log is not None:
            log(so_far(label, done, total, time.monotonic() - started, part))

    hidden = not sys.stderr.isatty()
    with every(EVERY, say), tqdm(total=total, desc=label, file=sys.stderr, disable=hidden, leave=False) as bar:
        for item in items:
            done, part = done + 1, part + (1 / total if share is None else share(item))
            bar.update()
            yield item
