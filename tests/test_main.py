"""The command that computes ahead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def _train(cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MNIST_INTERP_CACHE": str(cache), "MNIST_INTERP_PREVIEW": "1"}
    command = [sys.executable, "-m", "mnist_interp", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_second_time_trains_nothing(own_cache: Path) -> None:
    first = _train(own_cache, "train")
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""
    assert "networks (preview)" in first.stdout
    before = {path: path.stat().st_mtime_ns for path in own_cache.rglob("*.entry")}
    assert before
    assert _train(own_cache, "train").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in own_cache.rglob("*.entry")} == before


def test_without_a_place_to_write_it_says_so_in_one_line_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = _train(tmp_path / "file" / "cache", "train")
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "cannot keep results in" in done.stderr


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    done = _train(tmp_path, "trian")
    assert done.returncode == 2
    assert "invalid choice: 'trian'" in done.stderr
