"""Aids right under a page's title: the list of its sections, and the switch that shows its code.

A wide window has both beside the text. Where there is no room for them, they stand under the title, the list folded by
the browser's own disclosure; the style sheet shows one of the two. Code is hidden until the switch shows all of it, and
a long piece can be closed again at its end. Without a script there is no switch, and each piece has its fold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.html import builder

from mnist_interp.site import tree

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NAME = "On this page"
_SHORT = 12  # lines of code whose end is seen with its beginning


def switch() -> HtmlElement:
    """Return the button that shows and hides a page's code."""
    words = (builder.SPAN(builder.CLASS(f"mi-code-{what.lower()}"), f"{what} code") for what in ("Show", "Hide"))
    return builder.BUTTON(builder.CLASS("mi-code"), *words, type="button")


def close_code(body: HtmlElement) -> bool:
    """Give each long fold of code a button at its end that closes it; say whether there is a fold."""
    folds = body.xpath("//div[contains(@class, 'tag_hide-input')]/details[contains(@class, 'hide')]")
    for fold in folds:
        n_lines = sum(code.text_content().rstrip().count("\n") + 1 for code in fold.iterfind(".//pre"))
        if n_lines > _SHORT:
            fold.append(builder.BUTTON(builder.CLASS("mi-close"), "Close", type="button"))
    return bool(folds)


def add(body: HtmlElement, sections: str, *, has_code: bool) -> None:
    """Put a page's list of sections, as Sphinx writes it, and the switch behind the page's title, where it has any."""
    title = body.find(".//h1")
    aids = builder.DIV(builder.CLASS("mi-aids"))
    if sections:
        listed = builder.E.nav({"aria-label": _NAME}, *tree.body(sections))
        aids.append(builder.E.details(builder.CLASS("mi-here"), builder.E.summary(_NAME), listed))
    if has_code:
        aids.append(switch())
    if title is not None and len(aids):
        title.addnext(aids)
