"""What a release consists of, in little: the bill of materials, the archive, the changes, one version for all."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from packaging.utils import canonicalize_name

from tests.places import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tool():
    """Return what imports a script of .ci by its name."""
    place = str(REPOSITORY / ".ci")
    sys.path.insert(0, place)
    yield importlib.import_module
    sys.path.remove(place)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    made = tmp_path / "html"
    (made / "downloads").mkdir(parents=True)
    (made / "site.json").write_text('{"preview": false}', encoding="utf-8")
    (made / "index.html").write_text("Cover", encoding="utf-8")
    (made / "downloads" / "claims.json").write_text("[]", encoding="utf-8")
    return made


def test_the_bill_names_everything_that_the_lock_pins(tool, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    text = tool("release").bill()
    found = json.loads(text)
    pinned = [tuple(line.split("==")) for line in LOCK.splitlines() if line and not line.startswith("#")]
    listed = {canonicalize_name(one["name"]): one for one in found["components"]}
    versions = {name: one["version"].partition("+")[0] for name, one in listed.items()}
    assert {name: versions.get(name) for name, _ in pinned} == dict(pinned)
    assert {one["purl"].partition("@")[0] for one in listed.values() if "purl" in one} >= {"pkg:pypi/numpy"}
    assert all(listed[name].get("licenses") for name in ("numpy", "torch", "altair"))
    assert found["metadata"]["component"]["version"] == PROJECT["version"]
    assert "timestamp" not in found["metadata"]
    assert "file:" not in text  # where it is installed


def packed(release: ModuleType, site: Path, folder: Path) -> Path:
    entry = folder / "one.entry"
    entry.write_bytes(b"weights")
    path = folder / "interpreting-mnist-9.zip"
    beside = [REPOSITORY / name for name in release.BESIDE]
    release.pack(path, release.contents(site, {"runs/one.entry": entry}, beside, "{}"))
    return path


def test_the_archive_holds_the_site_the_claims_the_network_and_checksums(tool, site, tmp_path):
    release = tool("release")
    path = packed(release, site, tmp_path)
    first = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        found = {name.removeprefix("interpreting-mnist-9/"): archive.read(name) for name in archive.namelist()}
    expected = {"site/index.html", "site/site.json", "site/downloads/claims.json", "claims.json", "bom.json"}
    assert found.keys() == expected | {"store/runs/one.entry", release.SUMS, *release.BESIDE}
    assert found["claims.json"] == b"[]"
    sums = dict(line.split("  ")[::-1] for line in found[release.SUMS].decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in found.items() if name != release.SUMS}
    (site / "index.html").touch()
    assert packed(release, site, tmp_path).read_bytes() == first


def test_a_source_archive_has_no_moment_and_no_user(tool, tmp_path):
    source = tmp_path / "one.py"
    source.write_text("1", encoding="utf-8")
    written = []
    for moment in (1, 2_000_000_000):
        os.utime(source, (moment, moment))
        path = tmp_path / "one.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(source, "one/one.py")
        tool("release").timeless(path)
        written.append(path.read_bytes())
        with tarfile.open(path) as archive:
            (found,) = archive.getmembers()
            assert archive.extractfile(found).read() == b"1"
            assert (found.uid, found.uname) == (0, "")
    assert written[0] == written[1]


@pytest.mark.parametrize(("facts", "said"), [(None, "there is no built site"), ({"preview": True}, "is a preview")])
def test_there_is_no_release_of_less_than_the_book(tool, tmp_path, facts, said):
    if facts is not None:
        (tmp_path / "site.json").write_text(json.dumps(facts), encoding="utf-8")
    release = tool("release")
    with pytest.raises(release.Unready, match=said):
        release.check(tmp_path)


def test_the_changes_begin_with_this_version():
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\d+\.\d+\.\d+): ", text, re.MULTILINE)
    assert versions[0] == PROJECT["version"]
    assert versions == sorted(versions, reverse=True)
