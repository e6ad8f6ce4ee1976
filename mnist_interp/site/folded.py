"""What is folded away on a page: asides that unfold without a script, and the code of cells that follow one another.

An admonition of class ``dropdown`` becomes the browser's own disclosure. Of folded cells with no word between them,
those that show nothing join their neighbor's fold: one line "Code" stands for them all.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Fold(SphinxPostTransform):
    """Replaces admonitions that ask for it by ``<details>``."""

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


def _part(node: nodes.Node, kind: str) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == kind


def _folded(node: nodes.Node) -> bool:
    return _part(node, "cell_code") and node.get("hide_mode") == "input" and _part(node[0], "cell_code_source")


def _shows(cell: nodes.Element) -> bool:
    return any(_part(part, "cell_code_output") and part.children for part in cell.children)


class Join(SphinxPostTransform):
    """Puts the code of folded cells that show nothing into the fold before or after, where no word parts them."""

    default_priority = 190  # before myst-nb makes folds of them
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Join them, in their order."""
        for cell in [cell for cell in self.document.findall(_folded) if not _shows(cell)]:
            parent, place = cell.parent, cell.parent.index(cell)
            before, after = parent[max(place - 1, 0)], parent[min(place + 1, len(parent) - 1)]
            if before is not cell and _folded(before):
                before[0].extend(cell[0].children)
            elif after is not cell and _folded(after):
                after[0].insert(0, cell[0].children)
            else:
                continue
            parent.remove(cell)


def setup(app: Sphinx) -> None:
    """Register the transforms."""
    app.add_post_transform(Join)
    app.add_post_transform(Fold)
