"""A book is built wherever it lies: in folders of any name, in any locale, where nothing can be kept in a home."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tinybook import HEADER, Book, begun

PAGE = HEADER + "# Page\n\nDéjà vu.\n\n```{code-cell} ipython3\nprint('déjà', 6 * 7)\n```\n"


@pytest.fixture
def odd(tmp_path: Path, shared_cache: Path, built_once: Book) -> Book:
    """Return a book in a folder whose name has blanks, an accent and what addresses have their own use for."""
    made = begun(tmp_path / "à b#c%20d & e", shared_cache)
    shutil.copytree(built_once.folder / "_build", made.folder / "_build")
    made.write("page", PAGE)
    return made


def test_in_a_folder_of_any_name_and_an_ascii_locale_the_commands_build(odd: Book) -> None:
    odd.environment.update(LC_ALL="C", PYTHONUTF8="1")  # as commands do for what they run, whatever was set before
    done = odd.build()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "déjà 42" in odd.page("page")


def test_there_jupyter_book_says_what_to_set(odd: Book) -> None:
    odd.environment.update(LC_ALL="C", PYTHONUTF8="0")
    done = odd.build()
    assert done.returncode != 0
    said = done.stderr.partition("The book cannot be built:")[2].splitlines()[1]
    assert said.startswith("Python reads names of files as ascii here, and '")
    assert said.endswith("is not: set PYTHONUTF8=1, or build by `python -m mnist_interp book`, which does")
