"""What the search finds: whole words, none that stand everywhere, and a term of the glossary first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from visits import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def searching(browser: Browser, built_site: Path) -> Iterator[Page]:
    with opened(browser, built_site.as_uri(), "search") as watched:
        yield watched.page
        assert watched.said == []


def found(page: Page, query: str, *, typing: bool = False) -> tuple[list[str], set[str]]:
    """Return the addresses of what is found, and the words that are marked."""
    page.get_by_role("searchbox").fill(query)
    if not typing:
        page.keyboard.press("Enter")
    links = page.locator("#mi-search-results a").evaluate_all("all => all.map(link => link.getAttribute('href'))")
    return links, {word.lower() for word in page.locator("#mi-search-results mark").all_inner_texts()}


def test_whole_words_are_found_and_parts_are_not(searching: Page) -> None:
    assert found(searching, "ink")[1] == {"ink"}
    assert found(searching, "neuron")[1] == {"neuron", "neurons"}
    assert found(searching, "tart")[0] == []  # start
    links, marks = found(searching, "abla", typing=True)
    assert links
    assert all(word.startswith("abla") for word in marks)
    assert found(searching, "abla")[0] == links, "nothing is called so: it is the beginning of a word"


def test_words_that_stand_everywhere_are_left_out(searching: Page) -> None:
    with_them, marks = found(searching, "what is the silhouette of a layer")
    assert with_them == found(searching, "silhouette layer")[0] != []
    assert marks <= {"silhouette", "silhouettes", "layer", "layers"}
    assert found(searching, "the")[0], "alone it is looked for"


def test_the_glossary_comes_first_for_its_terms(searching: Page, built_site: Path) -> None:
    script = (built_site / "_static" / "search-index.js").read_text(encoding="utf-8")
    entries = json.loads(script.partition("=")[2].strip(";\n"))
    terms = [entry for entry in entries if entry.get("term")]
    assert len(terms) > 40
    assert {entry["title"] for entry in terms} >= {"reference", "ablation"}
    for entry in terms:
        assert entry["text"]
        assert found(searching, f"the {entry['title']}")[0][0].endswith(f"{entry['page']}.html#{entry['id']}")
    assert [entry["text"] for entry in entries if entry["title"] == "Glossary"] == [""], "its terms stand apart"
