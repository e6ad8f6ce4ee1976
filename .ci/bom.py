"""Print a software bill of materials: every package of the lock, as CycloneDX, with its license where it is installed.

The same lock and packages give the same bytes: it bears no time, and its serial number is made of what it lists.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import tomllib
import uuid
from pathlib import Path
from typing import Any

LOCK, PROJECT = Path("requirements.lock"), Path("pyproject.toml")
_LINE = re.compile(r"([a-z0-9-]+)==(\S+)")


def _licenses(name: str, version: str) -> list[dict[str, Any]]:
    try:
        about = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return []
    if about["Version"].partition("+")[0] != version:
        return []
    if about.get("License-Expression"):
        return [{"expression": about["License-Expression"]}]
    classified = [line for line in about.get_all("Classifier") or () if line.startswith("License :: ")]
    names = [line.rpartition(" :: ")[2] for line in classified]
    if not names and about.get("License"):
        names = [about["License"].strip().splitlines()[0]]
    return [{"license": {"name": one}} for one in dict.fromkeys(names)]


def component(name: str, version: str) -> dict[str, Any]:
    """Describe a package of the Python Package Index."""
    address = f"pkg:pypi/{name}@{version}"
    found = {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address}
    licenses = _licenses(name, version)
    return {**found, "licenses": licenses} if licenses else found


def bill(lock: str, project: dict[str, Any]) -> dict[str, Any]:
    """Return the bill of what a lock pins, for a project as pyproject.toml declares it.

    Raises
    ------
    ValueError
        If a line of the lock pins nothing.
    """
    lines = [line for line in lock.splitlines() if line and not line.startswith("#")]
    pinned = [_LINE.fullmatch(line) for line in lines]
    if not all(pinned):
        raise ValueError(f"{lines[pinned.index(None)]!r} in {LOCK} is not name==version")
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    components = [component(match[1], match[2]) for match in pinned if match]
    listed = json.dumps([own, components], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, listed)}",
        "version": 1,
        "metadata": {
            "component": {
                **{"type": "application", "bom-ref": own, "name": project["name"], "version": project["version"]},
                **{"purl": own, "licenses": [{"expression": project["license"]}]},
            }
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": [one["bom-ref"] for one in components]}],
    }


def text() -> str:
    """Return the bill of this checkout as it stands in the file."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    return json.dumps(bill(LOCK.read_text(encoding="utf-8"), project), indent=1) + "\n"


if __name__ == "__main__":
    print(text(), end="")
