"""The lesion bench of a reader's network as one HTML file, which loads nothing: to be opened, sent or put in a frame.

Its scripts are those of the book's bench, in the page itself; a content policy lets no other run, and nothing load.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from mnist_interp import bench as book_bench
from mnist_interp.bench import markup
from mnist_interp.bench.constants import CONSTANTS
from mnist_interp.charts import palette
from mnist_interp.own import ahead, contents, examples, payloads, sheet, weights
from mnist_interp.own.examples import Examples
from mnist_interp.site.bench_files import SLIDER
from mnist_interp.site.styles import SOURCES, compact, dark_without_script

_BOOK = Path(book_bench.__file__).parent / "static"
_OWN = Path(__file__).parent / "static"
_MARK = 'document.documentElement.className = "js"'  # what needs scripts is hidden without


def scripts() -> list[str]:
    """Name the scripts of the book's bench in the order of its loader."""
    listed = re.search(r"SCRIPTS = \[(.*?)\];", (_BOOK / "start.js").read_text(encoding="utf-8"), re.DOTALL)
    assert listed is not None
    return re.findall(r'"(\w+)"', listed[1])


def _sources(engine: str, *, operations: bool) -> list[str]:
    """Return the scripts of a page, with `engine` to answer what lesions do, and `operations` where it is needed."""
    found = [_OWN / "alone.js"]
    for name in scripts():
        if name == "engine":
            found += [_OWN / "operations.js"] * operations + [(_BOOK if engine == "engine" else _OWN) / f"{engine}.js"]
        else:
            found.append(SLIDER if name == "slider" else _BOOK / f"{name}.js")
    return [path.read_text(encoding="utf-8") for path in [*found, _OWN / "outside.js", _OWN / "wake.js"]]


def _style() -> str:
    opening = (SOURCES / "opening.css").read_text(encoding="utf-8")
    roots = opening[opening.index(":root") : opening.index("body {")]
    files = (_BOOK / "bench.css", _OWN / "page.css")
    parts = [palette.css(), roots, *(path.read_text(encoding="utf-8") for path in files)]
    css = compact("".join(parts))
    return css + dark_without_script(css)


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _policy(sources: list[str]) -> str:
    allowed = " ".join(_hash(source) for source in sources)
    return (
        f"default-src 'none'; script-src {allowed} blob:; worker-src blob:; style-src 'unsafe-inline'; "
        "img-src blob: data:; base-uri 'none'; form-action 'none'"
    )


def bench(model: nn.Module, given: Examples, *, name: str) -> str:
    """Return the page.

    Parameters
    ----------
    model : torch.nn.Module
        From images to logits, in evaluation mode.
    given : Examples
        What it is tried on.
    name : str
        Of the network, for the title.

    Raises
    ------
    ValueError
        If images and network do not fit, or labels are out of range.
    """
    return _html(contents.of(model, given), given, name)


def _html(made: contents.Contents, given: Examples, name: str) -> str:
    """Lay out what a page of this name holds."""
    kind, kinds = ("digit", "digits") if given.is_mnist else ("class", "classes")
    terms = markup.Terms(
        kind,
        kinds,
        "test images" if given.is_mnist else "images",
        tuple(replace(one, remark="where the loss is least" if one.remark else "") for one in CONSTANTS),
        where="".join(f'<p class="lb-where">{words}</p>' for words in made.where),
    )
    is_ahead = "ahead" in made.payloads
    terms = replace(terms, step=ahead.STEP, single=True) if is_ahead else terms
    section = markup.bench(
        made.network, made.counts, made.singles, name="own", run="", epochs=0, presets={}, terms=terms
    )
    photos = given.images.ndim == 4 and given.images.shape[1] > 1
    pictures = made.shown.pictures
    ratio = pictures.shape[1] / pictures.shape[2]
    operations = "rest" in made.payloads["epoch-0"]["network"]
    sources = _sources("ahead" if is_ahead else "engine", operations=operations)
    blocks = "".join(
        f'<script type="application/json" id="payload-{part}">{payloads.embedded(content)}</script>'
        for part, content in made.payloads.items()
    )
    png = base64.b64encode(sheet.tiles(pictures, ink=not photos)).decode()
    sizes = ", ".join(f"{layer.label} of {layer.units}" for layer in made.network.layers)
    title = html.escape(name)
    head = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy([_MARK, *sources])}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Lesion bench: {title}</title><style>{_style()}</style>"
        f"<script>{_MARK}</script></head>"
    )
    return (
        f'{head}<body class="{"own-photos" if photos else "own"}" style="--own-ratio:{ratio:.4f}"><main>'
        f"<h1>The lesion bench of <code>{title}</code></h1>"
        f'<p class="own-facts">Hidden layers: {html.escape(sizes)}. Of {made.counts.sum():,} {terms.images}, '
        f"{made.counts.trace() / made.counts.sum():.2%} are classified correctly. {made.said}</p>"
        f"{section}</main>{blocks}"
        f'<script type="text/plain" id="payload-sheet">{png}</script>'
        f"{''.join(f'<script>{source}</script>' for source in sources)}</body></html>\n"
    )


@dataclass(frozen=True)
class Written:
    """A page that was written: its size in bytes, how many of the images it holds, and the accuracy."""

    size: int
    images: int
    given: int
    accuracy: float


def write(
    path: Path,
    target: Path,
    *,
    activation: str = "relu",
    model: str | None = None,
    images: Path | None = None,
    labels: Path | None = None,
) -> Written:
    """Write the bench of the network in a file of weights, and say what it holds.

    Parameters
    ----------
    path : Path
        ``.safetensors`` or ``.pt``, a state dict.
    target : Path
        Of the page.
    activation : str
        Between Linear layers, one of `weights.ACTIVATIONS`.
    model : str, optional
        ``FILE.py:FUNCTION`` that builds any other network.
    images, labels : Path, optional
        NumPy files of the reader's data; MNIST's test set unless told.

    Raises
    ------
    ValueError
        If anything cannot be read, or does not fit; the message is one sentence.
    """
    given = examples.read(images, labels)
    made = contents.of(weights.read(path, activation=activation, model=model), given)
    content = _html(made, given, path.name).encode()
    target.write_bytes(content)
    n_images = int(made.counts.sum())
    return Written(len(content), n_images, len(given.labels), made.counts.trace() / n_images)
