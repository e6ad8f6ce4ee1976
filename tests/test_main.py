"""The command that computes ahead, on two small populations in place of the book's."""

from __future__ import annotations

from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

from mnist_interp import __main__ as command
from mnist_interp import factorials, recipes
from mnist_interp.recipes import Recipe


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch):
    """Return a function that runs the command with its arguments."""
    one, other = Recipe(epochs=1), Recipe(epochs=1, learning_rate=0.1)
    monkeypatch.setenv("MNIST_INTERP_WORKERS", "2")
    get_reusable_executor().shutdown()  # new processes write where this test reads
    monkeypatch.setattr(recipes, "BOOK", {"one": (one, range(2))})
    monkeypatch.setattr(factorials, "JOBS", [(other, range(2))])

    def run(*arguments: str) -> None:
        monkeypatch.setattr("sys.argv", ["mnist_interp", *arguments])
        command.main()

    return run


def test_a_second_time_trains_nothing(train, own_cache: Path, capfd: pytest.CaptureFixture[str]) -> None:
    train("train")
    said = capfd.readouterr()
    assert said.err == ""
    assert said.out.startswith("4 networks (")
    before = {path: path.stat().st_mtime_ns for path in own_cache.rglob("*.entry")}
    assert len(before) == 3  # two populations, and the digits
    train("train")
    assert {path: path.stat().st_mtime_ns for path in own_cache.rglob("*.entry")} == before


def test_without_a_place_to_write_it_says_so_in_one_line_and_goes_on(
    train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_INTERP_CACHE", str(tmp_path / "file" / "cache"))
    train("train")
    said = capfd.readouterr()
    assert "4 networks (" in said.out
    assert len(said.err.splitlines()) == 1
    assert "cannot keep results in" in said.err


def test_an_unknown_command_is_refused(train, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        train("trian")
    assert refused.value.code == 2
    assert "invalid choice: 'trian'" in capfd.readouterr().err
