"""The chapters on the cover: one card each, in the order of the contents, whether or not the page says more.

The cover holds a list of definitions in a container of class `MARK`: the term names a chapter's page, the definition is
a finding. Number, title and teaser come from the contents and from the header of the chapter's page, so a new chapter
has its card, and a finding as soon as the list has one. A link whose whole text is a verdict becomes a badge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.html import builder

from mnist_interp.site import numbered
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement
    from sphinx.environment import BuildEnvironment

MARK = "mi-chapters"
VERDICTS = ("holds", "mixed", "fails")


def _findings(container: HtmlElement) -> dict[str, HtmlElement]:
    found = {}
    for term in container.iterfind(".//dt"):
        definition = term.getnext()
        definition.tag = "div"
        definition.set("class", "mi-finding")
        definition.tail = None
        found[term.text_content().strip()] = definition
    return found


def _badges(finding: HtmlElement) -> None:
    for link in finding.iter("a"):
        if (verdict := link.text_content().strip()) in VERDICTS:
            link.set("class", f"mi-badge mi-claim-verdict mi-claim-{verdict}")


def _card(env: BuildEnvironment, page: str, address: str) -> HtmlElement:
    title = builder.H3(
        builder.SPAN(
            f"{numbered.number(env, page)}", builder.SPAN(".", {"class": "mi-hidden-text"}), {"class": "mi-number"}
        ),
        " ",
        builder.A(env.titles[page].astext(), href=address),
    )
    return builder.LI(title, builder.P(env.metadata[page].get("teaser", ""), {"class": "mi-teaser"}))


def fill(body: HtmlElement, page: str, env: BuildEnvironment, pathto: Callable[..., str]) -> None:
    """Make cards of the list of findings, where a page has one.

    Raises
    ------
    BookError
        If a finding is of a page that is no chapter.
    """
    for container in body.find_class(MARK):
        findings, chapters = _findings(container), numbered.chapters(env)
        if unknown := sorted(set(findings) - set(chapters)):
            raise BookError(f"{page} has a finding of {unknown[0]!r}: expected a chapter, one of {', '.join(chapters)}")
        cards = builder.OL({"class": f"{MARK} mi-wide", "role": "list"})
        for chapter in chapters:
            card = _card(env, chapter, pathto(chapter))
            if chapter in findings:
                _badges(findings[chapter])
                card.append(findings[chapter])
            cards.append(card)
        cards.tail = container.tail
        container.getparent().replace(container, cards)
