"""The phases of a cold build, by the clock: training, each page, and what Sphinx does around them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mnist_interp.commands.steps import JUPYTER_BOOK, OWN

_EXECUTED = re.compile(r"(\w+)\.md: Executed notebook in ([0-9.]+) seconds")


def _run(*words: str, environment: dict[str, str]) -> tuple[float, str]:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words],
        env=environment,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return time.perf_counter() - started, done.stdout


def phases(*, whole: bool) -> dict[str, float]:
    """Build the preview, or the whole book, in an empty cache; return the seconds of each phase.

    Pages run two at a time, so their seconds add up to more than those of the phase they are part of.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "MNIST_INTERP_CACHE": folder, "MNIST_INTERP_PREVIEW": "" if whole else "1"}
        training, _ = _run(*OWN, "train", environment=environment)
        build = (*JUPYTER_BOOK, "build", "book/", "--path-output", str(Path(folder, "site")))
        building, said = _run(*build, environment=environment)
    pages = {f"of it {page}": float(seconds) for page, seconds in _EXECUTED.findall(said)}
    return {"training": training, "pages and site": building, **dict(sorted(pages.items(), key=lambda one: -one[1]))}
