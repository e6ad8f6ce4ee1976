"""What helps a reader on, right under a page's title.

A wide window has the list of a page's sections beside the text. Where there is no room for it, it stands under the
title, folded by the browser's own disclosure; the style sheet shows one of the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.html import builder

from mnist_interp.site import tree

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NAME = "On this page"


def add(body: HtmlElement, sections: str) -> None:
    """Put a page's list of sections, as Sphinx writes it, behind the page's title; an empty one is left out."""
    title = body.find(".//h1")
    if title is None or not sections:
        return
    listed = builder.E.nav({"aria-label": _NAME}, *tree.body(sections))
    title.addnext(
        builder.DIV(
            builder.CLASS("mi-aids"),
            builder.E.details(builder.CLASS("mi-here"), builder.E.summary(_NAME), listed),
        )
    )
