"""Finds results typed by hand: the numbers in a page's text that no code computed.

A page is masked, character by character, of everything that is not prose (code, roles, mathematics, addresses,
labels, options), so that what is left keeps its line. In the rest each number must be part of a phrase that
numbers.toml allows with a reason; percentages and decimals are never allowed, but for the level of a 95% interval and
the version of a license. In code cells, the words of captions and descriptions are prose too. Percentages are looked
for in mathematics and inline code as well.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ALLOWED = Path(__file__).with_name("numbers.toml")
SHOWN = ("caption", "description", "title", "teaser")
NUMBER = re.compile(r"(?<![\w.])[-+−±]?\d+(?:[.,]\d+)*(?:\s*(?:%|per\s?cent|percent(?:age)?|points?)(?!\w))?(?!\w)")
RESULT = re.compile(r"\d\s*\\?(?:%|percent|per\s?cent)|\d[.]\d")
PERCENTAGE = re.compile(r"\d(?:[.,]\d+)?\s*\\?(?:%|percent)")
WHITE = r"(?:\\s+)"
END = r"(?![\w%]|[.,]\d|\s*(?:%|per\s?cent))"
FRONT_MATTER = re.compile(r"\A---\n.*?\n---[ \t]*\n", re.DOTALL)
FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^[ \t]*(?P=fence)[ \t]*$", re.M | re.S
)
MATHS_AND_CODE = re.compile(r"\$\$.*?\$\$|(?<![\\$])\$(?!\s)[^$\n]+?\$|(?<![`}])(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
NOT_PROSE = (
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"^%.*$", re.MULTILINE),
    re.compile(r"^[ \t]*\([\w:.-]+\)=[ \t]*$", re.MULTILINE),
    re.compile(r"^[ \t]*:(?!alt|caption|title)[\w-]+:.*$", re.MULTILINE),
    re.compile(r"^[ \t]*\d+[.)](?=[ \t])", re.MULTILINE),
    re.compile(r"\{[\w:+.-]+\}(`+).+?\1", re.DOTALL),
    re.compile(r"\]\([^)\s]*(?=[\s)])"),
    re.compile(r"^\[[^\]]+\]:.*$", re.MULTILINE),
    re.compile(r"\[\^[^\]]+\]"),
    re.compile(r"<[^<>\n]+>"),
    re.compile(r"\bhttps?://\S+"),
    re.compile(r"&#?\w+;"),
)


SAYS = re.compile(r"(\{says\}`)([^<`]*)(<[^`]*>`)")  # whose words are prose, and whose condition is not


NO_RESULT = re.compile(r"(?<![\w.])95\s?% (?:confidence |bootstrap )?intervals?(?!\w)|CC BY(?:-SA)? \d\.\d")


@dataclass(frozen=True)
class Typed:
    """A number that stands typed in a page."""

    line: int
    text: str
    sentence: str


def phrases() -> dict[str, str]:
    """Return the allowed phrases (regular expressions) with their reasons."""
    return {entry["phrase"]: entry["reason"] for entry in tomllib.loads(ALLOWED.read_text(encoding="utf-8"))["allowed"]}


def blank(text: str) -> str:
    """Replace all but line ends by spaces."""
    return re.sub(r"[^\n]", " ", text)


def _front_matter(text: str) -> str:
    """Keep of the front matter the values that readers see."""
    lines = text.splitlines(keepends=True)
    return "".join(line if line.partition(":")[0] in SHOWN else blank(line) for line in lines)


def _words(source: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield the literal parts of captions and descriptions in a code cell, with their lines."""
    try:
        tree = ast.parse(textwrap.dedent(source))
    except SyntaxError:
        return
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for keyword in call.keywords:
            if keyword.arg in SHOWN:
                for node in ast.walk(keyword.value):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield start + node.lineno, node.value


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield what of a page is prose, as pieces with the line at which each begins."""
    cells = []

    def fence(match: re.Match[str]) -> str:
        info = match["info"].strip()
        line = text.count("\n", 0, match.start("body"))
        if info.startswith("{code-cell}"):
            body = re.sub(r"\A(---\n.*?\n---|(?::[^\n]*\n)+)", lambda head: blank(head[0]), match["body"], flags=re.S)
            cells.extend(_words(body, line))
        if info.startswith("{") and not info.startswith(("{code", "{math", "{bibliography", "{glue", "{raw")):
            inside = FENCE.sub(fence, match["body"])
            around = match[0].partition(match["body"])
            head = blank(around[0][: around[0].find("}") + 1]) + around[0][around[0].find("}") + 1 :]
            return (
                (head if not info.startswith(("{figure", "{image", "{include")) else blank(head))
                + inside
                + blank(around[2])
            )
        return blank(match[0])

    masked = FRONT_MATTER.sub(lambda match: _front_matter(match[0]), text)
    masked = FENCE.sub(fence, masked)
    masked = SAYS.sub(lambda match: blank(match[1]) + match[2] + blank(match[3]), masked)
    for pattern in NOT_PROSE:
        masked = pattern.sub(lambda match: blank(match[0]), masked)
    masked = MATHS_AND_CODE.sub(lambda match: match[0] if PERCENTAGE.search(match[0]) else blank(match[0]), masked)
    yield 1, masked
    yield from cells


def typed_numbers(text: str, allowed: list[str]) -> list[Typed]:
    """List the numbers of a page's text that are computed by nothing and allowed by nothing.

    Parameters
    ----------
    text : str
        The page's markdown.
    allowed : list of str
        Regular expressions of phrases whose numbers are no results; a space stands for any white space.
    """
    found = []
    for start, piece in _prose(text):
        kept = NO_RESULT.sub(lambda match: blank(match[0]), piece)
        for phrase in allowed:
            pattern = re.compile(rf"(?<!\w){re.sub(' ', WHITE, phrase)}{END}")
            kept = pattern.sub(lambda match: match[0] if RESULT.search(match[0]) else blank(match[0]), kept)
        for match in NUMBER.finditer(kept):
            line = piece.count("\n", 0, match.start())
            sentence = piece.splitlines()[line].strip()
            found.append(Typed(start + line, match[0].strip(), sentence))
    return sorted(found, key=lambda item: item.line)
