"""make: what is set up once is not set up again; a Python that cannot do gives one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import REPOSITORY

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make")


def run(*command: str | Path, cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, outside any make that runs the tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    env["PATH"] = path or env["PATH"]
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def checkout(tmp_path) -> Path:
    """Return a checkout with nothing set up."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml", ".ci/make-venv"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, target)
    return tmp_path


def python(folder: Path, version: str, *, with_venv: bool = True) -> Path:
    """Write a stand-in for a Python of a version."""
    program = folder / f"python-{version}"
    checks = f"""\
#!/bin/sh
case "$*" in
    --version) echo Python {version} ;;
    *version_info*) exec {sys.executable} -c "import sys; sys.exit(({version.replace(".", ",")}) < (3, 11))" ;;
    *ensurepip*) exit {0 if with_venv else 1} ;;
esac
"""
    program.write_text(checks)
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("target", ["book", "test", "preview", "lint"])
def test_an_old_python_gives_one_clear_line(checkout, target):
    done = run("make", target, f"PYTHON={python(checkout, '3.9.1')}", cwd=checkout)
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make")]
    assert len(lines) == 1
    assert "Python 3.11 or newer is needed" in lines[0]
    assert "found: Python 3.9.1" in lines[0]


def test_no_python_gives_one_clear_line(checkout):
    done = run("/bin/sh", ".ci/make-venv", "venv", cwd=checkout, path=str(checkout))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no python3" in done.stderr


def test_a_python_without_venv_is_told_apart(checkout):
    done = run("/bin/sh", ".ci/make-venv", "venv", python(checkout, "3.12.1", with_venv=False), cwd=checkout)
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_set_up_is_done_once_and_again_when_the_lock_changes(checkout):
    (checkout / ".venv").mkdir()
    ready = checkout / ".venv" / ".ready"
    ready.touch()
    os.utime(checkout / "requirements.lock", (0, 0))
    os.utime(checkout / "pyproject.toml", (0, 0))
    assert run("make", "-q", ".venv/.ready", cwd=checkout).returncode == 0
    for target in ("book", "preview", "serve", "test"):
        planned = run("make", "-n", target, cwd=checkout).stdout
        assert planned == f".venv/bin/python -m mnist_interp {target}\n"
    os.utime(checkout / "requirements.lock", (2e9, 2e9))
    assert run("make", "-q", ".venv/.ready", cwd=checkout).returncode == 1
    assert "pip" in run("make", "-n", "book", cwd=checkout).stdout
    assert "--index-url" in run("make", "-n", "book", "TORCH_INDEX=somewhere", cwd=checkout).stdout
