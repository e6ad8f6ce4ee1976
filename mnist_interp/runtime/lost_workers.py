"""Work that a process took with it when the system ended it, as it does for want of memory, is begun again.

joblib gives up all that is under way when one process of its pool is gone. Here what was not finished goes to a new
pool of one process less, which needs less memory; one line says so. Results do not depend on how many there are. After
the third loss within one call it is given up: then it is the work that ends them.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import joblib
from joblib._parallel_backends import LokyBackend
from joblib.executor import get_memmapping_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from mnist_interp.runtime import store

NAME = "processes that are replaced"
LOSSES = 3


class LostWorkerWarning(store.StoreWarning):
    """A process was ended from outside; what it did is done again, and results are not affected."""


class _Backend(LokyBackend):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._replacing = threading.Lock()
        self._losses = 0

    def submit(self, func: Callable[[], Any], callback: Callable[[Any], Any] | None = None) -> Future[Any]:
        promised: Future[Any] = Future()
        if callback is not None:
            promised.add_done_callback(callback)
        self._begin(func, promised)
        return promised

    def _begin(self, func: Callable[[], Any], promised: Future[Any]) -> None:
        pool = self._workers
        try:
            work = pool.submit(func)
        except TerminatedWorkerError as error:
            self._lost(pool, func, promised, error)
            return
        except Exception as error:  # the call is over, and its pool shut
            promised.set_exception(error)
            return
        work.add_done_callback(lambda done: self._end(pool, func, promised, done))

    def _end(self, pool: Any, func: Callable[[], Any], promised: Future[Any], done: Future[Any]) -> None:
        if done.cancelled():
            promised.cancel()
            return
        error = done.exception()
        if isinstance(error, TerminatedWorkerError):
            self._lost(pool, func, promised, error)
        elif error is not None:
            promised.set_exception(error)
        else:
            promised.set_result(done.result())

    def _lost(self, pool: Any, func: Callable[[], Any], promised: Future[Any], error: TerminatedWorkerError) -> None:
        """Begin again in a thread of its own: the one that brings the news belongs to the pool that is to go."""

        def again() -> None:
            with self._replacing:
                if self._workers is pool and self._losses < LOSSES:
                    self._losses += 1
                    self._replace(pool)
                given_up = self._workers is pool or self._workers is None
            if given_up:
                promised.set_exception(error)
            else:
                self._begin(func, promised)

        threading.Thread(target=again, daemon=True).start()

    def _replace(self, pool: Any) -> None:
        left = max(1, pool._max_workers - 1)
        warnings.warn(
            f"a process was ended from outside, perhaps for want of memory; going on with {left}, same results",
            LostWorkerWarning,
            stacklevel=2,
        )
        environment = self._prepare_worker_env(n_jobs=left)
        self._workers = get_memmapping_executor(left, env=environment, context_id=self.parallel._id)


def replace() -> None:
    """Have every pool of joblib's in this process work so, unless a caller asks for another."""
    joblib.register_parallel_backend(NAME, _Backend, make_default=True)
