"""Words of the command line, folders and Pythons: what is understood, and the one line where something is not."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_interp import commands
from mnist_interp.commands import steps
from tests.places import REPOSITORY

OLD = """
import atexit, runpy, sys
atexit.register(lambda: print(sorted(name for name in sys.modules if name.startswith("mnist_interp"))))
sys.version_info, sys.version = (3, 10, 4, "final", 0), "3.10.4 (main)"
runpy.run_module("mnist_interp", run_name="__main__")
"""


def refused(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the only line that a command says which cannot begin."""
    try:
        status = commands.main(words)
    except SystemExit as left:
        status = left.code
    said = capfd.readouterr()
    assert (status, said.out, said.err.count("\n")) == (2, "", 1)
    return said.err


def test_help_lists_every_command_in_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    with pytest.raises(SystemExit) as left:
        commands.main(["--help"])
    assert left.value.code == 0
    lines = [line.split(maxsplit=1) for line in capfd.readouterr().out.splitlines()]
    for name, (_, does) in commands.COMMANDS.items():
        assert lines.count([name, does]) == 1


def test_what_is_no_command_is_refused_with_what_there_is(capfd: pytest.CaptureFixture[str]) -> None:
    said = refused(capfd, "bok")
    assert "invalid choice: 'bok'" in said
    assert all(name in said for name in commands.COMMANDS)
    assert "command" in refused(capfd)
    assert "--pagse" in refused(capfd, "train", "--pagse")


@pytest.mark.parametrize("command", ["book", "preview", "serve", "test"])
def test_a_folder_that_is_no_checkout_is_refused(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"there is no book in {tmp_path}: change to the top folder of a checkout first" in refused(capfd, command)


@pytest.mark.parametrize(
    ("command", "package", "install"),
    [
        ("serve", "sphinx_autobuild", '-e ".[dev]"'),
        ("test", "xdist", '-e ".[test]"'),
        ("book", "jupyter_book", "-e ."),
        ("train", "torch", "-e ."),
        ("rate", "torch", "-e ."),
    ],
)
def test_a_package_that_is_missing_is_named_with_what_installs_it(
    command: str, package: str, install: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else found(name))
    said = refused(capfd, command)
    assert f"{package} is not installed here" in said
    assert said.endswith(f"{sys.executable} -m pip install {install}\n")


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(
    port: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setenv("PORT", port)
    assert f"PORT is {port!r}: expected a number from 1 to 65535" in refused(capfd, "serve")


def test_a_python_that_is_too_old_is_told_so_before_anything_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", OLD], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert (done.returncode, done.stdout) == (1, "['mnist_interp']\n")
    assert done.stderr.count("\n") == 1
    assert f"Python 3.11 or newer is needed and this is 3.10.4 ({sys.executable})" in done.stderr


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_an_old_python_can_read_what_says_so(name: str) -> None:
    text = (REPOSITORY / "mnist_interp" / name).read_text(encoding="ascii")
    ast.parse(text, feature_version=(3, 0))
    assert "__future__" not in text


@pytest.mark.parametrize("program", [steps.JUPYTER_BOOK, ("-m", "sphinx_autobuild"), ("-m", "pytest")])
def test_what_commands_run_is_there(program: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, *program, "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
