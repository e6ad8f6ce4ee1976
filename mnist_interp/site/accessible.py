"""Small faults of generated HTML, put right for those who can't see the page.

pandas leaves header cells empty, which a screen reader announces as headers of nothing; and a folded cell is named
"Toggle hidden content" whatever it holds, where the words to be seen say more. The number of a side note comes with
line breaks around it, which would part it from its word. A glued number below zero begins with a hyphen, which is not
read aloud; a minus sign is, and is what the charts show. A heading's link to itself is for the pointer: read aloud it
ends every heading in "number sign", and by keyboard the page's list of places leads there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

REPLACEMENTS = (
    ("<th></th>", "<td></td>"),
    (' role="doc-biblioentry"', ""),
    (' role="list" class="citation-list"', ' class="citation-list"'),
    ('<summary aria-label="Toggle hidden content">', "<summary>"),
    ('<table border="1" class="dataframe">', '<table class="dataframe">'),
    ('<a class="headerlink" ', '<a class="headerlink" aria-hidden="true" tabindex="-1" '),
)


_SIDE_NUMBER = re.compile(r'(<span id="[\w-]+">)\s*(<sup>\d+</sup></span>)\s*(</label>)')
_HYPHEN_FOR_MINUS = re.compile(r'(<span class="pasted-text">)-(?=\d)')


def mended(html: str) -> str:
    """Return the page's body with those faults put right."""
    for fault, better in REPLACEMENTS:
        html = html.replace(fault, better)
    return _HYPHEN_FOR_MINUS.sub(r"\1−", _SIDE_NUMBER.sub(r"\1\2\3", html))


def _mend(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if context.get("body"):
        context["body"] = mended(context["body"])


def setup(app: Sphinx) -> None:
    """Mend each page before its template is filled."""
    app.connect("html-page-context", _mend)
