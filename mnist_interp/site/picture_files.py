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

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sphinx.application import Sphinx

FOLDER = "pictures"
FONT = "system-ui,sans-serif"  # --mi-sans: a file does not inherit the page's
_DRAWN = re.compile(
    r'<svg class="(?P<kind>mi-wide|mi-narrow)" role="img" aria-label="(?P<label>[^"]*)" '
    r'viewBox="0 0 (?P<width>\d+) (?P<height>\d+)" xmlns="[^"]*">(?P<content>.*?)</svg>',
    re.DOTALL,
)
_RASTER = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
_IMAGE = re.compile(r'<img(?=[^>]*src="data:image/png)(?![^>]*loading=)')
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


def parted(html: str, shades: Mapping[str, str], address: Callable[[str], str]) -> tuple[str, Files]:
    """Take the pictures out of a page's body.

    Parameters
    ----------
    html : str
        The body.
    shades : mapping of str to str
        The dark theme's colors by name, as of `dark_shades`.
    address : callable
        From a file's name to its address from the page.

    Returns
    -------
    (str, dict of str to bytes)
        The body, which names the files, and their content by name.
    """
    files: Files = {}

    def keep(content: bytes, kind: str) -> str:
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{kind}"
        files[name] = content
        return address(name)

    def drawn(match: re.Match[str]) -> str:
        width, height = int(match["width"]), int(match["height"])
        content = drawing(match["content"], width=width, height=height, shades=shades)
        return (
            f'<img class="{match["kind"]}" alt="{match["label"]}" width="{width}" height="{height}" loading="lazy" '
            f'decoding="async" src="{keep(content.encode(), "svg")}">'
        )

    html = _IMAGE.sub('<img loading="lazy" decoding="async"', _DRAWN.sub(drawn, html))
    return _RASTER.sub(lambda match: keep(base64.b64decode(match[1]), "png"), html), files


def write(app: Sphinx, files: Files) -> None:
    """Write a page's pictures into the site."""
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _prune(app: Sphinx, exception: Exception | None) -> None:
    """Remove the pictures that no page names any more."""
    if exception is not None:
        return
    pages = "".join(Path(app.outdir, f"{page}.html").read_text(encoding="utf-8") for page in app.env.found_docs)
    for path in Path(app.outdir, "_static", FOLDER).glob("*"):
        if path.name not in pages:
            path.unlink()


def setup(app: Sphinx) -> None:
    """Remove leftovers when all pages are written; `chart_files` parts the pages."""
    app.connect("build-finished", _prune)
