"""Write what a release consists of to _build/release: packages, bill of materials, and an archive to deposit.

The archive holds the site, its claims for machines, the store of the one network that the book speaks of (which
MNIST_INTERP_CACHE may name), how to cite it, and a checksum of every file. The same inputs give the same bytes. It
needs the whole book, built: a preview's numbers mean nothing.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

SITE, OUT = Path("_build/html"), Path("_build/release")
BESIDE = ("CITATION.cff", "CHANGELOG.md", "LICENSE", "README.md", "requirements.lock")
PACKAGE = ("pyproject.toml", "README.md", "LICENSE", "mnist_interp")
SUMS = "SHA256SUMS"
_TIME = (1980, 1, 1, 0, 0, 0)  # when the times of a zip file begin
_EPOCH = "315532800"  # the same, in seconds
_BILL = ("environment", "--pyproject", "pyproject.toml", "--output-reproducible", "--spec-version", "1.6")
_SDIST = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
_WHEEL = (
    "-m",
    "pip",
    "wheel",
    "-q",
    "--no-deps",
    "--no-build-isolation",
    "--no-index",
    "--no-cache-dir",
    "--wheel-dir",
)


class Unready(Exception):
    """What a release is made of is not there."""


def check(site: Path) -> None:
    """Make sure that the site is the whole book, and built to its end.

    Raises
    ------
    Unready
        If it is not.
    """
    facts = site / "site.json"
    if not facts.is_file():
        raise Unready(f"there is no built site in {site}: run `make book` first")
    if json.loads(facts.read_text(encoding="utf-8"))["preview"]:
        raise Unready(f"the site in {site} is a preview: run `make book` first")


def contents(site: Path, store: dict[str, Path], beside: list[Path], materials: str) -> dict[str, bytes]:
    """Return what the archive holds, by name.

    Parameters
    ----------
    site : Path
        Folder of the built site.
    store : dict of str to Path
        Files of the store, by their names below its root.
    beside : list of Path
        Files that stand at the top.
    materials : str
        The bill of materials.
    """
    pages = {f"site/{path.relative_to(site).as_posix()}": path for path in site.rglob("*") if path.is_file()}
    files = {**pages, **{f"store/{name}": path for name, path in store.items()}, **{path.name: path for path in beside}}
    found = {name: path.read_bytes() for name, path in files.items()}
    found |= {"claims.json": found["site/downloads/claims.json"], "bom.json": materials.encode()}
    sums = "".join(f"{hashlib.sha256(found[name]).hexdigest()}  {name}\n" for name in sorted(found))
    return found | {SUMS: sums.encode()}


def pack(path: Path, found: dict[str, bytes]) -> None:
    """Write a zip file whose bytes follow from names and contents alone, below one folder of its own name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(found):
            about = zipfile.ZipInfo(f"{path.stem}/{name}", _TIME)
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(about, found[name])


def bill() -> str:
    """Return the bill of materials, as CycloneDX: every package installed here, its license and what it needs."""
    done = subprocess.run([sys.executable, "-m", "cyclonedx_py", *_BILL], check=True, capture_output=True, text=True)
    return done.stdout


def protagonist() -> dict[str, Path]:
    """Return the store's file of the network that the book speaks of, trained where it is missing."""
    from mnist_interp import training
    from mnist_interp.runtime import store
    from mnist_interp.training import registry, runs

    training.run(registry.PUBLISHED)
    kept = runs.entries([(registry.PUBLISHED, [registry.PROTAGONIST])]).values()
    return {path.relative_to(store.root()).as_posix(): path for path in kept}


def timeless(path: Path) -> None:
    """Write a source archive again, without the moments and the user of its making."""
    part = path.with_suffix(".part")
    with tarfile.open(path) as made:
        files = [(one, made.extractfile(one)) for one in sorted(made.getmembers(), key=lambda one: one.name)]
        with (
            part.open("wb") as out,
            gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w") as written,
        ):
            for one, content in files:
                one.mtime, one.uid, one.gid, one.uname, one.gname = int(_EPOCH), 0, 0, "", ""
                one.mode, one.pax_headers = 0o755 if one.isdir() else 0o644, {}
                written.addfile(one, content)
    part.replace(path)


def packages(out: Path) -> None:
    """Build the source archive, and the wheel from that."""
    with tempfile.TemporaryDirectory() as work:
        for name in PACKAGE:
            copy = shutil.copytree if Path(name).is_dir() else shutil.copy
            copy(name, Path(work, name))
        subprocess.run([sys.executable, "-c", _SDIST, str(out.absolute())], cwd=work, check=True, capture_output=True)
    (source,) = out.glob("*.tar.gz")
    timeless(source)
    moment = {**os.environ, "SOURCE_DATE_EPOCH": _EPOCH}
    subprocess.run([sys.executable, *_WHEEL, str(out), str(source)], check=True, env=moment)


def main() -> int:
    """Write the release, and return the exit status."""
    try:
        check(SITE)
    except Unready as error:
        print(error, file=sys.stderr)
        return 2
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(OUT)
    OUT.mkdir(parents=True)
    version = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    packages(OUT)
    materials = bill()
    (OUT / "bom.json").write_text(materials, encoding="utf-8")
    found = contents(SITE, protagonist(), [Path(name) for name in BESIDE], materials)
    pack(OUT / f"interpreting-mnist-{version}.zip", found)
    for path in sorted(OUT.iterdir()):
        print(f"{path.stat().st_size / 1e6:7.1f} MB  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
