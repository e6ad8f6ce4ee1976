"""The glossary where its words are used: its definitions as a classic script, for `static/terms.js` to show in place.

Without the script a term is a link to the glossary.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.site import tree

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

FILE = "glossary.js"
SCRIPTS = (FILE, "terms.js")


def definitions(page: HtmlElement) -> dict[str, dict[str, str]]:
    """Read the terms of a built page by their anchors, each with its name and its definition, as HTML without links."""
    found = {}
    for term in page.xpath("//dl[contains(@class, 'glossary')]/dt[@id]"):
        definition = term.getnext()
        for link in definition.iter("a"):
            link.drop_tag()
        for part in definition.iter():
            part.attrib.clear()
        for part in definition.findall(".//span"):
            part.drop_tag()
        found[term.get("id")] = {"term": (term.text or "").strip(), "html": tree.written(definition).strip()}
    return found


def uses(body: HtmlElement) -> bool:
    """Say whether a page's body has words that link to the glossary."""
    return bool(body.find_class("std-term"))


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    pages = (tree.read(Path(app.outdir, f"{page}.html")) for page in app.env.found_docs if "glossary" in page)
    found = {anchor: about for page in pages for anchor, about in definitions(page).items()}
    script = "window.miGlossary=" + json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + ";\n"
    Path(app.outdir, "_static", FILE).write_text(script, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write the definitions when all pages are written."""
    app.connect("build-finished", _write)
