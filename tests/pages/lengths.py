"""Counts words and quantities in a page's main line: its paragraphs, without folds, asides, figures and cards.

A quantity is a glued value, or a typed number of two digits or more that is no year. Names are none: a digit, a
neuron's number, 1s, seeds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.pages.prose import FENCE, FRONT_MATTER, SAYS

GLUED = re.compile(r"\{glue:text\}`([^`:]+)(?::[^`]*)?`")
ROLE = re.compile(r"\{[\w:+.-]+\}`([^`<]*?)\s*(?:<[^`]*>)?`")
TYPED = re.compile(r"(?<![\w.#:])\d[\d,.]*\d(?![\w])")
SEEDS = re.compile(r"[Ss]eeds? \d+(?:(?: to |–| and )\d+)*")
YEAR = re.compile(r"(?:19|20)\d\d")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
TAG = re.compile(r"<[^<>\n]+>")
SENTENCE = re.compile(r"(?<=[.?!])[”’)*]*\s+(?=[\w“*({\[])")


@dataclass(frozen=True)
class Length:
    """A page's words, and the most quantities that one of its sentences and one of its paragraphs has."""

    words: int
    sentence: int
    paragraph: int


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a page's main line."""
    text = FENCE.sub("", FRONT_MATTER.sub("", text))
    text = re.sub(r"^:::.*?^:::[ \t]*$", "", text, flags=re.M | re.S)
    text = re.sub(r"<details.*?</details>|<!--.*?-->|^%.*?$", "", text, flags=re.M | re.S)
    parts = re.split(r"\n\s*\n", text)
    return [part for part in parts if part.strip() and not part.lstrip().startswith(("#", "|"))]


def _quantities(sentence: str) -> int:
    glued = [key for key in GLUED.findall(sentence) if not key.endswith("verdict")]
    rest = TAG.sub("", LINK.sub(r"\1", ROLE.sub(r"\1", GLUED.sub("", SEEDS.sub("", sentence)))))
    typed = [one for one in TYPED.findall(rest) if not YEAR.fullmatch(one)]
    return len(glued) + len(typed)


def _said(paragraph: str) -> str:
    return SAYS.sub(lambda match: match[2], paragraph)


def of(text: str) -> Length:
    """Measure a page.

    Parameters
    ----------
    text : str
        Its markdown.
    """
    parts = [_said(part) for part in paragraphs(text)]
    words = sum(len(TAG.sub("", ROLE.sub(r"\1", part)).split()) for part in parts)
    return Length(
        words=words,
        sentence=max((_quantities(one) for part in parts for one in SENTENCE.split(part)), default=0),
        paragraph=max(map(_quantities, parts), default=0),
    )


def all_quantities(text: str) -> int:
    """Return how many quantities a page's main line has."""
    return sum(_quantities(_said(part)) for part in paragraphs(text))


def crowded(text: str, most: int) -> list[tuple[int, str]]:
    """Return paragraphs with more quantities than `most`, with how many."""
    found = ((_quantities(_said(part)), part) for part in paragraphs(text))
    return [one for one in found if one[0] > most]
