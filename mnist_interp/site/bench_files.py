"""The lesion bench on the site: its style and its loader for pages that hold it, its scripts and payloads once a site.

A page holds a bench where a cell shows `widget.lesion_bench`, and says of which network. Its style is linked right
before it: a browser draws it with that style or not yet, and what stands above need not wait. All else loads when the
reader nears it. Paper cannot hold an instrument: there a note with the bench's address takes its place. Scripts and
test images are the same for all networks; what a network is has a folder of its own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from lxml.html import builder

from mnist_interp import bench as package
from mnist_interp.bench import run_key
from mnist_interp.runtime import code_digest
from mnist_interp.site import chart_files, stamps, styles, tree
from mnist_interp.site.budget import compressed
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement
    from sphinx.application import Sphinx

    from mnist_interp.training.recipe import Recipe

NAME = "lesion-bench"
MARK = "mi-bench"
_PAYLOAD = "mnist_interp.bench.payloads"


_SOURCE = Path(package.__file__).parent / "static"
SLIDER = chart_files.RUNTIME / "slider.js"  # the charts' own, for a page may have no chart


def link(body: HtmlElement, page: str, pathto: Callable[..., str], home: str = "") -> None:
    """Link style and loader in the body of a page that holds a bench, and say on paper where it is.

    The site's public address is `home`, if it has one.

    Raises
    ------
    BookError
        If it holds several.
    """
    benches = body.find_class(MARK)
    if len(benches) > 1:
        raise BookError(f"{page} has several lesion benches: expected one per page, because links set that one")
    for bench in benches:
        style, loader = (pathto(f"_static/{NAME}/{name}", 1) for name in ("bench.css", "start.js"))
        bench.addprevious(styles.sheet(style))
        bench.addprevious(_note(f"{urljoin(home, page)}.html#{bench.get('id')}"))
        body.append(builder.SCRIPT(defer="", src=loader))  # small, and there when the page has loaded


def _note(address: str) -> HtmlElement:
    words = "Here stands the lesion bench, where you take out units and see what each digit loses. It needs a screen: "
    return builder.P(builder.CLASS("mi-on-paper"), words, builder.SPAN(address))


def networks(pages: list[Path]) -> dict[str, tuple[Recipe, int]]:
    """Return recipe and seed of each network that built pages have on a bench, by its name there.

    Raises
    ------
    BookError
        If two pages call different runs by the same name.
    """
    found: dict[str, tuple[Recipe, int]] = {}
    for page in pages:
        for bench in tree.read(page).find_class(MARK):
            name, wanted = bench.get("data-network"), run_key.read(json.loads(bench.get("data-run")))
            if found.setdefault(name, wanted) != wanted:
                raise BookError(f"{page.stem} has a different network than an earlier page on the bench named {name!r}")
    return found


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in (*sorted(source.glob("*.js")), SLIDER):
        shutil.copyfile(path, target / path.name)
    style = (source / "bench.css").read_text(encoding="utf-8")
    (target / "bench.css").write_text(styles.compact(style) + "\n", encoding="utf-8")


def _write_images(app: Sphinx, folder: Path, code: str) -> None:
    path = folder / "images.js"
    if stamps.stands(app, f"{NAME}-images", code, [path]):
        return
    from mnist_interp.bench import payloads

    path.write_text(payloads.script("images", payloads.images()), encoding="utf-8")
    stamps.written(app, f"{NAME}-images", code)


def _write_network(app: Sphinx, folder: Path, code: str, recipe: Recipe, seed: int) -> None:
    key = hashlib.sha256(f"{code} {recipe} {seed}".encode()).hexdigest()
    names = ["parity", *(f"epoch-{epoch}" for epoch in range(recipe.epochs + 1))]
    if stamps.stands(app, f"{NAME}-{folder.name}", key, [folder / f"{name}.js" for name in names]):
        return
    from mnist_interp import training
    from mnist_interp.bench import lesion_sites, payloads

    run = training.run(recipe, seed)
    budget = payloads.budget(lesion_sites.of(run))
    folder.mkdir(exist_ok=True)
    for name, script in payloads.scripts(folder.name, run):
        weight = compressed(script.encode())
        if weight > budget:
            raise BookError(
                f"{name} weighs {weight / 1000:.0f} kB compressed, over its budget of {budget / 1000:.0f} kB"
            )
        (folder.parent / f"{name}.js").write_text(script, encoding="utf-8")
    stamps.written(app, f"{NAME}-{folder.name}", key)


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    shown = networks([Path(app.outdir, f"{page}.html") for page in sorted(app.env.found_docs)])
    if not shown:
        return
    _copy(_SOURCE, Path(app.outdir, "_static", NAME))
    folder, code = Path(app.outdir, "_static", NAME, "payload"), code_digest.of_modules([_PAYLOAD])
    folder.mkdir(exist_ok=True)
    _write_images(app, folder, code)
    for name, run in shown.items():
        _write_network(app, folder / name, code, *run)


def setup(app: Sphinx) -> None:
    """Give the site its files when all pages are written."""
    app.connect("build-finished", _write)
