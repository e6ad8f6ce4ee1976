"""Machine code of numba's is kept in the store's folder, where a library asks for none of it to be kept.

UMAP's inner functions take some 10 s to compile, in every process that draws a map. numba finds what it kept by the
digest of the function's file, the types of the arguments and the processor; since what a function calls may stand in
other files, the folder's name adds the versions. What runs is the same code, and what it returns the same bytes.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable
from types import ModuleType

from mnist_interp import fingerprint, store

LIBRARIES = ("numba", "llvmlite", "umap-learn", "pynndescent")


def keep(modules: Iterable[ModuleType]) -> None:
    """Let the compiled functions of some modules be kept; not where there is no folder for it, or no room.

    Parameters
    ----------
    modules : iterable of module
        Of the libraries that versions are asked of here.
    """
    if store.scratch() is None:
        return
    from numba.core import config  # takes half a second: not at import
    from numba.core.registry import CPUDispatcher

    versions = fingerprint.versions() | {name: importlib.metadata.version(name) for name in LIBRARIES}
    name = hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()[:16]
    elsewhere = vars(config)["CACHE_DIR"]
    vars(config)["CACHE_DIR"] = str(store.root() / "compiled" / name)
    try:
        for module in modules:
            for function in vars(module).values():
                if isinstance(function, CPUDispatcher) and not function.targetoptions.get("cache"):
                    function.enable_caching()
    finally:
        vars(config)["CACHE_DIR"] = elsewhere
