"""Search that also works from ``file://``: an index of sections as a classic script, and a page that reads it.

Sphinx's own search fetches pages for its excerpts, which a browser refuses to local files. Here each section of the
book is one entry, and each term of the glossary: title, place and words; `static/search.js` ranks them and shows where
they match.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes

from mnist_interp.site import numbered, stamps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

_SKIPPED = (
    *(nodes.literal_block, nodes.raw, nodes.comment, nodes.math_block, nodes.target),
    *(addnodes.toctree, addnodes.glossary),
)


def _words(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Text):
        yield node.astext()
    elif not isinstance(node, (*_SKIPPED, nodes.section)):
        for child in node.children:
            yield from _words(child)
        if isinstance(node, nodes.paragraph | nodes.title | nodes.term | nodes.list_item):
            yield " "


def sections(document: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Yield each section of a page: its anchor, its title, and its words without those of the sections within it."""
    for section in document.findall(nodes.section):
        title, *rest = section.children
        text = " ".join("".join(word for child in rest for word in _words(child)).split())
        yield section["ids"][0], title.astext(), text


def terms(document: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Yield each term that a page explains: its anchor, its name, and its definition."""
    for item in document.findall(nodes.definition_list_item):
        *names, definition = item.children
        for name in names:
            if isinstance(item.parent.parent, addnodes.glossary) and isinstance(name, nodes.term):
                yield name["ids"][0], name.astext(), " ".join(definition.astext().split())


def _entries(app: Sphinx, page: str) -> list[dict[str, Any]]:
    about, document = {"page": page, "book": app.env.titles[page].astext()}, app.env.get_doctree(page)
    fields = ("id", "title", "text")
    explained = [about | dict(zip(fields, term, strict=True)) | {"term": True} for term in terms(document)]
    return explained + [about | dict(zip(fields, section, strict=True)) for section in sections(document)]


def _of_page(app: Sphinx, page: str) -> list[dict[str, Any]]:
    """Return a page's entries, kept beside its doctree: to read a chapter's takes a quarter of a second."""
    doctree, kept = (Path(app.doctreedir, f"{page}.{kind}") for kind in ("doctree", "sections.json"))
    key = hashlib.sha256(doctree.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if not stamps.stands(app, f"sections-{page}", key, [kept]):
        kept.write_text(json.dumps(_entries(app, page), ensure_ascii=False), encoding="utf-8")
        stamps.written(app, f"sections-{page}", key)
    found: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
    own = numbered.titled(app.env, page)
    return [entry | {"book": own} | ({"title": own} if entry["title"] == entry["book"] else {}) for entry in found]


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    pages = sorted(page for page in app.env.found_docs if Path(app.doctreedir, f"{page}.doctree").is_file())
    entries = [entry for page in pages for entry in _of_page(app, page)]
    script = "window.miSearchIndex=" + json.dumps(entries, ensure_ascii=False, separators=(",", ":")) + ";\n"
    Path(app.outdir, "_static", "search-index.js").write_text(script, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the index when all pages are written."""
    app.connect("build-finished", _write)
