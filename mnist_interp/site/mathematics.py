"""Mathematics without a script: LaTeX becomes MathML when the page is written.

A formula of several parts, by the space between them, becomes as many, which a narrow window sets below each other.
latex2mathml translates; equation numbers and references are Sphinx's own. Use ``split`` or ``align*`` for several
lines. What cannot be translated is a warning about the page, and so an error (`strict`).
"""

from __future__ import annotations

import re
from html import escape, unescape
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert_to_element
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)
_NAMED = frozenset({"log", "ln", "exp", "sin", "cos", "tan", "det", "dim", "ker", "arg"})
_THIN = "0.1667em"


def mathml(latex: str, *, display: str = "inline") -> str:
    """Translate a formula.

    Parameters
    ----------
    latex : str
        What stands between the dollar signs.
    display : {"inline", "block"}
        Within a line, or on one of its own.

    Returns
    -------
    str
        A ``<math>`` element that carries the LaTeX as ``data-latex``, with a thin space after names such as log.
    """
    math = convert_to_element(latex.strip(), display=display)
    math.set("data-latex", " ".join(latex.split()))
    for element in list(math.iter()):
        element.text = unescape(element.text or "")  # a sign comes as the name of its character
        for one, following in pairwise(list(element)):
            if one.tag == "mi" and one.text in _NAMED and following.tag != "mo":
                element.insert(list(element).index(following), ElementTree.Element("mspace", width=_THIN))
    return ElementTree.tostring(math, encoding="unicode")


def parts(latex: str) -> list[str]:
    r"""Part a formula at each ``\qquad`` outside braces, so that a narrow window can set its parts below each other."""
    found, depth = [""], 0
    for piece in re.split(r"(\\qquad\b|\\[{}]|\\(?:begin|end)\b|[{}])", latex):
        depth += {"{": 1, "}": -1, r"\begin": 1, r"\end": -1}.get(piece, 0)
        if piece == r"\qquad" and not depth:
            found.append("")
        else:
            found[-1] += piece
    return found


def _translated(node: nodes.Element, display: str) -> str:
    try:
        shown = parts(node.astext()) if display == "block" else [node.astext()]
        return "".join(mathml(part, display=display) for part in shown)
    except Exception as error:  # latex2mathml raises its own and plain ones for bad LaTeX alike
        logger.warning("mathematics %r: %s", node.astext(), error or type(error).__name__, location=node, type="math")
        return f"<code>{escape(node.astext())}</code>"


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(f'<span class="math">{_translated(node, "inline")}</span>')
    raise nodes.SkipNode


def _block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math mi-equation", tabindex="0"))
    self.body.append(_translated(node, "block"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the renderer under the name that the configuration chooses."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
