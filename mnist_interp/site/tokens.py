"""Code without the words that no style tells apart: of highlighted tokens, only those that are colored stay elements.

Pygments marks every name, operator and space. Most look alike here, and in a chapter they are thousands of elements
that a browser builds before it shows a word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mnist_interp.site import styles

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from docutils import nodes
    from sphinx.application import Sphinx

_STYLED = re.compile(r"\.highlight \.(\w+)")
_CODE = re.compile(r'<div class="highlight"><pre>.*?</pre>', re.DOTALL)
_TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')


def styled(css: str) -> set[str]:
    """Name the kinds of tokens that a style sheet tells apart."""
    return set(_STYLED.findall(css))


def plain(html: str, kinds: AbstractSet[str]) -> str:
    """Return the page's body with the tokens of other kinds as mere text."""

    def unwrapped(match: re.Match[str]) -> str:
        return match[0] if match[1] in kinds else match[2]

    return _CODE.sub(lambda code: _TOKEN.sub(unwrapped, code[0]), html)


def _thin(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if context.get("body"):
        context["body"] = plain(context["body"], styled(styles.BELOW.read_text(encoding="utf-8")))


def setup(app: Sphinx) -> None:
    """Thin each page before its template is filled."""
    app.connect("html-page-context", _thin)
