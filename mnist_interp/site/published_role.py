"""The role for figures that somebody published: looked up, formatted and marked, never typed.

``{published}`test_accuracy:.2f``` shows 94.80 with its source. The path is that of `published.figure`.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from mnist_interp.data import published

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)
SOURCE = "published in Erik T. Holmes’ notebooks (interpreting_mnist, 2025)"


class Published(SphinxRole):
    """Shows one published figure."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look up the path, apply the format, and mark the result as somebody else's."""
        path, _, form = self.text.partition(":")
        try:
            shown = format(published.figure(path.strip()), form.strip())
        except (LookupError, ValueError, TypeError) as error:
            reason = error.args[0] if error.args else error
            logger.warning("{published}`%s`: %s", self.text, reason, location=self.get_location(), type="published")
            return [nodes.inline(self.text, self.text)], []
        title = escape(f"{path.strip()}: {SOURCE}", quote=True)
        html = f'<span class="mi-published" title="{title}">{escape(shown)}</span>'
        return [nodes.raw("", html, format="html"), nodes.inline(shown, shown, classes=["mi-text-only"])][:1], []


def setup(app: Sphinx) -> None:
    """Register the role."""
    app.add_role("published", Published())
