"""Which programs a command runs, in which order and with which variables; the programs themselves do not run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from mnist_interp import commands
from mnist_interp.commands import steps

VARIABLES = ("MNIST_INTERP_PREVIEW", "MNIST_INTERP_WORKERS", "MNIST_INTERP_SITE", "PORT")


class Ran:
    """Stands in for the system: keeps the words of each program and what it finds in its environment."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.given: list[dict[str, str]] = []
        self.failing = ""

    def __call__(self, words: list[str], *, env: dict[str, str], check: bool) -> SimpleNamespace:
        assert words[0] == sys.executable
        assert env["PYTHONUTF8"] == "1"
        self.words.append(" ".join(words[1:]).replace(steps.JUPYTER_BOOK[1], "jupyter-book"))
        self.given.append({name: env[name] for name in VARIABLES if name in env})
        return SimpleNamespace(returncode=int(bool(self.failing) and self.failing in self.words[-1]))


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Be in a checkout with nothing built, and keep what is run."""
    for name in ("book", "mnist_interp"):
        (tmp_path / name).mkdir()
    for name in ("_toc.yml", "_config.yml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    spy = Ran()
    monkeypatch.setattr(subprocess, "run", spy)
    return spy


TRAIN = "-m mnist_interp train --pages"
BUILD = "-c jupyter-book build book/ -W -n --keep-going"
BESIDE = (
    "-m pytest --durations=25 --durations-min=5 --numprocesses=logical --dist=loadfile --no-loadscope-reorder "
    "--ignore=tests/site/test_bench_clock.py --ignore=tests/site/test_paint.py --ignore=tests/training/test_speed.py"
)
ALONE = (
    "-m pytest --durations=25 --durations-min=5 tests/site/test_bench_clock.py tests/site/test_paint.py "
    "tests/training/test_speed.py"
)


def built(edition: steps.Edition) -> None:
    (edition.build / "html").mkdir(parents=True)
    (edition.build / "html" / "site.json").touch()


@pytest.mark.parametrize("set_before", ["", "1"])
def test_the_book_is_whole_and_the_preview_small_whatever_was_set(
    ran: Ran, set_before: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MNIST_INTERP_PREVIEW", set_before)
    assert commands.main(["book"]) == 0
    assert capfd.readouterr().out == f"Open {Path.cwd() / '_build' / 'html' / 'index.html'}\n"
    assert commands.main(["preview"]) == 0
    shown = Path.cwd() / "_build" / "preview" / "_build" / "html" / "index.html"
    assert capfd.readouterr().out == f"Open {shown} (a preview: 3 seeds, 1 epoch)\n"
    assert ran.words == [TRAIN, BUILD, TRAIN, f"{BUILD} --path-output _build/preview"]
    assert [given["MNIST_INTERP_PREVIEW"] for given in ran.given] == ["", "", "1", "1"]


@pytest.mark.parametrize("failing", ["train", "build"])
def test_a_step_that_fails_is_the_last(ran: Ran, failing: str, capfd: pytest.CaptureFixture[str]) -> None:
    ran.failing = failing
    assert commands.main(["book"]) == 1
    assert failing in ran.words[-1]
    assert "Open" not in capfd.readouterr().out


def test_tests_run_side_by_side_on_one_processor_each_then_alone_on_all(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(steps.FULL)
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "3")
    assert commands.main(["test"]) == 0
    assert ran.words == [BESIDE, ALONE]
    assert [given["MNIST_INTERP_WORKERS"] for given in ran.given] == ["1", "3"]


@pytest.mark.parametrize("failing", ["--numprocesses", "pytest --durations=25 --durations-min=5 tests"])
def test_both_runs_of_the_tests_are_made_and_one_that_fails_is_enough(ran: Ran, failing: str) -> None:
    built(steps.PREVIEW)
    ran.failing = failing
    assert commands.main(["test"]) == 1
    assert ran.words == [BESIDE, ALONE]


def test_where_nothing_is_built_the_tests_begin_with_a_preview(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commands.main(["test"]) == 0
    assert ran.words[:2] == [TRAIN, f"{BUILD} --path-output _build/preview"]
    assert ran.words[2:] == [BESIDE, ALONE]
    monkeypatch.setenv("MNIST_INTERP_SITE", os.curdir)
    ran.words.clear()
    assert commands.main(["test"]) == 0
    assert ran.words == [BESIDE, ALONE]


@pytest.mark.parametrize(
    ("preview", "port", "place"),
    [("", "8000", "_build"), ("0", "8000", "_build"), ("1", "81", "_build/preview/_build")],
)
def test_what_is_served_is_the_book_or_its_preview(
    ran: Ran, preview: str, port: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_INTERP_PREVIEW", preview)
    if port != "8000":
        monkeypatch.setenv("PORT", port)
    assert commands.main(["serve"]) == 0
    train, config, serve = ran.words
    assert (train, config) == ("-m mnist_interp train", "-c jupyter-book config sphinx book/")
    assert serve.startswith("-m sphinx_autobuild -c . ")
    assert f" --port {port} " in serve
    assert serve.endswith(f" book {Path(place) / 'html'}")
    assert {given["MNIST_INTERP_PREVIEW"] for given in ran.given} == {preview}
