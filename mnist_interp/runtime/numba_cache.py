"""Machine code of numba's is kept in the store's folder: ours, and where a library asks for none of it to be kept.

UMAP's inner functions take some 10 s to compile, in every process that draws a map. numba finds what it kept by the
digest of the function's file, the types of the arguments and the processor; since what a function calls may stand in
other files, the folder's name adds the versions, and the code of our own. What runs is the same code, and what it
returns the same bytes. The files are sealed (`sealed_code`).

Libraries that do ask for it cannot be imported where numba finds no folder to write in: neither beside their source nor
in the user's cache. There it is given the store's folder, or one that is removed at the end.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import platformdirs

from mnist_interp.runtime import code_digest, store

LIBRARIES = ("numba", "llvmlite", "umap-learn", "pynndescent")
_FOLDER = "NUMBA_CACHE_DIR"


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _of_the_libraries() -> Path:
    """Return the folder for what libraries ask numba to keep, where it has none of its own."""
    if store.scratch() is not None:
        return store.root() / "compiled"
    folder = tempfile.mkdtemp(prefix="mnist-interp-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _provide() -> None:
    """Name a folder to numba if it has none, in this process and those that it starts."""
    named = os.environ.get(_FOLDER)
    own = platformdirs.user_cache_path("numba", appauthor=False)
    if (named and _writable(Path(named))) or _writable(own):
        return
    os.environ[_FOLDER] = str(_of_the_libraries())
    if "numba" in sys.modules:  # it has read its settings before
        from numba.core import config

        config.reload_config()


_provide()


def keep(modules: Iterable[ModuleType]) -> None:
    """Let the compiled functions of some modules be kept; not where there is no folder for it, or no room.

    Parameters
    ----------
    modules : iterable of module
        Of the libraries that versions are asked of here, or of this package.
    """
    if store.scratch() is None:
        return
    from numba.core import config  # takes half a second: not at import
    from numba.core.registry import CPUDispatcher

    from mnist_interp.runtime.sealed_code import SealedCache

    modules = list(modules)
    own = [module.__name__ for module in modules if module.__name__.startswith(f"{code_digest.PACKAGE}.")]
    decides = code_digest.versions() | {name: importlib.metadata.version(name) for name in LIBRARIES}
    decides["own code"] = code_digest.of_modules(own)
    decides["files"] = SealedCache.__name__
    name = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]
    elsewhere = vars(config)["CACHE_DIR"]
    vars(config)["CACHE_DIR"] = str(store.root() / "compiled" / name)
    try:
        for module in modules:
            for function in vars(module).values():
                if isinstance(function, CPUDispatcher) and not function.targetoptions.get("cache"):
                    vars(function)["_cache"] = SealedCache(function.py_func)
    finally:
        vars(config)["CACHE_DIR"] = elsewhere
