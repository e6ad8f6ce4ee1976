"""The command that computes ahead, on two small populations in place of the book's."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

from mnist_interp import commands
from mnist_interp.commands import rate
from mnist_interp.experiments import factorials
from mnist_interp.runtime import progress
from mnist_interp.training import canvas_networks, registry
from mnist_interp.training.canvas_loop import CanvasRecipe
from mnist_interp.training.recipe import Recipe

Command = Callable[..., int]


@pytest.fixture
def train(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return the command, whose book is four networks that read digits, and one that reads canvases."""
    one = Recipe(epochs=1, optimizer="adam")  # which needs no compiling
    other = replace(one, learning_rate=0.001)
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "1")
    monkeypatch.setattr(registry, "BOOK", {"one": (one, range(2))})
    monkeypatch.setattr(factorials, "JOBS", [(other, range(2))])
    monkeypatch.setattr(canvas_networks, "NETWORKS", {"small": (CanvasRecipe(width=4, n_digits=2_000), (3,))})
    monkeypatch.setattr(rate, "processor_rate", lambda: 120.0)
    return lambda *options: commands.main(["train", *options])


def test_it_says_what_it_will_take_and_how_far_it_is_and_a_second_time_trains_nothing(
    train: Command, own_cache: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.01)
    assert train() == 0
    said = capfd.readouterr()
    assert said.err == ""
    first, *log, last = said.out.splitlines()
    assert first.startswith("1 processor of 120 GFLOP/s (float32, one thread); 4 of 4 networks have to be trained: ")
    assert last.startswith("5 networks (")
    assert log[0].startswith("training the book's networks in groups: 0 of 2 done after ")
    before = {path: path.stat().st_mtime_ns for path in own_cache.rglob("runs/*.entry")}
    assert len(before) == 3
    assert train() == 0
    assert {path: path.stat().st_mtime_ns for path in own_cache.rglob("runs/*.entry")} == before
    assert capfd.readouterr().out.startswith("5 networks (")
    assert train("--pages") == 0
    assert "; every network is already trained: " in capfd.readouterr().out


def _a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (folder / "file").touch()
    monkeypatch.setenv("MNIST_INTERP_CACHE", str(folder / "file"))
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "2")
    get_reusable_executor().shutdown()  # new processes, which cannot write either and must not say so
    return "Not a directory"


def _on_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    return "No space left on device"


@pytest.mark.parametrize("cache", [_a_file, _on_a_full_disk])
def test_without_a_place_to_write_it_says_so_in_one_line_and_goes_on(
    train: Command,
    cache: Callable[[Path, pytest.MonkeyPatch], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    reason = cache(tmp_path, monkeypatch)
    assert train() == 0
    said = capfd.readouterr()
    assert "5 networks (" in said.out
    assert len(said.err.splitlines()) == 1
    assert f"({reason}); going on without. Set MNIST_INTERP_CACHE to a folder that can be written" in said.err


def test_a_wrong_number_of_processes_is_refused_in_one_line(
    train: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "two")
    assert train() == 2
    said = "MNIST_INTERP_WORKERS is 'two': expected a number of processes, such as 2, or nothing"
    assert capfd.readouterr() == ("", f"{commands.PROGRAM}: {said}\n")
