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
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp import bench as book_bench
from mnist_interp.bench import markup, tables
from mnist_interp.bench.constants import CONSTANTS
from mnist_interp.bench.lesion_sites import Network
from mnist_interp.bench.oracle import Lesion
from mnist_interp.charts import palette
from mnist_interp.data import mnist
from mnist_interp.methods import activations
from mnist_interp.own import ahead, described, examples, measured, payloads, sheet, weights
from mnist_interp.own.described import Described
from mnist_interp.own.examples import Examples
from mnist_interp.site.bench_files import SLIDER
from mnist_interp.site.styles import SOURCES, compact, dark_without_script

_BOOK = Path(book_bench.__file__).parent / "static"
_OWN = Path(__file__).parent / "static"
_MARK = 'document.documentElement.className = "js"'  # what needs scripts is hidden without
_MOST_AHEAD = 1_000  # images, where every lesion is a forward pass


@dataclass(frozen=True, eq=False)
class _Made:
    """What a page shows: layers, images by true class and class read, lesions of one unit, payloads, and words."""

    network: Network
    counts: np.ndarray
    singles: list[tuple[Lesion, np.ndarray]]
    payloads: dict[str, Any]
    where: list[str]
    said: str
    shown: Examples


def scripts() -> list[str]:
    """Name the scripts of the book's bench in the order of its loader."""
    listed = re.search(r"SCRIPTS = \[(.*?)\];", (_BOOK / "start.js").read_text(encoding="utf-8"), re.DOTALL)
    assert listed is not None
    return re.findall(r'"(\w+)"', listed[1])


def _sources(*, computed: bool) -> list[str]:
    """Return the scripts of a page; `ahead` stands for the worker where the page computes nothing."""
    found = [_OWN / "alone.js"]
    for name in scripts():
        own = _OWN / "ahead.js" if name == "engine" and not computed else _BOOK / f"{name}.js"
        found.append(SLIDER if name == "slider" else own)
    return [path.read_text(encoding="utf-8") for path in [*found, _OWN / "wake.js"]]


def _style() -> str:
    opening = (SOURCES / "opening.css").read_text(encoding="utf-8")
    roots = opening[opening.index(":root") : opening.index("body {")]
    files = (_BOOK / "bench.css", _OWN / "page.css")
    parts = [palette.css(), roots, *(path.read_text(encoding="utf-8") for path in files)]
    css = compact("".join(parts))
    return css + dark_without_script(css)


def _fitted(given: Examples, shape: tuple[int, ...]) -> tuple[torch.Tensor, np.ndarray]:
    """Return images and labels on which constants are found: MNIST's training images, or those given."""
    if given.is_mnist:
        train = mnist.load("train")
        return train.pixels.reshape(-1, *shape), train.labels
    return torch.from_numpy(given.images).reshape(-1, *shape), given.labels


def _where(given: Examples, *, acts: str, zero: str) -> list[str]:
    over = "MNIST’s training images" if given.is_mnist else "the images of this page themselves"
    return [f"{acts} Means are over {over}, and a unit’s best constant is where the loss on them is least.{zero}"]


def _computed(model: nn.Module, known: Described, given: Examples) -> _Made:
    """Compute lesions in the page, and check them against the reader's module first."""
    if known.pixels != given.flat.shape[1]:
        raise ValueError(
            f"the first layer reads {known.pixels} numbers, and an image has {given.flat.shape[1]}: expected as many"
        )
    examples.check_classes(given, known.classes)
    batch, units = torch.from_numpy(given.flat), known.network.units
    asked = torch.from_numpy(given.images).reshape(-1, *_shape(model, given))
    logits = activations.logits(model, asked)
    fitted = _fitted(given, (known.pixels,))
    held = measured.held(known.plain, known.ends, *fitted)
    pictures, shades = payloads.images(given)
    made = payloads.network(known, shades, held)
    payloads.check(pictures, made, logits.numpy())

    def counted(read: np.ndarray) -> np.ndarray:
        return measured.counts(read, given.labels, known.classes)

    lesions = measured.drawn(units)
    own = {name: name for name in known.ends}  # in the reader's module, where its names are places
    subject = (known.plain, known.ends, batch) if known.shared else (model, own, asked)
    under = [counted(measured.under(*subject, one, held)) for one in lesions]
    found = measured.singles(known.plain, known.ends, batch, given.labels, held, tables.ALONE)
    smooth = [layer.label for layer in known.network.layers if not layer.rectified]
    zero = f" Zero is not silence in {' and '.join(smooth)}: no ReLU is last there." if smooth else ""
    acts = "A lesion acts at the end of a layer, on what the next one reads."
    return _Made(
        known.network,
        counted(measured.reading(logits)),
        [(lesion, counted(read)) for lesion, read in found],
        {"images": pictures, "epoch-0": made, "parity": payloads.parity(lesions, np.stack(under))},
        _where(given, acts=acts, zero=zero),
        "Lesions are computed in this page; what its scripts compute with gave PyTorch’s logits on all images before "
        "it was written.",
        given,
    )


def _some(given: Examples) -> Examples:
    step = -(-len(given.labels) // _MOST_AHEAD)
    return replace(given, images=given.images[::step], labels=given.labels[::step])


def _ahead(model: nn.Module, given: Examples, shape: tuple[int, ...]) -> _Made:
    """Compute lesions of one unit now."""
    some = _some(given)
    batch = torch.from_numpy(some.images).reshape(-1, *shape)
    logits = activations.logits(model, batch)
    classes = logits.shape[1]
    examples.check_classes(given, classes)
    network = ahead.layers(model, batch[:1])
    ends = {layer.name: layer.name for layer in network.layers}
    images, labels = _fitted(given, shape)
    few = slice(None, None, -(-len(labels) // _MOST_AHEAD))
    held = measured.held(model, ends, images[few], labels[few])
    found = list(measured.singles(model, ends, batch, some.labels, held, ahead.DOSES))
    untouched = measured.reading(logits)

    def counted(read: np.ndarray) -> np.ndarray:
        return measured.counts(read, some.labels, classes)

    alone = [
        (lesion, counted(read))
        for lesion, read in found
        for doses in lesion.values()
        if set(doses.values()) <= set(tables.ALONE)
    ]
    doses = ", ".join(str(dose) for dose in ahead.DOSES if not isinstance(dose, str))
    acts = (
        "This network has layers that the page’s scripts don’t compute. So PyTorch computed lesions of one unit at a "
        f"time ahead, at doses of {doses}, its mean and its best constant, on {len(some.labels):,} images; others are "
        "refused."
    )
    pictures = payloads.images(replace(some, images=np.zeros((len(some.labels), 1), np.float32)))[0]
    lesions = [lesion for lesion, _ in found]
    return _Made(
        network,
        counted(untouched),
        alone,
        {
            "images": pictures,
            "epoch-0": {"network": {}, "values": ""},
            "ahead": ahead.payload(classes, untouched, lesions, [read for _, read in found]),
            "parity": payloads.parity([{}], counted(untouched)[None]),
        },
        _where(given, acts=acts, zero=""),
        "Lesions were computed by PyTorch before this page was written.",
        some,
    )


def _shape(model: nn.Module, given: Examples) -> tuple[int, ...]:
    """Return the shape of an image as the network takes it: as given, or as a row; MNIST's as maps, too."""
    shapes = [given.images.shape[1:], *([(1, 28, 28)] if given.is_mnist else [given.flat.shape[1:]])]
    said = ""
    for shape in shapes:
        try:
            activations.logits(model, torch.from_numpy(given.images[:1]).reshape(1, *shape))
        except (RuntimeError, IndexError, TypeError) as error:
            said = said or str(error).splitlines()[0]
        else:
            return shape
    raise ValueError(f"the network does not take images of shape {shapes[0]}: {said}")


def _made(model: nn.Module, given: Examples) -> _Made:
    known = described.of(model)
    return _ahead(model, given, _shape(model, given)) if known is None else _computed(model, known, given)


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
    made = _made(model, given)
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
    sources = _sources(computed=not is_ahead)
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
        f"{made.counts.trace() / made.counts.sum():.2%} are read right. {made.said}</p>"
        f"{section}</main>{blocks}"
        f'<script type="text/plain" id="payload-sheet">{png}</script>'
        f"{''.join(f'<script>{source}</script>' for source in sources)}</body></html>\n"
    )


def write(
    path: Path,
    target: Path,
    *,
    activation: str = "relu",
    model: str | None = None,
    images: Path | None = None,
    labels: Path | None = None,
) -> int:
    """Write the bench of the network in a file of weights, and return its size in bytes.

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
    content = bench(weights.read(path, activation=activation, model=model), given, name=path.name).encode()
    target.write_bytes(content)
    return len(content)
