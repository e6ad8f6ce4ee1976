"""What captions call panels: letters that stand on them, as left and right mean nothing where panels are stacked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mnist_interp.site import tree

BY_SIDE = re.compile(
    r"(?:^|[.;(,] ?)(?:left|right|middle|last panel)\b(?!, or)|(?:^|[.] )(?:above|below)\b"
    r"|\b(?:on|of which) the (?:left|right)\b|\bthe (?:left|right) (?:panel|table|map|one)\b",
    re.IGNORECASE,
)


def panels_by_side(text: str) -> list[str]:
    return [found.group() for found in BY_SIDE.finditer(" ".join(text.split()))]


@pytest.mark.parametrize(
    "text",
    [
        "Who breaks. Left: what each digit loses.",
        "at zero (left) and at its mean (right)",
        "Tap a cell to see its course on the right.",
        "watch the left panel empty itself",
        "orders, of which the left shows one",
        "Colors end at ten points (right: at fifty)",
        "Left the baseline, right the normalized network.",
        "Two heat maps. Left, 16 neurons by 10 digits",
        "Seed, left",
        "Right",
    ],
)
def test_words_for_a_side_are_found(text: str) -> None:
    assert panels_by_side(text)


@pytest.mark.parametrize(
    "text", ["how often neighbors vote right.", "Right, or complete?", "neurons that are left", "The sign put right."]
)
def test_words_that_are_none_are_let_be(text: str) -> None:
    assert not panels_by_side(text)


def test_captions_and_controls_name_panels_by_the_letters_on_them(built_site: Path) -> None:
    faults, lettered = [], 0
    for path in sorted(built_site.glob("*.html")):
        for figure in tree.read(path).find_class("mi-figure"):
            about = json.loads(figure.find_class("mi-spec")[0].text)
            if len(about["panels"]) == 1:
                continue
            (caption,) = figure.iter("figcaption")
            for tools in caption.find_class("mi-tools"):
                tools.drop_tree()
            words = [
                part.text_content() for part in (caption, *figure.find_class("mi-sr"), *figure.find_class("mi-title"))
            ]
            where = f"{path.stem} {figure.get('id')}"
            faults += [f"{where}: {fault!r}" for text in words for fault in panels_by_side(text)]
            shown = [letter.text for letter in figure.find_class("mi-letter")]
            named = {letter for text in words for letter in re.findall(r"\b[B-H]\b", text)}
            faults += [f"{where}: no panel {letter}" for letter in named - set(shown)]
            assert len(shown) in (0, len(about["panels"]))
            lettered += bool(shown)
    assert faults == []
    assert lettered >= 20
