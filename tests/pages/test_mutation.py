"""A wrong package is noticed by the pages: with its verdicts turned about, the page of claims fails its check."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.places import BOOK, REPOSITORY

PAGE = BOOK / "claims.md"
TURNED = {'return "mixed"': 'return "holds"', 'return "holds" if': 'return "mixed" if'}


@pytest.mark.skipif(not PAGE.is_file(), reason="no page of claims")
def test_a_mutation_of_the_package_fails_a_page(built_site, tmp_path):
    shutil.copytree(
        REPOSITORY / "mnist_interp", tmp_path / "mnist_interp", ignore=shutil.ignore_patterns("__pycache__")
    )
    module = tmp_path / "mnist_interp" / "methods" / "verdicts.py"
    source = module.read_text(encoding="utf-8")
    for right, wrong in TURNED.items():
        assert source.count(right) == 1, f"{module.name} no longer says {right!r}: choose another mutation"
        source = source.replace(right, wrong)
    module.write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider", str(PAGE)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "MNIST_INTERP_SITE": str(built_site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "book/claims.md:" in done.stdout
    assert "Cell outputs differ" in done.stdout
