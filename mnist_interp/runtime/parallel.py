"""Work spread over processes of one thread each: a laptop's eight cores are eight times as fast.

What comes back, and its order, does not depend on how many processes there are: a job knows nothing of the others, and
mathematics inside a process keeps to one thread, whose sums have one order. ``MNIST_INTERP_WORKERS`` says how many;
else as many as there are processors. Processes stay for the next call, so that what a library compiles in one of
them, it compiles once; one that the system ends is replaced (`lost_workers`). Starting them takes about 5 s, most of
it the import of torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import joblib
from joblib.externals.loky import process_executor
from threadpoolctl import threadpool_limits

from mnist_interp.runtime import lost_workers

Result = TypeVar("Result")

# Settings of memory; torch and the C library of Linux read them, others do
# not care. Arrays of some megabytes come and go in every step: as the library has it, their memory is given back and
# asked for again each time, in pages of 4 kB. Kept, and in large pages, it saves an eighth of training. Larger arrays
# are given back. No bit of a result depends on it.
_KEPT, _APART = 128 * 2**20, 32 * 2**20  # bytes: kept at most, and the least of an array that is not
_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": f"{_KEPT}",
    "MALLOC_MMAP_THRESHOLD_": f"{_APART}",
    "THP_MEM_ALLOC_ENABLE": "1",
}
_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

# By how much a process may grow until joblib takes it for one that leaks, and starts another, which has its libraries
# to import again. With 300 MB, as joblib has it, the training images and scikit-learn were too much; ours were seen to
# grow by 420. Set in each of them; the name is joblib's own and may change, of which a test tells.
_GROWTH = 2**30

lost_workers.replace()


def prepare() -> None:
    """Ask libraries for one thread a process, and for memory that is kept: of processes that begin after this.

    At these sizes threads wait for each other longer than they work, and the book's parallelism is over processes.
    What the environment says already, stays.
    """
    for name, value in (_THREADS | _MEMORY).items():
        os.environ.setdefault(name, value)


def workers(n_jobs: int) -> int:
    """Return how many processes so many jobs are spread over, at least one; 0 wanted means one a processor.

    Raises
    ------
    ValueError
        If ``MNIST_INTERP_WORKERS`` is no number of processes.
    """
    wanted = os.environ.get("MNIST_INTERP_WORKERS", "").strip() or "0"
    if not wanted.isdecimal():
        raise ValueError(f"MNIST_INTERP_WORKERS is {wanted!r}: expected a number of processes, such as 2, or nothing")
    return max(1, min(n_jobs, int(wanted) or joblib.cpu_count()))


def _alone(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
    process_executor._MAX_MEMORY_LEAK_SIZE = _GROWTH
    with threadpool_limits(1):
        return function(*arguments)


def each(function: Callable[..., Result], jobs: Iterable[tuple[Any, ...]]) -> list[Result]:
    """Call a function with each job's arguments, in processes of one thread.

    Parameters
    ----------
    function : callable
        Of a module, so that another process finds it.
    jobs : iterable of tuple
        Arguments of each call; the longest jobs first keep no process waiting at the end.

    Returns
    -------
    list
        What the calls return, in the order of the jobs.
    """
    calls = [joblib.delayed(_alone)(function, tuple(job)) for job in jobs]
    return joblib.Parallel(n_jobs=workers(len(calls)))(calls)
