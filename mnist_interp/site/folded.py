"""An admonition of class ``dropdown`` folds without a script: it becomes the browser's own disclosure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Fold(SphinxPostTransform):
    """Replaces such admonitions by ``<details>``."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Fold every admonition that asks for it."""
        for node in list(self.document.findall(nodes.Admonition)):
            if "dropdown" not in node.get("classes", []):
                continue
            title, *rest = node.children
            opening = f'<details class="mi-fold"><summary>{escape(title.astext())}</summary>'
            body = nodes.container("", *rest, classes=["mi-fold-body"])
            closing = nodes.raw("", "</details>", format="html")
            place = node.parent.index(node)
            node.parent[place : place + 1] = [nodes.raw("", opening, format="html"), body, closing]


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(Fold)
