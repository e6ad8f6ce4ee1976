"""What the pages' charts load: written once a site; the data that figures of a page share, once at the page's end.

Importing the charts takes seconds (torch, Altair), and a build after an edited sentence should not: which files a page
loads is noted when they are written, and holds until a module or a file of the runtime changes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.runtime import code_digest
from mnist_interp.site import picture_files, stamps

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

RUNTIME = Path(__file__).parent / "static" / "charts"
_NAME = "charts"
_BUNDLE = "mnist_interp.charts.bundle"


def take_data(body: HtmlElement) -> dict[str, str]:
    """Take the data elements out of a page's body, which a browser then shows sooner, and return them by name.

    An element's id is a hash of its content, so those of one id are one.
    """
    found = {}
    for script in body.find_class("mi-data"):
        found[script.get("id")] = script.text
        script.drop_tree()
    return found


def _key() -> str:
    digest = hashlib.sha256(code_digest.of_modules([_BUNDLE]).encode())
    for path in sorted(RUNTIME.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _list(app: Sphinx) -> Path:
    return Path(app.doctreedir, "mi-charts.json")


def _write(app: Sphinx) -> None:
    folder, key, files = Path(app.outdir, "_static", "charts"), _key(), _list(app)
    if not stamps.stands(app, _NAME, key, [files, folder / "vega.js", folder / "digits.png"]):
        from mnist_interp.charts import bundle

        bundle.write(folder)
        files.parent.mkdir(parents=True, exist_ok=True)
        files.write_text(json.dumps({"scripts": bundle.SCRIPTS}), encoding="utf-8")
        stamps.written(app, _NAME, key)
    app.mi_chart_files = json.loads(files.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    palette = (folder / "palette.css").read_text(encoding="utf-8")
    app.mi_shades = picture_files.dark_shades(palette)  # type: ignore[attr-defined]


def setup(app: Sphinx) -> None:
    """Write the bundle before the pages."""
    app.connect("builder-inited", _write)
