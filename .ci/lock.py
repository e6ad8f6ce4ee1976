"""Print the lock: the exact version of everything the project needs, as installed here.

Walks from the dependencies that pyproject.toml declares (with its `test` and `dev` extras) through what each installed
package requires. What a package requires on one operating system only is left to pip: the CUDA libraries that torch
brings on Linux would make the lock useless elsewhere.
"""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HEADER = """\
# Exact versions of everything the book, its tests and its tools stand on, made by `make lock`.
# What a package requires on one operating system only (such as CUDA, for torch on Linux) is left to pip.
"""
SOMEWHERE = {"platform_system": "any", "sys_platform": "any", "os_name": "any"}


def declared() -> list[Requirement]:
    """Return the requirements of pyproject.toml, extras and build system included."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    lists = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    return [
        Requirement(line) for line in [*project["build-system"]["requires"], *(item for part in lists for item in part)]
    ]


def closure(todo: list[Requirement]) -> dict[str, str]:
    """Return name and installed version of all that `todo` needs on any operating system."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    while todo:
        requirement = todo.pop()
        for extra in ("", *requirement.extras):
            if (requirement.name, extra) in seen:
                continue
            seen.add((requirement.name, extra))
            installed = importlib.metadata.distribution(requirement.name)
            found[canonicalize_name(requirement.name)] = installed.version.partition("+")[0]
            needed = map(Requirement, installed.requires or ())
            todo += [item for item in needed if not item.marker or item.marker.evaluate({**SOMEWHERE, "extra": extra})]
    return found


if __name__ == "__main__":
    print(HEADER + "\n".join(f"{name}=={version}" for name, version in sorted(closure(declared()).items())))
