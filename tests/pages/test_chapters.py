"""A chapter stands in several places, which name the same pages in the same order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from mnist_interp import claims
from mnist_interp.site import ahead
from tests.pages.collect import cells_of
from tests.places import BOOK, REPOSITORY

CONTENTS = yaml.safe_load((REPOSITORY / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [
    chapter["file"] for part in CONTENTS["parts"] if part["caption"] == "Chapters" for chapter in part["chapters"]
]


def test_claims_are_in_the_order_of_the_table_of_contents() -> None:
    assert list(claims.CHAPTERS) == CHAPTERS


def test_a_chapter_that_no_build_has_timed_has_an_expected_time() -> None:
    assert sorted(ahead.EXPECTED) == sorted(CHAPTERS)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_makes_its_claims_and_shows_them(chapter: str) -> None:
    made = claims.CHAPTERS[chapter].CLAIMS
    assert made
    assert {claim.page for claim in made} == {chapter}
    text = (BOOK / f"{chapter}.md").read_text(encoding="utf-8")
    (shown,) = [cell for _, cell in cells_of(text) if re.search(r"\bclaims\.cards\(", cell.source)]
    assert shown.source == f'claims.cards("{chapter}")'
    assert "nbval-check-output" in shown.metadata["tags"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_invites_from_the_page_before(chapter: str) -> None:
    _, header, _ = (BOOK / f"{chapter}.md").read_text(encoding="utf-8").split("---\n", 2)
    assert yaml.safe_load(header)["teaser"].strip()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_its_finding_on_the_cover(chapter: str) -> None:
    cover = (BOOK / "index.md").read_text(encoding="utf-8")
    (finding,) = re.findall(rf"^{chapter}\n: (.*?)(?:\n\n|\n:::)", cover, flags=re.MULTILINE | re.DOTALL)
    assert f'<a href="{chapter}.html#{chapter}-' in finding
    sentences = re.split(r"(?<=[.?!])\**\s", finding)
    assert max(len(re.findall(r"\{glue:text\}`\w+:", sentence)) for sentence in sentences) <= 2


@pytest.mark.parametrize("page", sorted(BOOK.glob("*.md")), ids=lambda page: page.stem)
def test_a_link_to_a_chapter_by_number_leads_to_that_chapter(page: Path) -> None:
    links = re.findall(r"\[[Cc]hapter\s(\d+)\]\((\w+)\.md", page.read_text(encoding="utf-8"))
    assert [CHAPTERS[int(number) - 1] for number, _ in links] == [name for _, name in links]
