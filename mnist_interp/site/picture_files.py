"""The figures' pictures outside the page: files that a browser loads when the reader nears them.

Inline they are most of what a browser must parse, style and lay out before it shows a word. As files they still show
without scripts and on paper, and an SVG still follows the theme's switch: in a picture ``prefers-color-scheme`` is the
``color-scheme`` of the element that shows it, so each file brings the dark shades of the colors that it uses. Names are
digests of the content, so equal pictures are one file.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lxml.html import builder

from mnist_interp.site import leftovers, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

FOLDER = "pictures"
FONT = "system-ui,sans-serif"  # --mi-sans: a file does not inherit the page's
_PICTURES = ("mi-picture-wide", "mi-picture-narrow")
_WAITS = {"loading": "lazy", "decoding": "async"}
_RASTER = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
_USED = re.compile(r"var\(--mi-([\w-]+)")
_DARK = re.compile(r"(?<!,)\[data-theme=dark\]\{([^}]*)\}")  # not paper's, which takes the light ones in both
_SHADE = re.compile(r"--mi-([\w-]+):([^;]+);")
Files = dict[str, bytes]


def dark_shades(palette: str) -> dict[str, str]:
    """Read the dark theme's colors, by name, from the charts' palette as a style sheet."""
    return {name: color for rule in _DARK.findall(palette) for name, color in _SHADE.findall(rule)}


def drawing(content: str, *, width: int, height: int, shades: Mapping[str, str]) -> str:
    """Return the content of an inline picture as an SVG file of both themes."""
    used = sorted(set(_USED.findall(content)) & shades.keys())
    dark = "".join(f"--mi-{name}:{shades[name]};" for name in used)
    style = f"<style>@media (prefers-color-scheme:dark){{:root{{{dark}}}}}</style>" if dark else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="{FONT}">{style}{content}</svg>\n'
    )


def part(body: HtmlElement, shades: Mapping[str, str], address: Callable[[str], str]) -> Files:
    """Take the pictures out of a page's body, which then names files, and return these by name.

    Parameters
    ----------
    body : lxml.html.HtmlElement
        The body, changed in place.
    shades : mapping of str to str
        The dark theme's colors by name, as of `dark_shades`.
    address : callable
        From a file's name to its address from the page.
    """
    files: Files = {}

    def keep(content: bytes, kind: str) -> str:
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{kind}"
        files[name] = content
        return address(name)

    for picture in [found for kind in _PICTURES for found in body.find_class(kind) if found.tag == "svg"]:
        width, height = picture.get("viewbox").split()[2:]
        content = drawing(tree.svg(picture), width=int(width), height=int(height), shades=shades)
        shown = {"class": picture.get("class"), "alt": picture.get("aria-label"), "width": width, "height": height}
        image = builder.IMG(shown | _WAITS | {"src": keep(content.encode(), "svg")})
        image.tail = picture.tail
        picture.getparent().replace(picture, image)
    for value in body.xpath("//@*[contains(., 'data:image/png;base64,')]"):
        element = value.getparent()
        element.set(value.attrname, _RASTER.sub(lambda match: keep(base64.b64decode(match[1]), "png"), value))
        if element.tag == "img":
            element.attrib.update(_WAITS)
    return files


def write(app: Sphinx, files: Files) -> None:
    """Write a page's pictures into the site."""
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def setup(app: Sphinx) -> None:
    """Remove leftovers when all pages are written; `chart_files` parts the pages."""
    app.connect("build-finished", leftovers.remover(FOLDER))
