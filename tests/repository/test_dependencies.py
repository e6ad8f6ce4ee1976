"""pyproject.toml says what the project needs; the lock and the conda environment say the same."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.places import REPOSITORY, missing

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base", "opentsne": "opentsne"}
LOCKED_LINE = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)==([0-9][\w.]*)")


def requirements(*parts: str) -> list[Requirement]:
    """Return the requirements of the project (``""``) and of its extras."""
    extras = PROJECT["project"]["optional-dependencies"]
    return [
        Requirement(line) for part in parts for line in (extras[part] if part else PROJECT["project"]["dependencies"])
    ]


def locked() -> dict[str, Version]:
    """Return the lock: names and versions."""
    lines = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8").splitlines()
    matches = [LOCKED_LINE.fullmatch(line) for line in lines if not line.startswith("#")]
    assert all(matches), "a line of the lock is not name==version: no addresses, hashes or markers belong there"
    return {match[1]: Version(match[2]) for match in matches}


@pytest.mark.parametrize("requirement", requirements("", "cluster", "test", "dev"), ids=str)
def test_the_lock_satisfies_the_project(requirement):
    version = locked().get(canonicalize_name(requirement.name))
    assert version is not None, f"{requirement.name} is not in requirements.lock: run `make lock`"
    assert requirement.specifier.contains(version, prereleases=True), f"{requirement} but {version}: run `make lock`"


def test_the_lock_is_sorted_and_brings_no_cuda():
    names = list(locked())
    assert names == sorted(names)
    assert not [name for name in names if name.startswith(("nvidia", "cuda", "triton"))]


def test_the_conda_environment_has_the_dependencies_of_the_project():
    environment = yaml.safe_load((REPOSITORY / "environment.yml").read_text(encoding="utf-8"))
    listed = [Requirement(line) for line in environment["dependencies"] if isinstance(line, str)]
    wanted = [
        Requirement(f"python{PROJECT['project']['requires-python']}"),
        Requirement("pip"),
        *map(Requirement, PROJECT["build-system"]["requires"]),
        *requirements(""),
    ]
    expected = {CONDA_NAMES.get(name := canonicalize_name(item.name), name): item.specifier for item in wanted}
    assert {item.name: item.specifier for item in listed} == expected
    assert [line for line in environment["dependencies"] if not isinstance(line, str)] == [{"pip": ["-e ."]}]


def test_what_is_installed_is_what_is_locked():
    import importlib.metadata

    installed = {
        canonicalize_name(found.name): found.version.partition("+")[0] for found in importlib.metadata.distributions()
    }
    others = {
        name: (installed[name], str(version))
        for name, version in locked().items()
        if name in installed and Version(installed[name]) != version
    }
    if others:
        missing(f"this environment is not the locked one: {others}")
    assert installed.keys() >= locked().keys()
