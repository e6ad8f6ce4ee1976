"""The pad on the site: its style and loader for a page that holds it, its scripts and payloads once a site."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from lxml.html import builder

from mnist_interp import bench, pad
from mnist_interp.runtime import code_digest
from mnist_interp.site import stamps, styles, tree
from mnist_interp.site.budget import compressed
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

NAME, PART, HELD = "your-digit", "yd", "data-runs"
SMALL = "yd-cover"  # a small pad, whose networks are those of the whole one
LIVE = "yd-live"  # what needs a script; beside it stands a fixed example
SHARED = ("network.js", "core.js", "convolve.js", "transformer.js")  # the lesion bench's arithmetic
_PAYLOAD, _PAYLOADS = "mnist_interp.pad.payloads", ("networks", "images", "starts", "mapped")
_SOURCE, _OF_BENCH = (Path(package.__file__ or "").parent / "static" for package in (pad, bench))


def link(body: HtmlElement, pathto: Callable[..., str]) -> None:
    """Link the style before the first part of a pad in a page's body, and the loader in a page that holds the pad."""
    parts = body.find_class(PART)
    if parts:
        parts[0].addprevious(styles.sheet(pathto(f"_static/{NAME}/pad.css", 1)))
    if any(HELD in part.attrib for part in parts):
        for name in ("center.js", "start.js"):
            body.append(builder.SCRIPT(defer="", src=pathto(f"_static/{NAME}/{name}", 1)))


def _held(pages: list[Path]) -> str | None:
    """Return what decides the runs of the pads that built pages hold; None where there is none.

    Raises
    ------
    BookError
        If two pads have different networks, or there are only small ones, which have none of their own.
    """
    bodies = {page: tree.read(page) for page in pages}
    parts = [part for body in bodies.values() for part in body.find_class(PART) if HELD in part.attrib]
    if small := [page.stem for page, body in bodies.items() if body.find_class(SMALL) and not parts]:
        raise BookError(
            f"{small[0]} has a small pad, but no page has a whole one, which names the networks that classify"
        )
    found = {part.get(HELD) for part in parts}
    if len(found) > 1:
        raise BookError(
            "two pads classify drawings with different networks: expected the same, because they share payloads"
        )
    return found.pop() if found else None


def _copy(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in (*sorted(_SOURCE.glob("*.js")), *(_OF_BENCH / name for name in SHARED)):
        shutil.copyfile(path, target / path.name)
    for path in sorted(_SOURCE.glob("*.css")):
        (target / path.name).write_text(styles.compact(path.read_text(encoding="utf-8")) + "\n", encoding="utf-8")


def _write_payloads(app: Sphinx, folder: Path, runs: str) -> None:
    key = hashlib.sha256(f"{code_digest.of_modules([_PAYLOAD])} {runs}".encode()).hexdigest()
    if stamps.stands(app, NAME, key, [folder / f"{name}.js" for name in _PAYLOADS]):
        return
    from mnist_interp.pad import networks, payloads

    folder.mkdir(exist_ok=True)
    for name, script, budget in payloads.scripts(networks.decided(runs)):
        weight = compressed(script.encode())
        if weight > budget:
            raise BookError(
                f"the pad’s {name} weigh {weight / 1000:.0f} kB compressed, over their budget of {budget / 1000:.0f} kB"
            )
        (folder / f"{name}.js").write_text(script, encoding="utf-8")
    stamps.written(app, NAME, key)


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    runs = _held([Path(app.outdir, f"{page}.html") for page in sorted(app.env.found_docs)])
    if runs is None:
        return
    _copy(Path(app.outdir, "_static", NAME))
    _write_payloads(app, Path(app.outdir, "_static", NAME, "payload"), runs)


def setup(app: Sphinx) -> None:
    """Give the site the pad's files when all pages are written."""
    app.connect("build-finished", _write)
