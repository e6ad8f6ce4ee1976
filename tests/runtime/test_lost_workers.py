"""A process that is killed as the system does for want of memory: the same results, and one line."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError

from mnist_interp.runtime import lost_workers, parallel

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such signal")


def _job(number: int, marks: Path, killed: tuple[int, ...], large: np.ndarray) -> tuple[int, float]:
    """Return numbers; of those to be killed, end this process the first time."""
    mark = marks / str(number)
    if number in killed and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return number, float(large.sum())


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "2")


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("killed", [(3,), (0,), (2, 9)])
def test_what_a_killed_process_took_with_it_is_done_again(tmp_path: Path, killed: tuple[int, ...]) -> None:
    large = np.ones(300_000)  # so large that joblib hands it over in a file of the pool
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = parallel.each(_job, [(number, tmp_path, killed, large) for number in range(12)])
    assert found == [(number, 300_000.0) for number in range(12)]
    said = [one for one in said if issubclass(one.category, lost_workers.LostWorkerWarning)]
    assert len(said) == len(killed)
    assert "going on with 1, same results" in str(said[0].message)
    assert "\n" not in str(said[0].message)


def _dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.usefixtures("two")
@pytest.mark.filterwarnings("ignore::mnist_interp.runtime.lost_workers.LostWorkerWarning")
def test_work_that_ends_every_process_is_given_up() -> None:
    with pytest.raises(TerminatedWorkerError):
        parallel.each(_dies, [(), ()])
    assert parallel.each(abs, [(-1,), (-2,)]) == [1, 2], "the next call begins anew"


def _fails(number: int) -> int:
    return 1 // number


@pytest.mark.usefixtures("two")
def test_an_error_of_the_work_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        parallel.each(_fails, [(1,), (0,), (1,)])
