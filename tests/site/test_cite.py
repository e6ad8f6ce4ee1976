"""Each page says how to cite it; who reports an error or runs a page needs what the book's settings name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from visits import opened

from mnist_interp.site import address, cite, tree
from tests.places import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VERSION = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def config(url: str = "", binder: str = "", base: str = "") -> Any:
    options = {"repository_url": url, "launch_buttons": {"binderhub_url": binder}}
    settings = {"author": "Somebody", "copyright": "2026", "html_title": "Book", "root_doc": "index"}
    return SimpleNamespace(html_theme_options=options, html_baseurl=base, **settings)


@pytest.fixture(autouse=True)
def _no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(address.VARIABLE, raising=False)


def test_a_page_is_cited_in_its_book_and_the_cover_as_the_book() -> None:
    page = cite.words(config(base="https://example.org/book"), "cnn", "The CNN")
    assert cite.bibtex(page) == (
        "@incollection{interpreting-mnist-cnn,\n  author = {{Somebody}},\n  title = {The CNN},\n  booktitle = {Book},\n"
        f"  year = {{2026}},\n  note = {{Version {VERSION}}},\n  url = {{https://example.org/book/cnn.html}},\n}}"
    )
    cover = cite.words(config(), "index", "Book")
    assert cite.bibtex(cover) == (
        "@book{interpreting-mnist,\n  author = {{Somebody}},\n  title = {Book},\n  year = {2026},\n"
        f"  note = {{Version {VERSION}}},\n}}"
    )


def test_the_links_need_a_repository_and_a_service() -> None:
    github, binder = "https://github.com/one/book/", "https://mybinder.org"
    assert cite.report(config(), "The CNN") == cite.report(config("javascript:alert(1)"), "The CNN") == ""
    assert cite.report(config(github), "A & B?") == (
        "https://github.com/one/book/issues/new?title=Error%20in%20%E2%80%9CA%20%26%20B%3F%E2%80%9D"
    )
    assert cite.launch(config(github), "cnn") == cite.launch(config("", binder), "cnn") == ""
    assert cite.launch(config("https://example.org/one/book", binder), "cnn") == ""
    assert cite.launch(config(github, binder), "cnn") == (
        "https://mybinder.org/v2/gh/one/book/HEAD?urlpath=lab%2Ftree%2Fbook%2Fcnn.md"
    )


def test_every_page_of_the_site_says_how_to_cite_it(built_site: Path, page_name: str) -> None:
    page = tree.read(built_site / f"{page_name}.html")
    (shown,) = page.find_class("mi-cite")
    said = " ".join(shown.findtext("p") or "") + shown.text_content()
    title = "".join(page.find(".//h1").itertext()).rstrip("#").strip()
    assert f"version {VERSION}" in said
    assert page_name == "index" or title.partition(". ")[2] in said or title in said
    entry = (shown.findtext("pre") or "").splitlines()
    assert (entry[0][0], entry[-1]) == ("@", "}")
    assert f"  note = {{Version {VERSION}}}," in entry


@pytest.mark.parametrize("scripts", [True, False])
def test_it_opens_without_scripts_and_stands_on_paper(browser: Browser, built_site: Path, scripts: bool) -> None:
    with opened(browser, built_site.as_uri(), "bibliography", java_script_enabled=scripts) as watched:
        page = watched.page
        words, entry = page.locator(".mi-cite p"), page.locator(".mi-cite pre")
        assert not words.is_visible()
        page.emulate_media(media="print")
        assert words.is_visible()
        assert not entry.is_visible()
        assert not page.locator(".mi-foot > p").first.is_visible()
        page.emulate_media(media="screen")
        page.get_by_text("Cite this").click()
        assert words.is_visible()
        assert entry.is_visible()
