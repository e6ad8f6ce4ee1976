"""Work over processes: the same results in the same order, however many there are, as a plain loop gives."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from mnist_interp import training
from mnist_interp.bench import oracle
from mnist_interp.methods import projections
from mnist_interp.runtime import parallel
from mnist_interp.training.recipe import Recipe

POINTS = np.random.default_rng(0).normal(size=(3, 150, 16)).astype(np.float32)


def _product(left: int, right: int) -> int:
    return left * right


def _threads() -> int:
    np.ones((2, 2)) @ np.ones((2, 2))
    return max(library["num_threads"] for library in threadpool_info())


def _faults_of_memory_used_before() -> int:
    """Return how often the system is asked for a page of eight arrays of 4 MB, where as many came and went before."""
    import resource  # not everywhere

    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        some = [torch.ones(2**20) for _ in range(8)]
        del some
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


_held: list[np.ndarray] = []


def _who_holds(n_floats: int) -> int:
    _held[:] = [np.ones(n_floats)]
    time.sleep(1.2)  # joblib looks at a process's size once in a second
    return os.getpid()


def _draft(points: np.ndarray) -> np.ndarray:
    return projections.tsne.__wrapped__(points, perplexity=10, seed=1)["exaggerated"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_results_come_in_the_order_of_the_jobs(monkeypatch: pytest.MonkeyPatch, workers: str) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", workers)
    assert parallel.each(_product, [(left, 7) for left in range(9)]) == [left * 7 for left in range(9)]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_job_has_one_thread(monkeypatch: pytest.MonkeyPatch, workers: str) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", workers)
    assert parallel.each(_threads, [(), ()]) == [1, 1]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other ways")
def test_a_process_keeps_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "2")
    assert max(parallel.each(_faults_of_memory_used_before, [(), ()])) < 100  # of 8,192


def test_a_process_that_holds_images_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "2")
    known: set[int] = set()
    while len(known) < 2:  # the first may have done both jobs before the second was there
        known |= set(parallel.each(_who_holds, [(1,)] * 2))
    grown, after = (set(parallel.each(_who_holds, [(n_floats,)] * 2)) for n_floats in (60_000 * 784, 1))  # 376 MB
    assert grown | after <= known


def test_jobs_of_the_package_can_be_sent_and_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    run, found = training.run(Recipe(epochs=1)), []
    for workers in ("1", "2"):
        monkeypatch.setenv("MNIST_INTERP_WORKERS", workers)
        found.append((oracle.means.__wrapped__(run), oracle.best_constants.__wrapped__(run)))
    for one, other in zip(*found, strict=True):
        assert one.keys() == other.keys() == {"relu1", "relu2"}
        assert all(np.array_equal(one[layer], other[layer]) for layer in one)


def test_there_are_never_more_processes_than_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "5")
    assert [parallel.workers(n_jobs) for n_jobs in (0, 1, 3, 9)] == [1, 1, 3, 5]


@pytest.mark.parametrize("nothing", ["", " ", "0"])
def test_nothing_means_as_many_as_there_are_processors(monkeypatch: pytest.MonkeyPatch, nothing: str) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", nothing)
    assert parallel.workers(1_000) == joblib.cpu_count()


@pytest.mark.parametrize("wrong", ["two", "-1", "1.5"])
def test_another_word_for_their_number_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", wrong)
    with pytest.raises(ValueError, match=f"MNIST_INTERP_WORKERS is '{wrong}': expected a number"):
        parallel.workers(9)


def test_maps_do_not_depend_on_the_number_of_processes(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for workers in ("1", "2"):
        monkeypatch.setenv("MNIST_INTERP_WORKERS", workers)
        found.append(parallel.each(_draft, [(points,) for points in POINTS]))
    alone = [_draft(points) for points in POINTS]
    for maps in found:
        assert all(np.array_equal(one, other) for one, other in zip(maps, alone, strict=True))
