"""Builds the site again from nothing, elsewhere, and compares every byte.

Each build is of a clean clone of what is committed, in a folder and with a cache of its own, both of other names: what
depends on a path, an order of files or a moment shows as a difference. A third build may be killed while it works, any
number of times, and must come to the same bytes.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mnist_interp.commands.refused import Refused
from mnist_interp.commands.steps import FULL, OWN, PREVIEW, Edition, check_checkout

NAMES = ("one", "another, with a longer name")
KILLED = "a build that is killed"
_NAMED = 20  # differences that are named one by one


@dataclass(frozen=True)
class Difference:
    """A file that two sites do not have alike.

    Attributes
    ----------
    path : str
        Below the site.
    says : str
        What differs: where the first other byte is, or which site lacks it.
    """

    path: str
    says: str


def _files(site: Path) -> dict[str, Path]:
    return {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*")) if path.is_file()}


def _first_difference(one: bytes, other: bytes) -> int:
    both = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(both) if a != b), min(len(one), len(other)))


def differences(one: Path, other: Path) -> list[Difference]:
    """Compare two folders file by file and byte by byte.

    Raises
    ------
    Refused
        If one holds no file: two sites that are not there would be the same.
    """
    first, second = _files(one), _files(other)
    for folder, files in ((one, first), (other, second)):
        if not files:
            raise Refused(f"there is no file below {folder}: expected a site")
    found = []
    for name in sorted(first.keys() | second.keys()):
        if name not in second or name not in first:
            found.append(Difference(name, f"only in the {'first' if name in first else 'second'}"))
            continue
        a, b = first[name].read_bytes(), second[name].read_bytes()
        if a != b:
            where = _first_difference(a, b)
            near = a[max(0, where - 20) : where + 40], b[max(0, where - 20) : where + 40]
            found.append(Difference(name, f"from byte {where:,} on: {near[0]!r} and {near[1]!r}"))
    return found


def size(site: Path) -> tuple[int, int]:
    """Return how many files a folder has, and how many bytes they hold."""
    files = _files(site).values()
    return len(files), sum(path.stat().st_size for path in files)


@dataclass
class Build:
    """A build in a clean clone, with a cache of its own.

    Attributes
    ----------
    folder : Path
        Holds the clone and the cache.
    edition : Edition
        The preview or the whole book.
    command : tuple of str
        What builds, of this interpreter.
    """

    folder: Path
    edition: Edition
    command: tuple[str, ...]

    @property
    def checkout(self) -> Path:
        """The clone."""
        return self.folder / "checkout"

    @property
    def site(self) -> Path:
        """What it builds."""
        return self.checkout / self.edition.build / "html"

    def clone(self, source: Path) -> None:
        """Clone what is committed in `source`."""
        self.folder.mkdir(parents=True)
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(source), str(self.checkout)], check=True)

    def start(self) -> subprocess.Popen[bytes]:
        """Begin, or go on with, the build: a process group of its own; what it says goes to ``log`` in the folder."""
        variables = {name: value for name, value in os.environ.items() if name != "MNIST_INTERP_PREVIEW"}
        variables |= {"MNIST_INTERP_CACHE": str(self.folder / "cache"), "PYTHONPATH": str(self.checkout)}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *self.command],
                cwd=self.checkout,
                env=variables,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def finish(self) -> None:
        """Build, and wait for it.

        Raises
        ------
        Refused
            If it fails.
        """
        if self.start().wait():
            last = (self.folder / "log").read_text(errors="replace").strip().splitlines()[-3:]
            raise Refused(f"the build in {self.folder.name!r} failed: {' / '.join(last)}")

    def killed(self, after: float) -> bool:
        """Go on with the build, and kill it and all its processes after so many seconds; say whether it still ran."""
        process = self.start()
        try:
            process.wait(timeout=after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
        return False

    def forget_pages(self) -> None:
        """Remove what a finished build has made of pages, so that the next one has something to do."""
        for folder in (self.folder / "cache" / "pages", self.checkout / "_build"):
            shutil.rmtree(folder, ignore_errors=True)


def kill_at_random(build: Build, *, times: int, seconds: float, chance: random.Random) -> Iterator[float]:
    """Kill a build at random moments, each time going on where it was, and yield after how many seconds each was.

    Parameters
    ----------
    build : Build
        Cloned.
    times : int
        How often.
    seconds : float
        What a whole build takes: moments are spread so that all of it is passed through.
    chance : random.Random
        Draws the moments.
    """
    done = 0
    while done < times:
        after = chance.uniform(0, 2 * seconds / times)
        if build.killed(after):
            done += 1
            yield after
        else:
            build.forget_pages()


def _say(line: str) -> None:
    print(line, flush=True)


def _compare(one: Build, other: Build) -> bool:
    found = differences(one.site, other.site)
    files, n_bytes = size(one.site)
    if not found:
        _say(f"{files:,} files, {n_bytes:,} bytes: all the same in {one.folder.name!r} and {other.folder.name!r}")
        return True
    _say(f"{len(found):,} of {files:,} files differ between {one.folder.name!r} and {other.folder.name!r}:")
    for difference in found[:_NAMED]:
        _say(f"  {difference.path}: {difference.says}")
    if len(found) > _NAMED:
        _say(f"  and {len(found) - _NAMED:,} more")
    return False


def verify(*, whole: bool = False, kills: int = 0, seed: int = 0) -> None:
    """Build twice from clean clones, and once more under fire, and compare every byte of the sites.

    Parameters
    ----------
    whole : bool
        The whole book in place of the preview.
    kills : int
        How often a third build is killed; 0 leaves it out.
    seed : int
        Of the moments at which it is.

    Raises
    ------
    Refused
        If a build fails, or this is no clone of git's.
    subprocess.CalledProcessError
        If a byte differs.
    """
    check_checkout()
    source = Path.cwd()
    if not (source / ".git").exists():
        raise Refused(f"{source} is no clone of git's: expected one, as builds are made of what is committed")
    edition, command = (FULL, (*OWN, "book")) if whole else (PREVIEW, (*OWN, "preview"))
    same = True
    with tempfile.TemporaryDirectory(prefix="verify-") as work:
        builds = [Build(Path(work, name), edition, command) for name in (*NAMES, *([KILLED] if kills else []))]
        seconds = 0.0
        for build in builds[:2]:
            build.clone(source)
            started = time.monotonic()
            build.finish()
            seconds = time.monotonic() - started
            _say(f"built in {build.folder.name!r}: {seconds:.0f} s")
        same &= _compare(*builds[:2])
        for build in builds[2:]:
            build.clone(source)
            moments = list(kill_at_random(build, times=kills, seconds=seconds, chance=random.Random(seed)))
            _say(f"killed {len(moments)} times, after {', '.join(f'{one:.0f}' for one in moments)} s")
            build.finish()
            same &= _compare(builds[0], build)
    if not same:
        raise subprocess.CalledProcessError(1, "verify")
