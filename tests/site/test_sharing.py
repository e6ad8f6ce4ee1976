"""What others see who link to the book, and what it says of its public address, if it has one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sphinx.config import Config
from tinybook import Book

from mnist_interp.site import address, tree
from mnist_interp.site.errors import BookError

ADDRESS = "https://example.org/book"
NEEDS_ADDRESS = "//meta[starts-with(@property, 'og:image') or @property='og:url'] | //link[@rel='canonical']"


def meta(page: Path) -> dict[str, str]:
    found = tree.read(page).iter("meta")
    return {tag.get("name") or tag.get("property"): tag.get("content") for tag in found}


def test_every_page_describes_itself(built_site: Path, page_name: str) -> None:
    said = meta(built_site / f"{page_name}.html")
    assert len(said["description"]) > 20
    assert said["og:description"] == said["description"]


def test_without_a_public_address_nothing_is_said_that_needs_one(built_book: Book) -> None:
    assert tree.read(built_book.site / "page.html").xpath(NEEDS_ADDRESS) == []


def test_with_a_public_address_it_is_whole(built_book: Book) -> None:
    built_book.write("page", "# Page\n\nIt begins with *words*.\n")
    book = replace(built_book, environment=built_book.environment | {address.VARIABLE: ADDRESS})
    done = book.build()
    assert done.returncode == 0, done.stdout + done.stderr
    said = meta(book.site / "page.html")
    assert said["description"] == "It begins with words."
    assert said["og:image"] == f"{ADDRESS}/_static/social.png"
    assert said["og:url"] == f"{ADDRESS}/page.html"
    assert meta(book.site / "index.html")["og:url"] == f"{ADDRESS}/"


@pytest.mark.parametrize("given", ["example.org", "/book", "ftp://example.org", "https://", "https://a.org/?q"])
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(address.VARIABLE, given)
    with pytest.raises(BookError, match="expected one such as"):
        address.of(Config())
