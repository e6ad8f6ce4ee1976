"""The store: what it gives back, what it is keyed by, and what it does when files, folders and disks fail."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_interp.runtime import store

KEY = {"recipe": {"epochs": 20}, "seeds": [0, 1]}
ARRAYS = {
    "weights": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "count": np.array(7),
    "empty": np.zeros((0, 3)),
    "flags": np.array([True, False]),
}

pytestmark = pytest.mark.usefixtures("own_cache")


def _same(ours: store.Arrays | None, theirs: store.Arrays = ARRAYS) -> None:
    assert ours is not None
    assert set(ours) == set(theirs)
    for name, array in theirs.items():
        np.testing.assert_array_equal(ours[name], array)
        assert (ours[name].dtype, ours[name].shape) == (array.dtype, array.shape)


@pytest.fixture
def kept() -> Path:
    path = store.entry("runs", KEY)
    store.write(path, ARRAYS)
    return path


def test_gives_back_what_it_was_given(kept: Path) -> None:
    _same(store.read(kept))
    assert store.read(store.entry("runs", {**KEY, "seeds": [0, 2]})) is None


def test_an_entry_is_found_by_its_key_whatever_the_order(own_cache: Path) -> None:
    path = store.entry("runs", KEY)
    assert path == store.entry("runs", dict(reversed(KEY.items())))
    assert path.is_relative_to(own_cache)
    others = [store.entry("runs", {**KEY, "seeds": seeds}) for seeds in ([0], [0, 1, 2], ["0", "1"])]
    assert len({path, store.entry("analyses", KEY), *others}) == 5


def _flip(place: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize(
    "damage",
    [_flip(0), _flip(40), _flip(-1 % 300), lambda c: c[:-1], lambda c: c[:20], lambda c: b"", lambda c: c + b"\0"],
    ids=["digest", "header", "data", "truncated", "truncated digest", "empty", "longer"],
)
def test_a_damaged_entry_is_never_trusted(kept: Path, damage: Callable[[bytes], bytes]) -> None:
    kept.write_bytes(damage(kept.read_bytes()))
    with pytest.warns(store.StoreWarning, match=f"{kept.name} is damaged; computing it again"):
        assert store.read(kept) is None
    store.write(kept, ARRAYS)
    _same(store.read(kept))


def test_the_half_written_file_of_a_killed_process_is_harmless(kept: Path) -> None:
    (kept.parent / "tmpabcdef.part").write_bytes(kept.read_bytes()[:50])
    _same(store.read(kept))
    store.write(kept, ARRAYS)
    _same(store.read(kept))


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_INTERP_CACHE", str(tmp_path / "file" / "cache"))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for kind in ("runs", "analyses"):
            path = store.entry(kind, KEY)
            assert store.read(path) is None
            store.write(path, ARRAYS)
            store.write(path, ARRAYS)
        _same(_analysis(1))
    assert len(said) == 1
    assert issubclass(said[0].category, store.StoreWarning)
    assert str(tmp_path / "file" / "cache") in str(said[0].message)
    assert "Set MNIST_INTERP_CACHE" in str(said[0].message)
    assert "\n" not in str(said[0].message)
    assert store.scratch() is None


def test_a_full_disk_is_said_once_and_leaves_nothing(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    path = store.entry("runs", KEY)
    with pytest.warns(store.StoreWarning, match="No space left on device"):
        store.write(path, ARRAYS)
    store.write(path, ARRAYS)  # a second warning would be an error
    assert store.read(path) is None
    assert [found for found in own_cache.rglob("*") if found.is_file()] == []


def test_a_disk_that_fills_while_an_entry_is_replaced_keeps_the_old_one(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.warns(store.StoreWarning):
        store.write(kept, {"other": np.zeros(3)})
    _same(store.read(kept))


def test_two_writers_of_one_entry_never_show_a_reader_half_of_it(own_cache: Path) -> None:
    script = (
        "import sys, numpy as np\nfrom mnist_interp.runtime import store\n"
        f"path = store.entry('runs', {KEY!r})\n"
        "for i in range(150): store.write(path, {'value': np.full(100_000 + i, int(sys.argv[1]))})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, number]) for number in "12"]
    path, seen = store.entry("runs", KEY), set()
    while any(writer.poll() is None for writer in writers):
        found = store.read(path)  # a warning of damage would be an error here
        if found is not None:
            assert np.ptp(found["value"]) == 0
            seen.add(int(found["value"][0]))
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen <= {1, 2}
    assert seen
    assert [found.name for found in own_cache.rglob("*") if found.is_file()] == [path.name]


calls: list[object] = []


@store.cached
def _analysis(number: object, *, scale: float = 1.0) -> store.Arrays:
    calls.append(number)
    return ARRAYS


@pytest.fixture(autouse=True)
def _counted(monkeypatch: pytest.MonkeyPatch) -> None:
    calls.clear()
    monkeypatch.setattr(store.code_digest, "of_modules", lambda modules: CODE[0])
    monkeypatch.setattr(sys.modules[__name__], "CODE", ["one"])


CODE = ["one"]


def test_cached_computes_once_for_each_argument_and_code() -> None:
    for _ in range(2):
        _same(_analysis(1))
        _same(_analysis(number=1, scale=1.0))
    assert calls == [1]
    _analysis(2)
    _analysis(1, scale=2.0)
    assert calls == [1, 2, 1]
    CODE[0] = "two"
    _analysis(1)
    assert calls == [1, 2, 1, 1]


def test_cached_tells_arrays_apart_by_content_type_and_shape() -> None:
    arrays = [
        np.zeros(4, np.float32),
        np.zeros(4, np.float64),
        np.zeros((2, 2), np.float32),
        np.zeros(8, np.float32),
        np.array([0, 0, 0, 1e-30], np.float32),
    ]
    for array in [*arrays, *arrays]:
        _analysis(array)
    assert len(calls) == len(arrays)
    _analysis(np.asfortranarray(arrays[2]))
    _analysis(np.zeros(16, np.float32)[::2])
    assert len(calls) == len(arrays)


def test_cached_takes_numpys_numbers_as_numbers() -> None:
    _analysis(1)
    _analysis(np.int64(1))
    assert calls == [1]


@pytest.mark.parametrize("argument", [{1, 2}, object(), np.array([object()])])
def test_cached_refuses_what_has_no_key(argument: object) -> None:
    with pytest.raises(ValueError, match=r"cannot make a key from a .*: expected numbers, text, arrays"):
        _analysis(argument)


def test_cached_recomputes_a_damaged_entry(own_cache: Path) -> None:
    _analysis(1)
    (path,) = own_cache.rglob("*.entry")
    path.write_bytes(_flip(50)(path.read_bytes()))
    with pytest.warns(store.StoreWarning, match="damaged"):
        _same(_analysis(1))
    _same(_analysis(1))
    assert calls == [1, 1]


def test_what_a_killed_process_left_half_written_goes_after_a_day(kept: Path) -> None:
    old, young = (kept.parent / f"{name}.part" for name in ("old", "young"))
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    store._sweep.cache_clear()
    store.write(kept, ARRAYS)
    assert not old.exists()
    assert young.exists()
    _same(store.read(kept))
