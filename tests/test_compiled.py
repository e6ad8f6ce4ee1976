"""Compiled code comes back from the store's folder: a second process compiles nothing and draws the same map."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numba
import pytest

from mnist_interp import compiled, fingerprint

DRAW = """
import hashlib
import numpy as np
from mnist_interp import geometry
points = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
drawn = geometry.umap.__wrapped__(points, neighbors=15, seed=0)["map"]
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
    compiled.keep([module])
    (first,) = (own_cache / "compiled").iterdir()
    monkeypatch.setattr(fingerprint, "versions", lambda: {"python": "4.0"})
    compiled.keep([module])
    assert module.double(2) == 4
    assert len(list((own_cache / "compiled").iterdir())) == 2
    assert module.double.stats.cache_path.startswith(str(own_cache))
    assert first.name not in module.double.stats.cache_path
    assert str(own_cache) not in str(numba.config.CACHE_DIR)


def test_where_the_folder_cannot_be_written_nothing_is_kept(own_cache, module):
    own_cache.write_text("a file")
    compiled.keep([module])
    assert module.double(2) == 4
    assert module.double.stats.cache_path is None
