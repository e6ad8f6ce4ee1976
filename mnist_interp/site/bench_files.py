"""The lesion bench on the site: its style and its loader for pages that hold it, its scripts and payloads once a site.

A page holds the bench where a cell shows `widgets.lesion_bench`. Its style stands in that page, so that nothing moves
when the bench wakes; everything else loads when the reader nears it.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_interp import fingerprint, recipes
from mnist_interp.site import chart_files, stamps

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

NAME = "lesion-bench"
MARK = 'class="mi-bench'
_PAYLOAD = "mnist_interp.site.bench_payload"


def _source(app: Sphinx) -> Path:
    return Path(app.srcdir, "widgets", NAME)


def _show(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    body = context.get("body") or ""
    if MARK not in body:
        return
    style = (_source(app) / "bench.css").read_text(encoding="utf-8")
    context["mi_style"] += chart_files.compact(style)
    loader = context["pathto"](f"_static/{NAME}/start.js", 1)
    context["body"] = f'{body}\n<script defer src="{loader}"></script>\n'  # small, and there when the page has loaded


def _written_pages(app: Sphinx) -> list[Path]:
    return [Path(app.outdir, f"{page}.html") for page in sorted(app.env.found_docs)]


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.js")):
        shutil.copyfile(path, target / path.name)


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or not any(MARK in path.read_text(encoding="utf-8") for path in _written_pages(app)):
        return
    target = Path(app.outdir, "_static", NAME)
    _copy(_source(app), target)
    parts = f"{fingerprint.of_modules([_PAYLOAD])} {recipes.PUBLISHED}"
    key = hashlib.sha256(parts.encode()).hexdigest()
    folder = target / "payload"
    names = ["images", "parity", *(f"epoch-{epoch}" for epoch in range(recipes.PUBLISHED.epochs + 1))]
    if stamps.stands(app, NAME, key, [folder / f"{name}.js" for name in names]):
        return
    from mnist_interp import training
    from mnist_interp.site import bench_payload

    folder.mkdir(exist_ok=True)
    for name, script in bench_payload.scripts(training.run(recipes.PUBLISHED)):
        (folder / f"{name}.js").write_text(script, encoding="utf-8")
    stamps.written(app, NAME, key)


def setup(app: Sphinx) -> None:
    """Give pages their style and loader as they are written, and the site its files when all are."""
    app.connect("html-page-context", _show, priority=950)
    app.connect("build-finished", _write)
