"""Type of HTML that cells return, which the typesetter does not go over: apostrophes, and minus signs of numbers.

Captions, cards, sentences, tables and the pictures of charts are such. Code is left as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CODE = {"code", "pre", "script", "style", "kbd", "samp", "math", "textarea"}
_SIGNATURE = "sig"
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)|(?<=s)'(?=\s)")
_HYPHEN = re.compile(r"(?<![^\s(])-(?=\d)")
_NUMBERS = {"figure", "table"}


def _set(text: str | None, numbers: bool) -> str | None:
    if not text:
        return text
    text = _APOSTROPHE.sub("’", text)
    return _HYPHEN.sub("−", text) if numbers else text


def mend(element: HtmlElement, *, numbers: bool = False) -> None:
    """Set the words below an element as print sets them, and the numbers of figures and tables with minus signs."""
    if element.tag in _CODE or _SIGNATURE in element.get("class", "").split():
        return
    numbers = numbers or element.tag in _NUMBERS
    element.text = _set(element.text, numbers)
    for child in element:
        if isinstance(child.tag, str):
            mend(child, numbers=numbers)
        child.tail = _set(child.tail, numbers)
