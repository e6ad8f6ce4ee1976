"""What a cell shows in a frame, outside the page: the page's policy lets no script in a frame's text run.

A frame comes with its text in ``srcdoc``, and a script behind it that holds it. Both become files; names are digests.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.site import leftovers

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

FOLDER = "frames"


def part(app: Sphinx, body: HtmlElement, address: Callable[[str], str]) -> None:
    """Take what stands in frames out of a page's body, which then names the files that are written.

    Parameters
    ----------
    app : Sphinx
        Of the site.
    body : lxml.html.HtmlElement
        The body, changed in place.
    address : callable
        From a file's name to its address from the page.
    """
    folder = Path(app.outdir, "_static", FOLDER)

    def keep(content: str, kind: str) -> str:
        name = f"{hashlib.sha256(content.encode()).hexdigest()[:16]}.{kind}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
        return address(name)

    for frame in body.xpath("//iframe[@srcdoc]"):
        frame.set("src", keep(frame.attrib.pop("srcdoc"), "html"))
        frame.set("loading", "lazy")
        script = frame.getnext()
        if script is not None and script.tag == "script":
            script.set("src", keep(script.text, "js"))
            script.set("defer", "")
            script.text = None


def setup(app: Sphinx) -> None:
    """Remove leftovers when all pages are written; `pages` parts them."""
    app.connect("build-finished", leftovers.remover(FOLDER))
