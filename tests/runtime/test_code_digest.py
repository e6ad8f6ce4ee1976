"""Fingerprints, on a copy of the package that is edited: what decides a run changes its digest, nothing else does."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys

import pytest

from mnist_interp.runtime import code_digest
from tests.places import REPOSITORY

SCRIPT = """
import json, pathlib, sys
from mnist_interp.runtime import code_digest
package = pathlib.Path(code_digest.__file__).parents[1]
def digests():
    for memory in (code_digest._read, code_digest._data_digest):
        memory.cache_clear()
    names = ("training.loop", "experiments.training_dynamics", "data.published")
    return [code_digest.of_modules(["mnist_interp." + name]) for name in names]
found = {"nothing": digests()}
for label, (name, old, new) in json.load(sys.stdin).items():
    path = package / name
    before = path.read_bytes()
    assert before.count(old.encode()) >= 1, label
    path.write_bytes(before.replace(old.encode(), new.encode(), 1))
    found[label] = digests()
    path.write_bytes(before)
found["nothing again"] = digests()
print(json.dumps({"package": str(package), "found": found}))
"""
FIRST = "from __future__ import annotations"
NEUTRAL = {
    "a comment": ("training/loop.py", "import numpy as np", "import numpy as np  # arrays"),
    "a docstring": ("training/loop.py", "Train one network for each seed.", "Train them."),
    "another module's docstring": ("training/models.py", "The networks of the book", "Networks"),
    "blank lines": ("training/ensemble.py", "class StackedReLU", "\n\n\nclass StackedReLU"),
    "the store": ("runtime/store.py", "_DIGEST = 32", "_DIGEST = 33"),
    "another recipe": ("training/registry.py", "BOOK:", "FAST = Recipe(epochs=2)\n\nBOOK:"),
    "a chart": ("charts/theme.py", FIRST, f"{FIRST}\nX = 1"),
    "a claim": ("claims/baseline.py", FIRST, f"{FIRST}\nX = 1"),
}
DECIDING = {
    "the engine": ("training/loop.py", "seen.argmax(2)", "seen.argmin(2)"),
    "a learner": ("training/autograd_learner.py", "loss.backward()", "(2 * loss).backward()"),
    "compiled code": ("training/sgd_kernel.py", "1e-5", "1e-4"),
    "a module that it imports": ("training/models.py", "fan_in = 784", "fan_in = 783"),
    "one that is imported there": ("training/batch_order.py", '"order": 1', '"order": 4'),
    "the digits' module": ("data/mnist/__init__.py", "/ 255", "/ 256"),
    "the digits": ("data/mnist/files/t10k-labels-idx1-ubyte.gz", "\x1f", "\x1e"),
}


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the digests of the engine, of an analysis and of the published figures after each edit."""
    folder = tmp_path_factory.mktemp("copied")
    shutil.copytree(REPOSITORY / "mnist_interp", folder / "mnist_interp", ignore=shutil.ignore_patterns("__pycache__"))
    edits = {
        **NEUTRAL,
        **DECIDING,
        "an analysis": ("experiments/training_dynamics.py", FIRST, f"{FIRST}\nX = 1"),
        "a figure": ("data/published.json", "94.80", "94.81"),
    }
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT],
        input=json.dumps(edits),
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["package"] == str(folder / "mnist_interp")
    return answer["found"]


def test_putting_an_edit_back_puts_the_digest_back(digests: dict[str, list[str]]) -> None:
    assert digests["nothing again"] == digests["nothing"]
    assert len(set(digests["nothing"])) == 3


@pytest.mark.parametrize("edit", NEUTRAL)
def test_what_decides_no_run_changes_nothing(edit: str, digests: dict[str, list[str]]) -> None:
    assert digests[edit] == digests["nothing"]


@pytest.mark.parametrize("edit", DECIDING)
def test_what_decides_a_run_changes_it_and_the_analyses_of_it(edit: str, digests: dict[str, list[str]]) -> None:
    engine, drift, published = (now != then for now, then in zip(digests[edit], digests["nothing"], strict=True))
    assert engine
    assert drift
    assert not published


def test_an_analysis_and_a_published_figure_decide_themselves_only(digests: dict[str, list[str]]) -> None:
    engine, drift, published = digests["nothing"]
    after_analysis, after_figure = digests["an analysis"], digests["a figure"]
    assert (after_analysis[0], after_analysis[2]) == (engine, published)
    assert after_analysis[1] != drift
    assert after_figure[:2] == [engine, drift]
    assert after_figure[2] != published


def test_versions_count(monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_digest.of_modules(["mnist_interp.training.loop"])
    other = {**code_digest.versions(), "torch": "0.1"}
    monkeypatch.setattr(code_digest, "versions", lambda: other)
    assert code_digest.of_modules(["mnist_interp.training.loop"]) != before


def test_the_closure_follows_every_form_of_import() -> None:
    source = """
import mnist_interp.training.batch_order
from mnist_interp.training import models, population
from mnist_interp.claims.claim import Claim
from . import charts
from .site import prose
def late():
    from mnist_interp.methods.projections import tsne
import torch
"""
    found = set(code_digest.imported_modules(ast.parse(source), inside="mnist_interp"))
    wanted = {
        "training.batch_order",
        "training.models",
        "training",
        "claims.claim",
        "charts",
        "site.prose",
        "methods.projections",
    }
    assert {f"mnist_interp.{name}" for name in wanted} == found


def test_who_imports_the_package_itself_depends_on_all_that_its_names_do() -> None:
    (module,) = code_digest.imported_modules(ast.parse("import mnist_interp as mi"))
    assert {"mnist_interp.methods.ablation", "mnist_interp.methods.verdicts"} <= set(code_digest.closure([module]))
    (other,) = code_digest.imported_modules(ast.parse("from mnist_interp import bench"))
    assert "mnist_interp.methods.ablation" not in code_digest.closure([other])


def test_an_unknown_module_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"unknown module 'mnist_interp.modles': expected a module of mnist_interp"
    ) as said:
        code_digest.of_modules(["mnist_interp.modles"])
    _, suggested, _ = str(said.value).rsplit("'", 2)
    assert code_digest.closure([suggested])
