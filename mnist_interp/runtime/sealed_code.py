"""Machine code of numba's in files that carry a digest of their own bytes: numba runs whatever it finds.

A damaged file is compiled again with a warning, as is one that is gone; where a file cannot be written, the code that
was just compiled is used without. Both as the store does with its entries.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

from mnist_interp.runtime import store

_DIGEST = 32


def _sealed(payload: bytes) -> bytes:
    return hashlib.sha256(payload).digest() + payload


def _opened(path: str) -> Any:
    """Return what a file holds.

    Raises
    ------
    OSError
        If it cannot be read, or is damaged.
    """
    content = Path(path).read_bytes()
    if _sealed(content[_DIGEST:]) != content:
        store.warn_of_damage(Path(path))
        raise OSError(f"{path} is damaged")
    return pickle.loads(content[_DIGEST:])


class _SealedFiles(IndexDataCacheFile):
    _index_path: str

    def _load_index(self) -> dict[Any, str]:
        try:
            version, stamp, names = _opened(self._index_path)
        except OSError:
            return {}
        return names if (version, stamp) == (self._version, self._source_stamp) else {}

    def _save_index(self, names: dict[Any, str]) -> None:
        self._write(self._index_path, (self._version, self._source_stamp, names))

    def _load_data(self, name: str) -> Any:
        return _opened(self._data_path(name))

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)

    def _write(self, path: str, content: Any) -> None:
        with self._open_for_write(path) as file:
            file.write(_sealed(self._dump(content)))


class SealedCache(FunctionCache):
    """Takes the place of what numba gives a function that is to be kept, in the folder that it is told then."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        files = _SealedFiles.__new__(_SealedFiles)
        vars(files).update(vars(self._cache_file))
        self._cache_file = files

    def _save_overload(self, *compiled: Any) -> None:
        try:
            super()._save_overload(*compiled)
        except OSError as error:
            store.complain(error)
