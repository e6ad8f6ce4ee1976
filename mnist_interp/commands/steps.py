"""Commands that run other programs in turn: each by this very interpreter, in the checkout, reading text as UTF-8.

Every step is a process of its own, so that the memory of one is free for the next.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from mnist_interp.commands.refused import Refused

OWN = ("-m", "mnist_interp")
JUPYTER_BOOK = ("-c", "from jupyter_book.cli.main import main; main(prog_name='jupyter-book')")
PYTEST = ("-m", "pytest", "--durations=25", "--durations-min=5")
# Tests that count seconds; the others run side by side, the longest first, nearly all on one processor.
ALONE = ("tests/site/test_bench_clock.py", "tests/site/test_paint.py", "tests/training/test_speed.py")
SIDE_BY_SIDE = ("--numprocesses=logical", "--dist=loadfile", "--no-loadscope-reorder")
WATCHED = ("mnist_interp", "_config.yml", "_toc.yml")


@dataclass(frozen=True)
class Edition:
    """A size in which the book is built.

    Attributes
    ----------
    preview : str
        What MNIST_INTERP_PREVIEW is while it is built.
    output : tuple of str
        What jupyter-book is told of the place.
    build : Path
        The folder of the build, below the checkout.
    remark : str
        Follows its address.
    """

    preview: str
    output: tuple[str, ...]
    build: Path
    remark: str

    @property
    def is_built(self) -> bool:
        """Whether its site stands; a build that failed leaves no site.json."""
        return (self.build / "html" / "site.json").is_file()


FULL = Edition("", (), Path("_build"), "")
PREVIEW = Edition(
    "1", ("--path-output", "_build/preview"), Path("_build/preview/_build"), " (a preview: 3 seeds, 1 epoch)"
)


def run(*words: str, **environment: str) -> int:
    """Run a program of this interpreter's, and return its exit status.

    Parameters
    ----------
    *words : str
        What follows the interpreter's name.
    **environment : str
        Variables added to this process's.
    """
    variables = {**os.environ, "PYTHONUTF8": "1", **environment}  # sources are UTF-8, whatever the system's own is
    return subprocess.run([sys.executable, *words], env=variables, check=False).returncode


def step(*words: str, **environment: str) -> None:
    """Run a program as `run` does, and end the command where it fails.

    Raises
    ------
    subprocess.CalledProcessError
        If the exit status is not 0.
    """
    status = run(*words, **environment)
    if status:
        raise subprocess.CalledProcessError(status, words)


def check_packages(extra: str, *modules: str) -> None:
    """Make sure of the packages that a command needs.

    Parameters
    ----------
    extra : str
        The optional dependencies of pyproject.toml that bring them; empty for those of the book.
    *modules : str
        Names to import.

    Raises
    ------
    Refused
        If one is missing.
    """
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        wanted = f'-e ".[{extra}]"' if extra else "-e ."
        raise Refused(f"{missing[0]} is not installed here; install it with: {sys.executable} -m pip install {wanted}")


def check_checkout() -> None:
    """Make sure that this folder is a checkout.

    Raises
    ------
    Refused
        If something of it is missing.
    """
    absent = [name for name in ("mnist_interp", "_config.yml", "_toc.yml", "book") if not Path(name).exists()]
    if absent:
        raise Refused(f"there is no {absent[-1]} in {Path.cwd()}: change to the top folder of a checkout first")


def _build(edition: Edition) -> None:
    check_checkout()
    check_packages("", "torch", "jupyter_book")
    step(*OWN, "train", "--pages", MNIST_INTERP_PREVIEW=edition.preview)
    build = (*JUPYTER_BOOK, "build", "book/", "-W", "-n", "--keep-going", *edition.output)
    step(*build, MNIST_INTERP_PREVIEW=edition.preview)
    print(f"Open {Path.cwd() / edition.build / 'html' / 'index.html'}{edition.remark}", flush=True)


def book() -> None:
    """Train what is missing, and build the book."""
    _build(FULL)


def preview() -> None:
    """Train what is missing, and build a small version of the book."""
    _build(PREVIEW)


def serve() -> None:
    """Build whenever a source is saved, and have the browser show it; the preview where MNIST_INTERP_PREVIEW says so.

    Raises
    ------
    Refused
        If PORT is no number of a port.
    """
    check_checkout()
    check_packages("", "torch", "jupyter_book")
    check_packages("dev", "sphinx_autobuild")
    port = os.environ.get("PORT") or "8000"
    if not (port.isdecimal() and 0 < int(port) < 2**16):
        raise Refused(f"PORT is {port!r}: expected a number from 1 to 65535, or nothing for 8000")
    edition = FULL if os.environ.get("MNIST_INTERP_PREVIEW", "") in ("", "0") else PREVIEW
    step(*OWN, "train")
    step(*JUPYTER_BOOK, "config", "sphinx", "book/")
    watched = [word for place in WATCHED for word in ("--watch", place)]
    unwatched = ("--re-ignore", r"__pycache__|\.ipynb_checkpoints")
    where = ("-c", ".", "-d", str(edition.build / ".doctrees"), "--port", port, "--open-browser")
    step("-m", "sphinx_autobuild", *where, *watched, *unwatched, "book", str(edition.build / "html"))


def test() -> None:
    """Run the tests in parallel, then those that measure time; run both whatever the first find."""
    check_checkout()
    check_packages("test", "pytest", "xdist", "nbval", "psutil", "playwright", "axe_playwright_python")
    if not (os.environ.get("MNIST_INTERP_SITE") or FULL.is_built or PREVIEW.is_built):
        preview()
    beside = run(*PYTEST, *SIDE_BY_SIDE, *(f"--ignore={file}" for file in ALONE), MNIST_INTERP_WORKERS="1")
    alone = run(*PYTEST, *ALONE)
    if beside or alone:
        raise subprocess.CalledProcessError(beside or alone, "pytest")
