"""Room for the notes in the margin.

A note stands beside the words that follow it, and a wide figure begins below it: a long note between the last words and
a figure would leave the column empty until it ends. Such a note rises beside the words before it, as far as it needs;
in a narrow window it stays behind them. Where these don't suffice either, it stands in the column. Heights are
estimated in px as on a desk, from the number of characters.
"""

from __future__ import annotations

from itertools import takewhile
from math import ceil
from typing import TYPE_CHECKING

from lxml.html import builder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

WIDE = ("mi-wide", "mi-wide-figure", "mi-claims-table", "full-width", "tag_full-width")
WORDS = ("p", "ul", "ol", "dl")
TEXT = 75, 30.4, 21  # characters a line, height of a line, space below
NOTE = 33, 20.3, 24
HIGH = 200  # anything else that shows something: a narrow figure, a table, the next heading with its words
SPARE = 45  # so much is not seen as empty


def _height(element: HtmlElement, kind: tuple[int, float, int]) -> float:
    characters, line, below = kind
    lines = ceil(len(" ".join(element.text_content().split())) / characters)
    return lines * line + below


def _is_wide(element: HtmlElement) -> bool:
    return any(element.find_class(name) for name in WIDE)


def _room(element: HtmlElement) -> float:
    if element.tag in WORDS:
        return _height(element, TEXT)
    shows_nothing = element.tag == "link" or ("cell" in element.classes and not element.find_class("cell_output"))
    return 0 if shows_nothing else HIGH


def _words_before(note: HtmlElement, lacking: float) -> list[HtmlElement]:
    found: list[HtmlElement] = []
    for element in takewhile(lambda one: one.tag in WORDS, note.itersiblings(preceding=True)):
        if sum(map(_room, found)) + SPARE >= lacking:
            break
        found.insert(0, element)
    return found


def _lacking(note: HtmlElement, following: Iterable[HtmlElement]) -> float:
    lacking = _height(note, NOTE)
    for element in following:
        if _is_wide(element):
            return lacking
        lacking -= _room(element)
        if lacking <= SPARE:
            break
    return 0  # no wide figure stands so near


def place(body: HtmlElement) -> None:
    """Let each note rise, or stand in the column, that would push a wide figure down."""
    for note in body.xpath("//aside[contains(concat(' ', @class, ' '), ' margin ')]"):
        lacking = _lacking(note, note.itersiblings())
        if lacking <= SPARE:
            continue
        words = _words_before(note, lacking)
        if sum(map(_room, words)) + SPARE < lacking:
            note.classes.add("mi-in-column")
            continue
        beside = builder.DIV(builder.CLASS("mi-beside"))
        words[0].addprevious(beside)
        beside.extend([note, *words])
