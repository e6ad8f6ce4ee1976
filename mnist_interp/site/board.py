"""Which pages run and how many are done: lines for the log of a build, which is silent for minutes otherwise."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator


class Board:
    """Tracks pages that run side by side.

    Parameters
    ----------
    total : int
        How many pages there are to run.
    log : callable
        Is given each line.
    """

    def __init__(self, total: int, log: Callable[[str], None]) -> None:
        self._total = total
        self._log = log
        self._done = 0
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def running(self, page: str) -> Iterator[None]:
        """Say when a page starts, and when it is done or has failed."""
        started = time.monotonic()
        with self._lock:
            self._since[page] = started
        self._log(f"{page}: runs")
        try:
            yield
        except BaseException:
            self._end(page, "failed")
            raise
        self._end(page, "is done")

    def _end(self, page: str, how: str) -> None:
        with self._lock:
            seconds = time.monotonic() - self._since.pop(page)
            self._done += 1
            count = self._done
        self._log(f"{page}: {how} after {seconds:.0f} s; {count} of {self._total} pages")

    def say(self) -> None:
        """Say how many pages are done, and for how long the others have been running."""
        now = time.monotonic()
        with self._lock:
            running = ", ".join(f"{page} ({now - since:.0f} s)" for page, since in self._since.items())
            count = self._done
        self._log(f"{count} of {self._total} pages done; running: {running}")
