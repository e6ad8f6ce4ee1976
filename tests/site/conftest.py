"""Fixtures of the site's tests: a tiny book to build, and one store for all of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tinybook import REPOSITORY, Book


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for all tiny books: the protagonist of the preview is trained once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def book(tmp_path: Path, shared_cache: Path) -> Book:
    """Return a book of one page of prose; tests add theirs."""
    (tmp_path / "book").mkdir()
    shutil.copy(REPOSITORY / "_config.yml", tmp_path)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - glob: page*\n", encoding="utf-8")
    (tmp_path / "book" / "_toc.yml").symlink_to("../_toc.yml")
    (tmp_path / "book" / "references.bib").write_text("", encoding="utf-8")
    environment = dict(os.environ, MNIST_INTERP_CACHE=str(shared_cache), MNIST_INTERP_PREVIEW="1")
    made = Book(tmp_path, environment)
    made.write("index", "# Cover\n\nWords.\n")
    return made
