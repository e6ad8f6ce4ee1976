"""The checkout: what has to be where, what has to agree, what must not be there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.places import BOOK, REPOSITORY, missing

HEAVY = (".safetensors", ".ipynb", ".npz", ".npy", ".pt", ".entry", ".db", ".csv")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Return the files that git holds, without symbolic links."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode:
        missing("not a git checkout")
    paths = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def test_the_table_of_contents_names_each_page_once():
    toc = yaml.safe_load((REPOSITORY / "_toc.yml").read_text(encoding="utf-8"))
    named = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    assert sorted(named) == sorted(page.stem for page in BOOK.glob("*.md"))


def test_the_book_finds_its_table_of_contents_where_there_are_no_links():
    copy = BOOK / "_toc.yml"
    assert not copy.is_symlink()
    assert copy.read_text(encoding="utf-8") == (REPOSITORY / "_toc.yml").read_text(encoding="utf-8"), (
        "book/_toc.yml is the copy that `jupyter-book build book/` reads: copy _toc.yml there"
    )


def test_the_repository_holds_no_symbolic_links():
    listed = subprocess.run(["git", "ls-files", "--stage"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode:
        missing("not a git checkout")
    assert not [line for line in listed.stdout.splitlines() if line.startswith("120000")]


def test_the_repository_holds_no_results(tracked):
    assert not [path for path in tracked if path.suffix in HEAVY]
    large = [path for path in tracked if path.stat().st_size > 1_500_000]
    assert all(path.parent == REPOSITORY / "mnist_interp" / "data" / "mnist" / "files" for path in large)


def test_text_files_name_no_path_of_a_machine_and_no_index(tracked):
    unwanted = (
        "/" + "home/",
        "/" + "Users/",
        "/" + "root/",
        "--" + "extra-index-url",
        "pypi" + ".",
        "jsd" + "elivr",
        "unp" + "kg.com",
    )
    for path in tracked:
        content = path.read_bytes()
        if b"\0" not in content:
            found = [name for name in unwanted if name.encode() in content]
            assert not found, f"{path.relative_to(REPOSITORY)} names {found}"


def test_versions_agree():
    import mnist_interp

    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    pyproject = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{citation["version"]}"' in pyproject
    assert getattr(mnist_interp, "__version__", citation["version"]) == citation["version"]


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", ".ci/make-venv"])
def test_what_the_readme_and_help_name_exists(name):
    assert (REPOSITORY / name).is_file()


def test_the_readme_links_to_what_exists():
    import re

    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert targets
    for target in targets:
        assert target.startswith("https://") or (REPOSITORY / target).exists(), f"README.md links to {target}"


def test_no_two_files_of_tests_bear_one_name(tracked):
    names = [path.name for path in tracked if "tests" in path.parts and path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names)), "pytest would collect one of them only"
