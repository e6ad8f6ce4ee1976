"""What may go wrong with a cache while a book is built: damage, no room, other builds, the clock, lost processes.

A book of two pages, which train four networks and measure one, comes out the same, byte for byte, and one line says
what was wrong.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tinybook import HEADER, Book, begun

from mnist_interp.commands.steps import JUPYTER_BOOK

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts, signals and processes as Linux has them")

RECIPE = 'Recipe(epochs=1, batch_size=600, optimizer="adam")'
ONE = f"""{HEADER}# One

```{{code-cell}} ipython3
from mnist_interp import training
from mnist_interp.training.recipe import Recipe

for run in training.population({RECIPE}, (0, 12, 24, 36)):
    print(run.seed, float(run.weights["output.bias"][-1].sum()), run.loss)
```
"""
TWO = f"""{HEADER}# Two

```{{code-cell}} ipython3
import numpy as np
from mnist_interp import training
from mnist_interp.bench import oracle
from mnist_interp.methods import ranks
from mnist_interp.training.recipe import Recipe

means = oracle.means(training.run({RECIPE}, 0))
print({{layer: float(means[layer].sum()) for layer in sorted(means)}})
print(ranks.averaged(means["relu1"].reshape(-1, 1))[:, 0])
```
"""
KINDS = {"runs": ("pages", "analyses"), "analyses": ("pages",), "pages": (), "compiled": ("pages", "analyses")}


@dataclass(frozen=True)
class Building:
    """A build of the two pages that has begun."""

    book: Book
    process: subprocess.Popen[str]

    @property
    def cache(self) -> Path:
        return Path(self.book.environment["MNIST_INTERP_CACHE"])

    def wait_for(self, found: Callable[[], object]) -> None:
        while not found():
            assert self.process.poll() is None, "the build was done before"
            time.sleep(0.02)

    def runs(self) -> list[Path]:
        return list((self.cache / "runs").glob("*.entry"))

    def descendants(self, word: str) -> list[psutil.Process]:
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if any(word in part for part in process.cmdline()):
                    found.append(process)
            except psutil.Error:  # gone meanwhile
                pass
        return found

    def done(self) -> str:
        """Wait until it is done, well; return what it said."""
        said, complaints = self.process.communicate()
        assert self.process.returncode == 0, said + complaints
        return said


Begin = Callable[..., Building]


@pytest.fixture(scope="module")
def begin(tmp_path_factory: pytest.TempPathFactory, built_once: Book) -> Iterator[Begin]:
    """Return what begins a build of the two pages with a cache, in a folder of its own."""
    begun_here = []

    def built(cache: Path, workers: int = 2) -> Building:
        book = begun(tmp_path_factory.mktemp("book") / "tiny", cache)
        shutil.copytree(built_once.folder / "_build", book.folder / "_build")
        book.environment["MNIST_INTERP_WORKERS"] = str(workers)
        book.write("page-one", ONE)
        book.write("page-two", TWO)
        process = subprocess.Popen(
            [sys.executable, *JUPYTER_BOOK, "build", "book"],
            cwd=book.folder,
            env=book.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        begun_here.append(process)
        return Building(book, process)

    yield built
    for process in begun_here:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def _bytes(folder: Path, pattern: str = "*") -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob(pattern)}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if path.is_file()}


def _is_sealed(content: bytes) -> bool:
    return hashlib.sha256(content[32:]).digest() == content[:32]


def _same(building: Building, undisturbed: Building) -> None:
    ours, theirs = _bytes(building.book.site), _bytes(undisturbed.book.site)
    assert [name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)] == []


@pytest.fixture(scope="module")
def undisturbed(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """Build with nothing going wrong."""
    building = begin(tmp_path_factory.mktemp("undisturbed"))
    said = building.done()
    assert "cannot keep" not in said
    assert "damaged" not in said
    assert "page-two.html" in _bytes(building.book.site)
    return building


@pytest.fixture
def cache(undisturbed: Building, tmp_path: Path) -> Path:
    """Return a copy of what the undisturbed build kept."""
    return Path(shutil.copytree(undisturbed.cache, tmp_path / "cache", symlinks=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_byte_in_any_kind_of_entry(begin: Begin, undisturbed: Building, cache: Path, kind: str) -> None:
    for built_on_it in KINDS[kind]:
        shutil.rmtree(cache / built_on_it)
    whole = {name: content for name, content in _bytes(cache / kind).items() if _is_sealed(content)}
    assert whole
    for name, content in whole.items():
        middle = len(content) // 2
        (cache / kind / name).write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    building = begin(cache)
    said = building.done()
    _same(building, undisturbed)
    lines = [line for line in said.splitlines() if "is damaged; computing it again" in line]
    assert 0 < len(lines) <= len(whole)
    assert len(set(lines)) == len(lines)
    assert all(_is_sealed((cache / kind / name).read_bytes()) for name in whole), "what took their place"
    if kind in ("runs", "analyses"):
        assert _bytes(cache / kind) == whole


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Return what mounts a file system of a size; skip where that is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mounted(size: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("this user may not mount a file system")
        return folder

    yield mounted
    subprocess.run(["umount", str(folder)], check=False, capture_output=True)


def _complaints(said: str, folder: Path) -> list[str]:
    return [line for line in said.splitlines() if f"cannot keep results in {folder}" in line]


def test_a_disk_that_fills_midway(begin: Begin, undisturbed: Building, small_disk: Callable[[str], Path]) -> None:
    sizes = [path.stat().st_size for path in undisturbed.runs()]
    folder = small_disk(str(max(sizes) * 5 // 2))
    building = begin(folder)
    said = building.done()
    _same(building, undisturbed)
    assert len(_complaints(said, folder)) == 1
    assert "No space left on device" in said
    kept = _bytes(folder / "runs")
    assert 0 < len(kept) < len(sizes)
    whole = _bytes(undisturbed.cache / "runs")
    assert {name: whole[name] for name in kept} == kept, "whole or not at all"


def test_a_cache_that_becomes_read_only_midway(
    begin: Begin, undisturbed: Building, small_disk: Callable[[str], Path]
) -> None:
    folder = small_disk("1g")

    def remounted() -> bool:
        command = ["mount", "-o", "remount,ro", str(folder)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    building = begin(folder)
    building.wait_for(building.runs)
    building.wait_for(remounted)  # not while a file is written
    said = building.done()
    _same(building, undisturbed)
    assert len(_complaints(said, folder)) == 1
    assert "Read-only file system" in said


def test_two_builds_at_once_on_one_cache(begin: Begin, undisturbed: Building, tmp_path: Path) -> None:
    both = [begin(tmp_path / "cache", workers) for workers in (1, 4)]
    for building in both:
        said = building.done()
        assert "damaged" not in said
        assert "cannot keep" not in said
    for building in both:
        _same(building, undisturbed)
    for kind in ("runs", "analyses", "pages"):
        assert _bytes(tmp_path / "cache" / kind).keys() == _bytes(undisturbed.cache / kind).keys()
    assert _bytes(tmp_path / "cache" / "runs") == _bytes(undisturbed.cache / "runs")


def test_a_build_that_is_killed_while_it_trains_goes_on(begin: Begin, undisturbed: Building, tmp_path: Path) -> None:
    killed = begin(tmp_path / "cache", 4)
    killed.wait_for(killed.runs)
    os.killpg(killed.process.pid, signal.SIGKILL)
    for kernel in killed.descendants("ipykernel_launcher"):
        kernel.kill()
    killed.process.communicate()
    building = begin(tmp_path / "cache")
    building.done()
    _same(building, undisturbed)
    assert _bytes(tmp_path / "cache" / "runs", "*.entry") == _bytes(undisturbed.cache / "runs", "*.entry")


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor has no other processes")
def test_a_process_that_trains_is_killed(begin: Begin, undisturbed: Building, cache: Path) -> None:
    shutil.rmtree(cache / "runs")
    for kept in (cache / "pages").iterdir():
        if b"relu1" not in kept.read_bytes():  # page two stays: one page alone has all processes
            kept.unlink()
    building = begin(cache, 2)
    building.wait_for(lambda: building.descendants("popen_loky"))
    building.descendants("popen_loky")[0].kill()
    said = building.done()
    _same(building, undisturbed)
    assert sum("a process was ended from outside" in line for line in said.splitlines()) == 1
    assert _bytes(cache / "runs") == _bytes(undisturbed.cache / "runs")


def test_the_kernel_of_a_page_is_killed(begin: Begin, undisturbed: Building, cache: Path) -> None:
    shutil.rmtree(cache / "pages")
    building = begin(cache, 1)
    building.wait_for(lambda: building.descendants("ipykernel_launcher"))
    building.descendants("ipykernel_launcher")[0].kill()
    said = building.done()
    _same(building, undisturbed)
    assert sum("its kernel was ended from outside" in line for line in said.splitlines()) == 1


def test_a_clock_that_goes_back(begin: Begin, undisturbed: Building, cache: Path) -> None:
    ahead = time.time() + 30 * 24 * 3600
    for path in cache.rglob("*"):
        os.utime(path, (ahead, ahead))
    building = begin(cache)
    assert "Executing notebook" not in building.done()
    _same(building, undisturbed)
    page = building.book.write("page-one", ONE.replace("# One", "# Another"))
    os.utime(page, (0, 0))
    done = building.book.build()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Another" in building.book.page("page-one")
    assert "Executing notebook" not in done.stdout
