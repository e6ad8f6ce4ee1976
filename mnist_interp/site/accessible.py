"""Fixes small faults of generated HTML for readers who can't see the page.

pandas leaves header cells empty, and so do tables of markdown, which a screen reader announces as headers of nothing; a
table that is wider than a phone is scrolled by keyboard only where it can be reached; and a folded cell is named
"Toggle hidden content" whatever it holds, where the words to be seen say more. The number of a side note comes with
line breaks around it, which would part it from its word. A glued number below zero begins with a hyphen, which is not
read aloud; a minus sign is, and is what the charts show. A heading's link to itself is for the pointer: read aloud it
ends every heading in "number sign", and by keyboard the page's list of places leads there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NOT_SAID = (  # what an element of a class would say of itself, and better does not
    ("hide", "summary", "aria-label"),
    ("dataframe", ".", "border"),
    ("citation-list", ".", "role"),
    ("citation-list", "*[@role='doc-biblioentry']", "role"),
)


def mend(body: HtmlElement) -> None:
    """Fix those faults in a page's body."""
    for name, path, attribute in _NOT_SAID:
        for element in body.find_class(name):
            for found in element.iterfind(path):
                found.attrib.pop(attribute, None)
    for cell in body.iter("th"):
        if not cell.text_content().strip():
            cell.tag = "td"
    for wide in body.find_class("pst-scrollable-table-container"):
        wide.set("tabindex", "0")
    for link in body.find_class("headerlink"):
        link.set("aria-hidden", "true")
        link.set("tabindex", "-1")
    for number in body.iterfind(".//label/span/sup/.."):
        number.text = number.tail = None
    for glued in body.find_class("pasted-text"):
        if glued.text and glued.text[0] == "-" and glued.text[1:2].isdigit():
            size = glued.text[1:]
            glued.text = f"−{size}" if re.search("[1-9]", size) else size  # a rounded zero has no sign
