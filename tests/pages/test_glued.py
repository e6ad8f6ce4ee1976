"""A glued number follows the data: on a tiny population it changes, or it is on the list in constants.toml."""

from __future__ import annotations

import re

import pytest

from tests.pages import glued
from tests.pages.collect import cells_of
from tests.places import BOOK, facts

PAGES = sorted(page.stem for page in BOOK.glob("*.md") if cells_of(page.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def full_site(built_site):
    """Return the built site if it is the whole book; a preview has nothing to compare a preview with."""
    if facts(built_site)["preview"]:
        pytest.skip("the built site is a preview: run `make book` to compare its glued numbers with a preview's")
    return built_site


@pytest.fixture(scope="module")
def tiny_pages(full_site):
    """Return what every page glues on the tiny population."""
    return glued.all_on_the_tiny_population(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_every_glued_number_changes_with_the_population(full_site, tiny_pages, page):
    tiny = tiny_pages[page].result()
    same = [key for key in glued.unmoved(page, glued.of_site(full_site, page), tiny) if key not in glued.constants()]
    assert not same, (
        f"the same on 3 seeds and 1 epoch as in the book, so perhaps not computed: {', '.join(same)}; compute them "
        "from the data, or list them with a reason in tests/pages/constants.toml"
    )


@pytest.mark.parametrize("page", PAGES)
def test_the_text_names_only_keys_that_a_cell_glues(built_site, page):
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    named = {key.split(":")[0].strip() for key in re.findall(r"\{glue:(?:text|math|md)?\}`([^`]+)`", text)}
    assert named <= set(glued.of_site(built_site, page))


def test_the_list_of_constants_names_keys_that_exist(built_site):
    known = {f"{page}.{key}" for page in PAGES for key in glued.of_site(built_site, page)}
    assert set(glued.constants()) <= known
    assert all(len(reason) > 4 for reason in glued.constants().values())


PLANTED = """\
---
jupytext: {text_representation: {format_name: myst}}
kernelspec: {display_name: Python 3, name: python3}
---
```{code-cell}
from mnist_interp.training import registry
from mnist_interp.site.prose import glue
glue("seeds", float(len(registry.BOOK["the baseline population"][1])))
glue("planted", 0.948)
```
"""


def test_a_planted_constant_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(glued, "BOOK", tmp_path)
    (tmp_path / "plant.md").write_text(PLANTED)
    tiny = glued.on_the_tiny_population("plant")
    assert tiny == {"seeds": "3.0", "planted": "0.948"}
    assert glued.unmoved("plant", {"seeds": "24.0", "planted": "0.948"}, tiny) == ["plant.planted"]


def test_only_a_mixed_verdict_may_stay():
    full = {"a_verdict": "'mixed'", "b_verdict": "'holds'", "c": "'mixed'"}
    assert glued.unmoved("plant", full, full) == ["plant.b_verdict", "plant.c"]
