"""What was computed once is kept: named arrays, labeled or not, in one file an entry, found again by what decided them.

An entry's name is a digest of its key: the arguments, the code that the computation runs (`code_digest`), the data
and the versions. It is written to a temporary file and renamed, so that a reader, or a second build, never sees half
of one; it carries a digest of its own bytes, so that a damaged one is recomputed with a warning, never trusted. Where
the folder cannot be written the work goes on without it. Reading costs about 1 ms per 3 MB.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
import multiprocessing
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import numpy as np
import platformdirs
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from mnist_interp.runtime import code_digest, labeled, preview

if TYPE_CHECKING:
    import xarray as xr

Arrays = dict[str, np.ndarray]
P = ParamSpec("P")
T = TypeVar("T", bound="Arrays | xr.Dataset")
_DIGEST = 32
_SCRATCH_BYTES = 200_000_000
_STALE = 24 * 60 * 60


class StoreWarning(UserWarning):
    """Something about the cache a reader may want to know; results are not affected."""


def root() -> Path:
    """Return the folder of everything computed: ``MNIST_INTERP_CACHE``, else the user's cache folder."""
    named = os.environ.get("MNIST_INTERP_CACHE")
    return Path(named).absolute() if named else platformdirs.user_cache_path("mnist-interp")


_complained: set[Path] = set()


def complain(error: OSError) -> None:
    """Say once a folder that it cannot be used, whatever goes wrong there next; a worker leaves it to its parent."""
    if root() not in _complained and multiprocessing.parent_process() is None:
        _complained.add(root())
        warnings.warn(
            f"cannot keep results in {root()} ({error.strerror}); going on without. Set MNIST_INTERP_CACHE to a folder "
            "that can be written.",
            StoreWarning,
            stacklevel=4,
        )


def warn_of_damage(path: Path) -> None:
    """Say that a file of the cache is not what was written there, and will be made anew."""
    warnings.warn(f"the stored entry {path.name} is damaged; computing it again", StoreWarning, stacklevel=3)


def scratch() -> Path | None:
    """Return a folder for temporary files below the root, or None (the system's own) where it cannot hold them."""
    folder = root() / "scratch"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        roomy = shutil.disk_usage(folder).free >= _SCRATCH_BYTES
    except OSError:
        return None
    return folder if roomy and os.access(folder, os.W_OK) else None


def entry(kind: str, key: Mapping[str, Any]) -> Path:
    """Return the path of an entry, whether or not it is there.

    Parameters
    ----------
    kind : str
        Folder of the store, such as ``"runs"``.
    key : mapping
        Everything that decides the entry; must be JSON.
    """
    text = json.dumps(key, sort_keys=True)
    return root() / kind / f"{hashlib.sha256(text.encode()).hexdigest()[:40]}.entry"


def read(path: Path) -> Arrays | None:
    """Return the arrays of an entry, or None if it is not there or damaged (then with a warning)."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        complain(error)
        return None
    if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
        warn_of_damage(path)
        return None
    return load_arrays(content[_DIGEST:])


def write(path: Path, arrays: Arrays) -> None:
    """Keep `arrays` at `path`, all or nothing; on a full disk or an unwritable folder warn once and go on."""
    payload = save_arrays({name: np.asarray(array, order="C") for name, array in arrays.items()})
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as temporary:
            temporary.write(hashlib.sha256(payload).digest() + payload)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(temporary.name).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary.name).unlink(missing_ok=True)
        complain(error)


@functools.cache
def _sweep(folder: Path) -> None:
    """Remove, once a process and folder, what processes that were killed while writing left there days ago."""
    with contextlib.suppress(OSError):
        for part in folder.glob("*.part"):
            if time.time() - part.stat().st_mtime > _STALE:
                part.unlink(missing_ok=True)


def _plain(value: Any) -> Any:
    """Turn an argument into JSON: arrays and objects with a `key` by digest or key, the rest as it is."""
    if hasattr(value, "key"):
        return _plain(value.key)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"dtype": str(value.dtype), "shape": list(value.shape), "sha256": digest}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ValueError(
        f"cannot make a key from a {type(value).__name__}: expected numbers, text, arrays, lists of them, or an "
        "object with a `key`"
    )


def cached(function: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function of arrays, numbers and runs returns: a dictionary of arrays, or an `xarray.Dataset`.

    The entry is found by the function's name, its arguments and the code of its module with all that it imports, so
    editing a chart or a sentence recomputes nothing, and editing the computation does.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        key = {
            "function": f"{function.__module__}.{function.__qualname__}",
            "code": code_digest.of_modules([function.__module__]),
            "arguments": _plain(bound.arguments),
            "preview": preview.enabled(),
        }
        path = entry("analyses", key)
        found = read(path)
        if found is not None:
            return cast(T, labeled.unpack(found) if labeled.HEADER in found else found)
        result = function(*args, **kwargs)
        write(path, result if isinstance(result, dict) else labeled.pack(result))
        return result

    return kept
