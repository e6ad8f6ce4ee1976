"""How much a page may weigh, compressed as served; a heavier page fails the build, which names its heaviest parts.

What every page loads (style sheets and scripts that its head names, or its root for after the first paint) has one
budget, the page with its data another. Images, and what loads later on demand (Vega, the sprite of digits), are not
counted.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_interp.site import tree
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx.application import Sphinx

FRAME = 250_000
PAGE = 1_000_000
_DATA = "_static/data/"
_PARTS = ("script", "svg", "table", "pre")
_NAMES = ("id", "data-name", "class")


@dataclass(frozen=True)
class Weight:
    """What one page weighs, in bytes after gzip: what it loads at once (``frame``), and itself (``page``)."""

    frame: Mapping[str, int]
    page: int
    parts: Mapping[str, int]


def compressed(content: bytes) -> int:
    """Return the size of `content` after gzip, in bytes."""
    return len(gzip.compress(content, 6, mtime=0))


def weigh(path: Path) -> Weight:
    """Weigh one built page and what its head loads.

    Parameters
    ----------
    path : pathlib.Path
        A page of the built site.
    """
    text = path.read_text(encoding="utf-8")
    html = tree.document(text)
    names = {address.partition("?")[0] for address in html.xpath("//link[@rel='stylesheet']/@href | //script/@src")}
    names.update(html.get("data-scripts", "").split())
    frame = {name: compressed((path.parent / name).read_bytes()) for name in sorted(names)}
    frame["style in the page"] = compressed("".join(style.text or "" for style in html.iter("style")).encode())
    parts: dict[str, int] = {name: frame.pop(name) for name in list(frame) if _DATA in name}
    page = compressed(text.encode()) + sum(parts.values())
    for number, part in enumerate(html.iter(*_PARTS)):
        label = next(filter(None, map(part.get, _NAMES)), f"number {number}")
        parts[f"{part.tag} {label}"] = compressed(tree.outer(part).encode())
    return Weight(frame, page, parts)


def _heaviest(parts: Mapping[str, int]) -> str:
    first = sorted(parts.items(), key=lambda item: -item[1])[:5]
    return "; ".join(f"{name} {size / 1000:.0f} kB" for name, size in first)


def check(path: Path, *, frame: int = FRAME, page: int = PAGE) -> None:
    """Refuse a page that is over its budget.

    Raises
    ------
    BookError
        If what the page loads at once, or the page with its data, weighs more than it may.
    """
    weight = weigh(path)
    loaded = sum(weight.frame.values())
    for what, size, budget, parts in (
        ("loads at once", loaded, frame, weight.frame),
        ("weighs with its data", weight.page, page, weight.parts),
    ):
        if size > budget:
            raise BookError(
                f"{path.name} {what} {size / 1000:.0f} kB compressed, over its budget of {budget / 1000:.0f} kB. "
                f"Heaviest: {_heaviest(parts)}"
            )


def _check_all(app: Sphinx, exception: Exception | None) -> None:
    if exception is None:
        for page in sorted(app.env.found_docs):
            check(Path(app.outdir, f"{page}.html"))


def setup(app: Sphinx) -> None:
    """Weigh every page when all are written, last of all."""
    app.connect("build-finished", _check_all, priority=950)
