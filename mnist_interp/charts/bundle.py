"""The files that charts need in the built site: Vega, the sprite, the colors, and the runtime.

`write` puts them into one folder. `STYLES` become part of the site's own; pages load `SCRIPTS` from there. The runtime
finds ``vega.js`` and ``digits.png`` beside itself and loads them when the first chart nears the screen, and when the
first digit is asked for.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import vl_convert

from mnist_interp.charts import palette, sprite
from mnist_interp.data import mnist

RUNTIME = Path(__file__).parents[1] / "site" / "static" / "charts"
STYLES = ("palette.css", "charts.css")
SCRIPTS = ("runtime.js",)
_SOURCES = (
    "state.js",
    "digits.js",
    "marks.js",
    "address.js",
    "slider.js",
    "controls.js",
    "gallery.js",
    "follow.js",
    "own_subset.js",
    "table.js",
    "figures.js",
)


def vega() -> str:
    """Return Vega, Vega-Lite and vega-embed as a classic script that defines ``vegaEmbed``."""
    bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    return f"(function(){{\n{bundle}\n}})();\n"


def write(folder: Path) -> None:
    """Write everything that charts load into `folder`, which is made if it is not there; the same bytes each time."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vega.js").write_text(vega(), encoding="utf-8")
    (folder / "digits.png").write_bytes(sprite.sheet(mnist.load("test").images))
    (folder / "palette.css").write_text(palette.css(), encoding="utf-8")
    shutil.copyfile(RUNTIME / "charts.css", folder / "charts.css")
    runtime = "".join((RUNTIME / name).read_text(encoding="utf-8") for name in _SOURCES)
    (folder / SCRIPTS[0]).write_text(runtime, encoding="utf-8")
