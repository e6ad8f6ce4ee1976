"""What a result depends on, as a digest: the code it runs, the data it reads, the versions it stands on.

The unit is the module. A module's code is its syntax tree without docstrings and comments, so rewording an
explanation invalidates nothing, and the digest of a module covers every module of this package that it imports,
directly or through others. Modules that only carry results from place to place and cannot change them
(`CARRIERS`, packages whole) and pure tables whose values enter a key by themselves (`TABLES`) are left out. Costs
milliseconds.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = "mnist_interp"
CARRIERS = ("mnist_interp.runtime", "mnist_interp.training.costs")
TABLES = frozenset({"mnist_interp.training.recipe", "mnist_interp.training.registry"})
DATA = {
    "mnist_interp.data.mnist": "data/mnist/files/*.gz",
    "mnist_interp.data.published": "data/published*.json",
    "mnist_interp.data.benchmarks": "data/benchmarks*.json",
}
_FOLDER = Path(__file__).parents[1]
LIBRARIES = ("numpy", "torch", "scipy", "scikit-learn", "umap-learn", "openTSNE", "pandas")
DRAWING = ("altair", "vl-convert-python", "matplotlib", "myst-nb", "statsmodels", "captum", "torchvision")


def _path(module: str) -> Path | None:
    # By the file's place: `importlib.util.find_spec` would import the packages above it, which takes seconds.
    place = _FOLDER.joinpath(*module.split(".")[1:])
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if module.split(".")[0] == PACKAGE and path.is_file()), None)


def _is_own(module: str) -> bool:
    return module.split(".")[0] == PACKAGE and _path(module) is not None


def without_docstrings(tree: ast.Module) -> ast.Module:
    """Drop the docstring of every module, class and function of `tree`, in place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def imported_modules(tree: ast.AST, *, inside: str = "") -> Iterator[str]:
    """Yield the names of this package's modules that `tree` imports.

    Parameters
    ----------
    tree : ast.AST
        A parsed module, or a parsed code cell.
    inside : str
        Dotted name of the package that holds the module, to resolve relative imports.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                anchor = inside.split(".")[: len(inside.split(".")) - node.level + 1]
                base = ".".join([*anchor, base] if base else anchor)
            names = [name if _is_own(name := f"{base}.{alias.name}") else base for alias in node.names]
        else:
            continue
        yield from filter(_is_own, names)


def _carries(module: str) -> bool:
    return any(f"{module}.".startswith(f"{carrier}.") for carrier in CARRIERS)


@cache
def _read(module: str) -> tuple[str, frozenset[str]]:
    path = _path(module)
    if path is None:
        raise ValueError(
            f"unknown module {module!r}: expected a module of {PACKAGE}, such as '{PACKAGE}.training.models'"
        )
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = module if path.name == "__init__.py" else module.rpartition(".")[0]
    imports = frozenset(imported_modules(tree, inside=inside))
    code = hashlib.sha256(ast.dump(without_docstrings(tree)).encode()).hexdigest()
    return code, imports


def closure(modules: Iterable[str]) -> list[str]:
    """Name, in order, `modules` and every deciding module of the package that they import, directly or not."""
    found: set[str] = set()
    todo = list(modules)
    while todo:
        module = todo.pop()
        if module in found or module in TABLES or _carries(module):
            continue
        found.add(module)
        todo.extend(_read(module)[1])
    return sorted(found)


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python, of the numerical libraries, and the processor's architecture."""
    installed = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"python": platform.python_version(), "machine": platform.machine(), **installed}


@cache
def drawing_versions() -> dict[str, str]:
    """Return the versions of what else a page's outputs are made by."""
    return {name: importlib.metadata.version(name) for name in DRAWING}


@cache
def _data_digest(module: str) -> str:
    """Return the SHA-256 digest, in hexadecimal, of the data files that a module reads."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.glob(DATA[module])):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def of_tables() -> str:
    """Return the digest of `TABLES`, as hexadecimal digits: for what depends on more of them than a key holds."""
    return hashlib.sha256("".join(_read(module)[0] for module in sorted(TABLES)).encode()).hexdigest()


def of_modules(modules: Iterable[str]) -> str:
    """Return one digest of the code of `modules` and of all they import here, the data they read, and the versions.

    Parameters
    ----------
    modules : iterable of str
        Dotted names, such as ``"mnist_interp.training"``.

    Returns
    -------
    str
        32 hexadecimal digits.

    Raises
    ------
    ValueError
        If a name is no module of this package.
    """
    names = closure(modules)
    parts = {
        "code": {module: _read(module)[0] for module in names},
        "data": {module: _data_digest(module) for module in names if module in DATA},
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
