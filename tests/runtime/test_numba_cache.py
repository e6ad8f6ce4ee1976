"""Compiled code comes back from the store's folder: a second process compiles nothing and draws the same map."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from mnist_interp.runtime import code_digest, numba_cache, store
from tests.places import REPOSITORY

DRAW = """
import hashlib
import numpy as np
from mnist_interp.methods import projections
points = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
drawn = projections.umap.__wrapped__(points, neighbors=15, seed=0)["map"]
from umap import umap_, utils
stats = [function.stats for function in (umap_.smooth_knn_dist, utils.fast_knn_indices)]
print(hashlib.sha256(drawn.tobytes()).hexdigest())
print(*(bool(one.cache_hits) for one in stats), *(bool(one.cache_misses) for one in stats))
"""


def test_a_second_process_compiles_nothing_and_draws_the_same(own_cache):
    ran = [subprocess.run([sys.executable, "-c", DRAW], capture_output=True, text=True, check=True) for _ in range(2)]
    first, second = (done.stdout.splitlines() for done in ran)
    assert first[0] == second[0]
    assert first[1] == "False False True True"
    assert second[1] == "True True False False"


@pytest.fixture
def module(tmp_path):
    """Return a module of one compiled function."""
    path = tmp_path / "few.py"
    path.write_text("import numba\n\n\n@numba.njit()\ndef double(x):\n    return 2 * x\n")
    spec = importlib.util.spec_from_file_location("few", path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_other_versions_have_another_folder(own_cache, module, monkeypatch):
    numba_cache.keep([module])
    (first,) = (own_cache / "compiled").iterdir()
    monkeypatch.setattr(code_digest, "versions", lambda: {"python": "4.0"})
    numba_cache.keep([module])
    assert module.double(2) == 4
    assert len(list((own_cache / "compiled").iterdir())) == 2
    assert module.double.stats.cache_path.startswith(str(own_cache))
    assert first.name not in module.double.stats.cache_path
    assert str(own_cache) not in str(numba.config.CACHE_DIR)


def test_where_the_folder_cannot_be_written_nothing_is_kept(own_cache, module):
    own_cache.write_text("a file")
    numba_cache.keep([module])
    assert module.double(2) == 4
    assert module.double.stats.cache_path is None


ASKS = "import numba\n\n\n@numba.njit(cache=True)\ndef double(x):\n    return 2 * x\n"
SCORE = """
import numpy as np
from mnist_interp.methods import unit_subsets
points = np.random.default_rng(0).normal(size=(20, 3))
print(unit_subsets.silhouettes(points, np.repeat(np.arange(10), 2), np.array([[0, 1, 2]]))[0])
"""


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a process that finds nothing but its folder of temporary files to write in."""
    shutil.copytree(
        REPOSITORY / "mnist_interp", tmp_path / "mnist_interp", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "asks.py").write_text(ASKS)
    for folder in (tmp_path, tmp_path / "mnist_interp"):
        (folder / "__pycache__").touch()  # a file: no folder can be made there, by root neither
    (tmp_path / "temporary").mkdir()
    blocked = str(tmp_path / "asks.py" / "folder")
    names = ("HOME", "LOCALAPPDATA", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "MNIST_INTERP_CACHE")
    own = {"PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path / "temporary"), "TEMP": str(tmp_path / "temporary")}
    return {**os.environ, **own, **dict.fromkeys(names, blocked)}


def lines(script: str, environment: dict[str, str]) -> list[str]:
    """Return what a script prints, which must end well and complain of nothing."""
    command = [sys.executable, "-c", script]  # finds what stands in its folder first
    folder = environment["PYTHONPATH"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_ours_is_compiled_where_nothing_can_be_kept(nowhere, tmp_path):
    points = np.random.default_rng(0).normal(size=(20, 3))
    expected = silhouette_score(points, np.repeat(np.arange(10), 2))
    assert float(lines(SCORE, nowhere)[0]) == pytest.approx(expected, abs=2e-6)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_library_that_asks_for_it_to_be_kept_is_imported_where_it_cannot_be(nowhere, tmp_path):
    script = (
        "from mnist_interp.runtime import numba_cache\nimport asks\n"
        "print(asks.double(2))\nprint(asks.double.stats.cache_path)"
    )
    result, place = lines(script, nowhere)
    assert result == "4"
    assert Path(place).is_relative_to(tmp_path / "temporary")
    assert list((tmp_path / "temporary").iterdir()) == [], "what was kept there is gone with the process"


def test_there_it_is_kept_in_the_store_if_that_can_be_written(nowhere, tmp_path):
    script = "import numba\nfrom mnist_interp.runtime import numba_cache\nimport asks\nprint(asks.double(2))"
    assert lines(script, {**nowhere, "MNIST_INTERP_CACHE": str(tmp_path / "store")}) == ["4"]
    assert list((tmp_path / "store" / "compiled").rglob("asks.double-*.nbi"))


TWICE = "def of(values):\n    total = 0\n    for value in values:\n        total += 2 * value\n    return total\n"


@pytest.fixture
def again(tmp_path):
    """Return what a process that begins finds of a compiled function, and its files."""
    path = tmp_path / "twice.py"
    path.write_text(f"import numba\n\n\n@numba.njit()\n{TWICE}")

    def begun():
        spec = importlib.util.spec_from_file_location("twice", path)
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        numba_cache.keep([made])
        return made.of

    return begun


def _changed(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [lambda c: _changed(c, 0), lambda c: _changed(c, len(c) // 2), lambda c: c[:-9]])
def test_damaged_machine_code_is_never_run(own_cache, again, kind, damage):
    values = np.arange(5)
    assert again()(values) == 20
    (path,) = own_cache.rglob(f"*.{kind}")
    content = path.read_bytes()
    path.write_bytes(damage(content))
    function = again()
    with pytest.warns(store.StoreWarning, match=f"{path.name} is damaged"):
        assert function(values) == 20
    assert sum(function.stats.cache_hits.values()) == 0
    function = again()
    assert function(values) == 20
    assert sum(function.stats.cache_hits.values()) == 1, "what took its place"


def test_machine_code_that_can_no_longer_be_kept_is_used(own_cache, again):
    function = again()
    shutil.rmtree(own_cache)
    own_cache.touch()
    with pytest.warns(store.StoreWarning, match="cannot keep results"):
        assert function(np.arange(5)) == 20
