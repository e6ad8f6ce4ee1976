"""What the pages' charts load: written once a site, and data that figures of a page share written once a page.

Importing the charts takes seconds (torch, Altair), and a build after an edited sentence should not: which files a page
loads is noted when they are written, and holds until a module or a file of the runtime changes.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_interp import fingerprint
from mnist_interp.site import stamps

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

RUNTIME = Path(__file__).parent / "static" / "charts"
_NAME = "charts"
_BUNDLE = "mnist_interp.charts.bundle"
_DATA = re.compile(r'<script\b(?=[^>]*\bclass="mi-data")(?=[^>]*\bid="(data-[\w-]+)")[^>]*>.*?</script>\s*', re.DOTALL)


def stored_once(html: str) -> str:
    """Drop each repetition of a data element whose id, a hash of its content, has been seen before on the page."""
    seen: set[str] = set()

    def first(match: re.Match[str]) -> str:
        repeated = match[1] in seen
        seen.add(match[1])
        return "" if repeated else match[0]

    return _DATA.sub(first, html)


def compact(css: str) -> str:
    """Drop comments and line breaks of a style sheet; it stands in each page so that nothing delays the first paint."""
    return re.sub(r"\s*\n\s*", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)).strip()


def _key() -> str:
    digest = hashlib.sha256(fingerprint.of_modules([_BUNDLE]).encode())
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
        files.write_text(json.dumps({"styles": bundle.STYLES, "scripts": bundle.SCRIPTS}), encoding="utf-8")
        stamps.written(app, _NAME, key)
    app.mi_chart_files = json.loads(files.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    styles = [(folder / name).read_text(encoding="utf-8") for name in app.mi_chart_files["styles"]]  # type: ignore[attr-defined]
    own = (RUNTIME.parent / "site.css").read_text(encoding="utf-8")
    app.mi_plain_style = compact(styles[0] + own)  # type: ignore[attr-defined]
    app.mi_style = compact("".join([styles[0], own, *styles[1:]]))  # type: ignore[attr-defined]


def _show(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    files = app.mi_chart_files  # type: ignore[attr-defined]
    body = stored_once(context.get("body") or "")
    context["body"] = body
    context["mi_charts"] = 'class="mi-figure' in body
    context["mi_style"] = app.mi_style if context["mi_charts"] else app.mi_plain_style  # type: ignore[attr-defined]
    context["mi_chart_scripts"] = files["scripts"]


def setup(app: Sphinx) -> None:
    """Write the bundle before the pages, and share data when a page is written."""
    app.connect("builder-inited", _write)
    app.connect("html-page-context", _show)
