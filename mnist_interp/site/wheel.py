"""The package as a wheel, beside the notebooks that install it: the same bytes for the same sources.

Built by pip from a copy of the checkout, without network, as what the build itself runs on is all that it needs. Where
the package is not in a checkout there is nothing to build from, and no wheel.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.site import stamps
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "downloads/notebooks"
PACKAGE = Path(__file__).parents[1]
_BESIDE = ("pyproject.toml", "README.md", "LICENSE")
_BUILD = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir")
_TIME = "315532800"  # of all files in it: 1980, when those of a zip file begin


def sources() -> list[Path]:
    """Return the files of which the wheel is made, relative to the checkout; none outside of one."""
    top = PACKAGE.parent
    if not all((top / name).is_file() for name in _BESIDE):
        return []
    inside = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [*map(Path, _BESIDE), *sorted(path.relative_to(top) for path in inside)]


def make(paths: list[Path], folder: Path) -> Path:
    """Build the wheel of the package from these files into a folder.

    Raises
    ------
    BookError
        If pip cannot.
    """
    with tempfile.TemporaryDirectory() as work:
        for path in paths:
            copy = Path(work, "package", path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PACKAGE.parent / path, copy)
            copy.chmod(0o644)
        command = [sys.executable, *_BUILD, "--wheel-dir", str(Path(work, "made")), str(Path(work, "package"))]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": _TIME, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BookError(f"pip could not build the package's wheel:\n{done.stdout}{done.stderr}")
        (built,) = Path(work, "made").glob("*.whl")
        return Path(shutil.copy(built, folder))


def keep(app: Sphinx) -> str | None:
    """Build the wheel unless the one that is there is of these files; return its name, None where there is none."""
    paths, folder = sources(), Path(app.outdir, FOLDER)
    if not paths:
        return None
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path).encode() + (PACKAGE.parent / path).read_bytes())
    there = list(folder.glob("*.whl"))
    if there and stamps.stands(app, "wheel", digest.hexdigest(), there):
        return there[0].name
    for path in there:
        path.unlink()
    name = make(paths, folder).name
    stamps.written(app, "wheel", digest.hexdigest())
    return name
