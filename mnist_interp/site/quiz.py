"""Exercises that check themselves: a question, a place for an answer, and what each answer is told, without a server.

On a page a quiz is an admonition of class ``quiz``: the question, then a list of definitions. Its first term is the
right answer, which is a glued value or words that `says` judges, so that no answer is typed; what defines it says why.
The terms behind it are likely mistakes, each with what to look at. Where a number is asked for, the term ``otherwise``
has the hint for any other; of class ``quiz choices``, the terms are what a reader chooses from, in the order of their
texts. A number shown with decimals or in percent may be off by one in its last place; a whole number, such as that of a
neuron, may not.

Without scripts and on paper there is the question, and the answer in a fold.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from lxml.html import builder

from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MARK, CHOICES, OTHERWISE = "quiz", "choices", "otherwise"
SCRIPT = "quiz.js"
_NUMBER = re.compile(r"[-−]?(?:\d[\d,]*(?:\.(\d+))?|nan|inf)")  # a preview may have no number


def number(term: str) -> tuple[str, float, int]:
    """Return the number in an answer as a script reads it, by how much one may miss it, and where it ends.

    Raises
    ------
    ValueError
        If the answer holds no number, or more than one.
    """
    found = list(_NUMBER.finditer(term))
    if len(found) != 1:
        raise ValueError(f"expected one number, not “{term}”")
    (match,) = found
    value = match[0].replace("−", "-").replace(",", "")
    exact = match[1] is None and "%" not in term
    return value, 0 if exact else 10.0 ** -len(match[1] or ""), match.end()


def in_order(term: str) -> list[tuple[int, str]]:
    """Return a key that sorts texts, the whole numbers in them by size."""
    return [(int(part) if part.isdigit() else -1, part) for part in re.split(r"(\d+)", term.casefold())]


def _template(words: HtmlElement, **data: str) -> HtmlElement:
    kept = builder.E.template({f"data-{name}": value for name, value in data.items()})
    kept.text = words.text
    kept.extend(deepcopy(child) for child in words)
    return kept


def _of_number(name: str, terms: dict[str, HtmlElement]) -> tuple[HtmlElement, list[HtmlElement]]:
    """Return the field for a number, and what is said to numbers: of the right one nothing, as the fold has it."""
    right, *others = terms
    if others[-1:] != [OTHERWISE]:
        raise ValueError(f"expected a last term “{OTHERWISE}”, with a hint")
    value, within, end = number(right)
    data = {"answer": value, "within": f"{within:g}"} | ({"percent": "yes"} if "%" in right else {})
    before, after = _NUMBER.split(right)[0].strip(), right[end:].strip()
    field = {"type": "text", "inputmode": "decimal", "autocomplete": "off", "size": "5", "id": f"{name}-answer"}
    ask = builder.DIV(
        {"class": "mi-quiz-ask", **{f"data-{key}": text for key, text in data.items()}},
        builder.LABEL(before.capitalize() or "Your answer", {"for": f"{name}-answer"}),
        builder.INPUT({**field, "aria-describedby": f"{name}-question {name}-unit"}),
        builder.SPAN(after, id=f"{name}-unit"),
    )
    said = []
    for term in others[:-1]:
        value, within, _ = number(term)
        said.append(_template(terms[term], answer=value, within=f"{within:g}"))
    return ask, [*said, _template(terms[OTHERWISE])]


def _of_choices(name: str, terms: dict[str, HtmlElement]) -> tuple[HtmlElement, list[HtmlElement]]:
    right = next(iter(terms))
    if len(terms) < 2:
        raise ValueError("expected two choices or more")
    ordered = sorted(terms, key=in_order)
    options = [
        builder.LABEL(builder.INPUT({"type": "radio", "name": name, "value": f"{at}", "autocomplete": "off"}), term)
        for at, term in enumerate(ordered)
    ]
    data = {"role": "radiogroup", "aria-labelledby": f"{name}-question", "data-answer": f"{ordered.index(right)}"}
    ask = builder.DIV({"class": "mi-quiz-ask mi-quiz-choices", **data}, *options)
    return ask, [_template(terms[term], answer=f"{ordered.index(term)}") for term in ordered if term != right]


def _made(name: str, asked: HtmlElement) -> HtmlElement:
    title, *question, listed = asked
    terms = {" ".join(term.text_content().split()): term.getnext() for term in listed.iterfind("dt")}
    if listed.tag != "dl" or not terms:
        raise ValueError("expected a list of definitions at its end, the right answer first")
    right = next(iter(terms))
    ask, said = (_of_choices if CHOICES in asked.classes else _of_number)(name, terms)
    ask.append(builder.BUTTON("Check", type="button"))
    title.attrib["class"], title.attrib["id"] = "mi-quiz-title", f"{name}-title"
    why = _template(terms[right])
    why.tag, why.attrib["class"] = "div", "mi-fold-body"
    why.insert(0, builder.P(builder.E.b(right)))
    if why.text and why.text.strip():
        why[0].tail, why.text = why.text, None
    answer = builder.E.details(builder.CLASS("mi-fold"), builder.E.summary("The answer"), why)
    made = builder.DIV({"class": "mi-quiz", "role": "group", "aria-labelledby": f"{name}-title"}, title)
    made.append(builder.DIV({"id": f"{name}-question"}, *question))
    made.extend([ask, builder.DIV({"class": "mi-quiz-said", "role": "status"}), *said, answer])
    made.tail = asked.tail
    return made


def fill(body: HtmlElement, page: str) -> bool:
    """Give each quiz of a page its field or its choices; say whether there is one.

    Raises
    ------
    BookError
        If a quiz lacks what it needs.
    """
    found = [one for one in body.find_class("admonition") if MARK in one.classes]
    for place, asked in enumerate(found, start=1):
        try:
            asked.getparent().replace(asked, _made(f"quiz-{place}", asked))
        except ValueError as error:
            title = " ".join(asked[0].text_content().split())
            raise BookError(f"{page}.md: the quiz “{title}” cannot be asked: {error}") from None
    return bool(found)
