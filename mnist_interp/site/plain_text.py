"""A page's text as any notebook shows it: MyST's roles and directives resolved into Markdown and links.

Glued and published values become text, citations authors and years, terms and equations links into the book; what
stands in the margin or is folded on the page becomes a quotation or a fold in place.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mnist_interp.site import quiz, says
from mnist_interp.site.execution import read

_ROLE = re.compile(r"(?<!`)\{([\w:+.-]+)\}(`+)(.+?)\2", re.DOTALL)
_FENCE = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w-]+)\}[ ]?(?P<title>[^\n]*)\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.M | re.S
)
_OPTION = re.compile(r"\A(?::([\w-]+):[ ]?([^\n]*)\n)")
_EQUATION = re.compile(r"\$\$(.+?)\$\$ \(([\w:.-]+)\)", re.DOTALL)
_LABEL = re.compile(r"^\([\w:.-]+\)=\n", re.MULTILINE)
_COMMENT = re.compile(r"^%.*\n?", re.MULTILINE)
_DEFINED = re.compile(r"^(\S[^\n]*)\n: +", re.MULTILINE)
_PAGE_LINK = re.compile(r"\]\(([\w/-]+)\.md(#[^)]*)?\)")
_OWN_LINK = re.compile(r'href="#')
_NAMED = re.compile(r"(.+?)\s*<([^<>]+)>", re.DOTALL)
_MODULE = re.compile(r"^\.\. auto\w+:: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Book:
    """What a page's text refers to.

    Attributes
    ----------
    page : str
        Name of the page.
    base : str
        Address of the site's folder, with a slash at its end.
    glued : mapping of str to str
        What its cells glued, as Python writes it.
    terms, titles : mapping of str to str
        Addresses of the glossary's terms, in lower case, and titles of pages.
    cited : mapping of str to (str, str, str)
        Authors, year and address of what is cited, by key.
    equations : mapping of str to (str, int)
        Address and number of each labeled equation.
    published : callable
        From a path and a format to a published figure as text.
    """

    page: str
    base: str
    glued: Mapping[str, str]
    terms: Mapping[str, str]
    titles: Mapping[str, str]
    cited: Mapping[str, tuple[str, str, str]]
    equations: Mapping[str, tuple[str, int]]
    published: Callable[[str, str], str]

    def _link(self, text: str, address: str) -> str:
        return f"[{text}]({self.base}{address})"

    def value(self, text: str) -> str:
        """Return a glued value in its format, with a minus sign where one belongs."""
        key, _, form = (part.strip() for part in text.partition(":"))
        return re.sub(r"\A-(?=\d)", "−", format(read(self.glued[key]), form))

    def cite(self, keys: str, *, in_text: bool) -> str:
        """Return citations, in parentheses or with the year alone in them."""
        found = [self.cited[key.strip()] for key in keys.split(",")]
        if in_text:
            return ", ".join(self._link(f"{authors} ({year})", address) for authors, year, address in found)
        return f"({'; '.join(self._link(f'{authors}, {year}', address) for authors, year, address in found)})"

    def role(self, name: str, text: str) -> str:
        """Return what a role shows."""
        named = _NAMED.fullmatch(text)
        shown, target = (named[1], named[2]) if named else (text, text)
        if name.startswith("glue"):
            return self.value(text)
        if name == "published":
            path, _, form = text.partition(":")
            return self.published(path.strip(), form.strip()) + "†"
        if name == "says" and (said := says.FORM.fullmatch(text.strip())):
            return said["words"]
        if name.startswith("cite"):
            return self.cite(text, in_text=name == "cite:t")
        if name == "term":
            return self._link(shown, self.terms[" ".join(target.lower().split())])
        if name == "eq":
            address, number = self.equations[text]
            return self._link(f"({number})", address)
        if name == "doc":
            return self._link(shown if named else self.titles[target], f"{target}.html")
        return f"`{shown}`"


def _quiz(title: str, body: str, choices: bool) -> str:
    """Return a question, what one may choose from, and its answer in a fold."""
    question, *defined = (part.strip() for part in _DEFINED.split(body))
    options = "".join(f"- {term}\n" for term in sorted(defined[::2], key=quiz.in_order)) if choices else ""
    right, why = defined[:2]
    answer = f"<details><summary>The answer</summary>\n\n**{right}**\n\n{why}\n\n</details>"
    return f"**{title}**\n\n{question}\n\n{options}\n{answer}"


def _directive(match: re.Match[str]) -> str:
    name, title, body = match["name"], match["title"].strip(), match["body"]
    options = {}
    while found := _OPTION.match(body):
        options[found[1]] = found[2].strip()
        body = body[found.end() :]
    if name == "eval-rst":
        return "\n".join(f"- `{found}`: its reference is on the page." for found in _MODULE.findall(body))
    inside = _FENCE.sub(_directive, body).strip()
    if quiz.MARK in (classes := options.get("class", "").split()):
        return _quiz(title, inside, quiz.CHOICES in classes)
    if options.get("class") == "dropdown":
        return f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>"
    heading = f"**{title}**\n\n" if title else ""
    return textwrap.indent(heading + inside, "> ", lambda _: True)


def of(text: str, book: Book) -> str:
    """Return the text of a cell as plain Markdown.

    Parameters
    ----------
    text : str
        MyST Markdown.
    book : Book
        What it refers to.

    Raises
    ------
    KeyError
        If it refers to what is not there.
    """
    text = _COMMENT.sub("", _LABEL.sub("", text))
    text = _ROLE.sub(lambda match: book.role(match[1], match[3]), text)
    text = _EQUATION.sub(lambda match: f"$${match[1].rstrip()} \\tag{{{book.equations[match[2]][1]}}}\n$$", text)
    text = _FENCE.sub(_directive, text)
    text = _DEFINED.sub(r"**\1.** ", text)
    text = _PAGE_LINK.sub(lambda match: f"]({book.base}{match[1]}.html{match[2] or ''})", text)
    return _OWN_LINK.sub(f'href="{book.base}{book.page}.html#', text)
