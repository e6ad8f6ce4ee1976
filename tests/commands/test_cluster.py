"""Training spread over a Dask cluster of two processes of this machine: the same bytes, also where one is killed."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_interp import commands
from tests.places import REPOSITORY, missing
from tests.small import with_compiled

TRAIN = """
import sys
from mnist_interp import commands
from mnist_interp.commands import rate
from mnist_interp.experiments import factorials
from mnist_interp.training import canvas_networks, registry
from mnist_interp.training.canvas_loop import CanvasRecipe
from mnist_interp.training.recipe import Recipe
recipe = Recipe(epochs=2, optimizer="adam")
registry.BOOK, factorials.JOBS = {"one": (recipe, (0, 12, 24, 36, 48, 60))}, []
canvas_networks.NETWORKS = {"small": (CanvasRecipe(width=4, n_digits=2_000), (3,))}
rate.processor_rate = lambda: 120.0
sys.exit(commands.main(["train", *sys.argv[1:]]))
"""


OTHER_CODE = "from mnist_interp.runtime import code_digest\ncode_digest.of_modules = lambda names: 'another'\n"


def _begun(cache: Path, *words: str, first: str = "", **environment: str) -> subprocess.Popen[str]:
    own = {"MNIST_INTERP_CACHE": str(cache), "MNIST_INTERP_WORKERS": "1", "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", first + TRAIN, *words]
    return subprocess.Popen(
        command, env={**os.environ, **own, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _entries(cache: Path) -> dict[str, bytes]:
    return {path.relative_to(cache).as_posix(): path.read_bytes() for path in cache.rglob("runs/*.entry")}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Train without a cluster, by one process."""
    cache = with_compiled(tmp_path_factory.mktemp("alone"))
    process = _begun(cache)
    said = process.communicate()
    assert process.returncode == 0, said
    entries = _entries(cache)
    assert len(entries) == 7
    return entries


class Cluster:
    """A scheduler and two workers, each a process of this machine."""

    def __init__(self, folder: Path) -> None:
        self.note = folder / "scheduler.json"
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        while not self.note.exists():
            time.sleep(0.1)

    def _start(self, what: str, *words: str) -> None:
        command = ["-m", f"distributed.cli.dask_{what}", *words, "--scheduler-file", str(self.note)]
        own = {"PYTHONPATH": str(REPOSITORY), "MNIST_INTERP_CACHE": str(self.folder / "elsewhere")}
        with (self.folder / f"{what}.log").open("ab") as log:
            begun = subprocess.Popen(
                [sys.executable, *command], cwd=self.folder, env={**os.environ, **own}, stdout=log, stderr=log
            )
        self.processes.append(begun)

    def add_worker(self) -> subprocess.Popen[bytes]:
        self._start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard")
        return self.processes[-1]

    @property
    def address(self) -> str:
        return json.loads(self.note.read_text())["address"]

    def wait_for_workers(self, count: int) -> None:
        import distributed

        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=120)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    if importlib.util.find_spec("distributed") is None:
        missing("Dask is not installed: pip install -e '.[cluster]'")
    made = Cluster(tmp_path)
    yield made
    made.close()


@pytest.mark.filterwarnings("default")
def test_a_cluster_trains_the_same_bytes_with_a_worker_killed(
    cluster: Cluster, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    workers = [cluster.add_worker(), cluster.add_worker()]
    cluster.wait_for_workers(2)
    cache = with_compiled(tmp_path / "cache")
    process = _begun(cache, "--scheduler", cluster.address)
    while not _entries(cache):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    assert len(_entries(cache)) < 6, "it was done before"
    workers[0].send_signal(signal.SIGKILL)
    said, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert said.startswith("2 processors of 120 GFLOP/s")
    assert _entries(cache) == undisturbed
    log = (tmp_path / "scheduler.log").read_text()
    assert not (tmp_path / "elsewhere" / "runs").exists(), "what is trained is kept by who asked for it"
    assert "Remove worker" in log


@pytest.mark.filterwarnings("default")
def test_who_cannot_train_the_same_bytes_is_refused_in_one_line(cluster: Cluster, tmp_path: Path) -> None:
    def refused(address: str, first: str = "") -> str:
        process = _begun(tmp_path / "cache", first=first, MNIST_INTERP_SCHEDULER=address)
        said, complaints = process.communicate()
        lines = [line for line in complaints.splitlines() if line.startswith(commands.PROGRAM)]
        assert (process.returncode, said, len(lines)) == (2, "", 1), complaints
        return lines[0]

    assert "has no workers: start `dask worker" in refused(cluster.address)
    assert "no Dask scheduler answers at 'tcp://127.0.0.1:9'" in refused("tcp://127.0.0.1:9")
    cluster.add_worker()
    cluster.wait_for_workers(1)
    assert "1 of 1 workers would not train the same bytes" in refused(cluster.address, OTHER_CODE)
