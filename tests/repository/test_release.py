"""What a release consists of, in little: the bill of materials, the archive, the changes, one version for all."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

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


def test_the_bill_names_everything_that_the_lock_pins(tool):
    bill = tool("bom").bill(LOCK, PROJECT)
    pinned = [line for line in LOCK.splitlines() if line and not line.startswith("#")]
    assert [f"{one['name']}=={one['version']}" for one in bill["components"]] == pinned
    assert all(one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}" for one in bill["components"])
    assert bill["metadata"]["component"]["version"] == PROJECT["version"]
    assert bill["dependencies"][0]["dependsOn"] == [one["bom-ref"] for one in bill["components"]]
    licensed = [one["name"] for one in bill["components"] if one.get("licenses")]
    assert {"numpy", "torch", "altair"} <= set(licensed)
    assert bill == tool("bom").bill(LOCK, PROJECT)


def test_the_bill_refuses_what_pins_nothing(tool):
    with pytest.raises(ValueError, match=r"'numpy>=2' in requirements\.lock is not name==version"):
        tool("bom").bill("altair==6.3.0\nnumpy>=2\n", PROJECT)


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
