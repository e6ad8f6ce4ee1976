"""HTML as a tree: read from text or a file, and written."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lxml import etree, html

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.html import HtmlElement

# HTML is read without regard to case, and a browser puts these right; a file of SVG is read as it is written.
_NAMES_OF_SVG = {
    name.lower(): name
    for name in (
        *("clipPath", "linearGradient", "radialGradient", "textPath"),
        *("clipPathUnits", "gradientTransform", "gradientUnits", "preserveAspectRatio", "spreadMethod", "viewBox"),
    )
}


def document(text: str) -> HtmlElement:
    """Return the root of a whole page."""
    return html.document_fromstring(text, parser=html.HTMLParser(huge_tree=True))


def read(path: Path) -> HtmlElement:
    """Return the root of a page of the built site."""
    return document(path.read_text(encoding="utf-8"))


def body(text: str) -> HtmlElement:
    """Return an element that holds the content of a page's body."""
    return document(f"<!DOCTYPE html><body>{text}</body>").find("body")


def written(element: HtmlElement) -> str:
    """Return what an element holds as HTML."""
    children = (html.tostring(child, encoding="unicode") for child in element)
    return escape(element.text or "", quote=False) + "".join(children)


def outer(element: HtmlElement) -> str:
    """Return an element as HTML, without what follows it."""
    text: str = html.tostring(element, encoding="unicode", with_tail=False)
    return text


def svg(element: HtmlElement) -> str:
    """Return what an inline picture holds as XML, for a file; it is changed in place."""
    for part in element.iterdescendants(etree.Element):
        part.tag = _NAMES_OF_SVG.get(part.tag, part.tag)
        for name in part.keys() & _NAMES_OF_SVG.keys():
            part.set(_NAMES_OF_SVG[name], part.attrib.pop(name))
    children = (etree.tostring(child, encoding="unicode") for child in element)
    return escape(element.text or "", quote=False) + "".join(children)
