"""The bench on the cover, as HTML and CSS alone: no script makes it work, and no data is loaded.

Two groups of radio buttons, which 1 and what becomes of neuron 0, choose among rules that stand in the page: one for
each 1 sets the brightness of layer 2's cells, one for each 1 and way the lengths of ten bars. What is said of the four
ways stands in one place, all but one of it hidden, so nothing moves when another is shown. How it looks is in the
site's ``styles/cover.css``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from mnist_interp.chapters.index import lesions
from mnist_interp.chapters.index.lesions import DIGIT, NEURON, UNTOUCHED, WAYS
from mnist_interp.claims.cards import Html
from mnist_interp.data import mnist
from mnist_interp.training.runs import Run

BUTTONS = {UNTOUCHED: "untouched", "zero": "off", "mean": "average", "refit": "off, ten biases refitted"}
_LEVELS = 8
_STRONG = 0.95  # quantile of the activations shown that has the full color
_FRAME = 3  # empty pixels around a digit that are not shown


def _strokes(level: np.ndarray) -> str:
    """Return the pixels of a bitmap, (28, 28), as strokes of an SVG path, one a run of neighbors in a row."""
    edges = np.diff(np.pad(level.astype(int), ((0, 0), (1, 1))))
    starts, ends = np.argwhere(edges > 0), np.argwhere(edges < 0)
    return "".join(f"M{x} {y}h{end - x}" for (y, x), (_, end) in zip(starts, ends, strict=True))


def _drawn(name: str, image: np.ndarray) -> str:
    levels = np.rint(image / 255 * (_LEVELS - 1))
    paths = "".join(
        f'<path opacity="{round(level / (_LEVELS - 1), 2):g}" d="{_strokes(levels == level)}"></path>'
        for level in range(1, _LEVELS)
    )
    side = len(image) - 2 * _FRAME
    return f'<symbol id="{name}" viewBox="{_FRAME} {_FRAME - 0.5} {side} {side}">{paths}</symbol>'


def _chosen(image: int | None = None, way: str | None = None) -> str:
    parts = ([] if image is None else [f"#mi-1-{image}"]) + ([] if way is None else [f"#mi-way-{way}"])
    return ".mi-small" + "".join(f":has({part}:checked)" for part in parts)


def _percent(shares: xr.DataArray) -> np.ndarray:
    return np.rint(100 * shares.to_numpy()).astype(int)


def _set(name: str, values: np.ndarray) -> str:
    """Return declarations of variables, one for each value above zero."""
    return "".join(f"--{name}{place}:{value};" for place, value in enumerate(values) if value)


def _rules(found: xr.Dataset) -> Iterator[str]:
    """Yield the rules by which a choice sets what is shown."""
    strong = max(found["activation"].quantile(_STRONG).item(), np.finfo(np.float32).tiny)  # all may be silent
    shade = _percent((found["activation"] / strong).clip(max=1))
    chance = _percent(found["probability"])
    read = found["probability"].argmax("digit").to_numpy()
    shown: dict[str, list[str]] = {}
    for image in range(found.sizes["image"]):
        yield f"{_chosen(image)}{{{_set('a', shade[0, image])}}}"
        shown.setdefault(f".mi-image-{image}", []).append(_chosen(image))
        for place, way in enumerate(WAYS):
            yield f"{_chosen(image, way)}{{{_set('p', chance[place, image])}}}"
            shown.setdefault(f".mi-read-{read[place, image]}", []).append(_chosen(image, way))
    for place, way in enumerate(WAYS):
        if way != UNTOUCHED:
            yield f"{_chosen(way=way)}{{--a{NEURON}:{shade[place, 0, NEURON]}}}"
        shown.setdefault(f".mi-way-{way}", []).append(_chosen(way=way))
    for name, chosen in shown.items():
        yield ",".join(f"{one} {name}" for one in chosen) + "{--on:1;visibility:visible}"


def _radio(group: str, value: str, label: str, *, checked: bool, name: str = "") -> str:
    said = f' aria-label="{name}"' if name else ""
    state = " checked" if checked else ""
    named = f'name="mi-{group}" id="mi-{group}-{value}"{said}'
    return f'<label><input type="radio" {named}{state}><span>{label}</span></label>'


def _picture(image: int, more: str = "") -> str:
    return f'<svg class="mi-one{more}" viewBox="0 0 9 9" aria-hidden="true"><use href="#mi-ink-{image}"></use></svg>'


def _images(count: int) -> str:
    large = "".join(_picture(image, f" mi-image-{image}") for image in range(count))
    small = "".join(
        _radio("1", str(image), _picture(image), checked=not image, name=f"1, number {image + 1} of {count}")
        for image in range(count)
    )
    return (
        f'<div class="mi-ones"><p>A test image</p><div class="mi-large">{large}</div></div>'
        f'<div class="mi-which" role="radiogroup" aria-label="Which {DIGIT}">{small}</div>'
    )


def _layer(n_neurons: int) -> str:
    cells = "".join(
        f'<i style="--a:var(--a{unit},0)"{" class=mi-target" if unit == NEURON else ""}></i>'
        for unit in range(n_neurons)
    )
    return (
        f'<div class="mi-layer"><p><b>Neuron {NEURON}</b>, of {n_neurons} in layer 2</p>'
        f'<div class="mi-cells" role="img" aria-label="The neurons of layer 2, neuron {NEURON} outlined: '
        f'the stronger the color, the more active on this image">{cells}</div></div>'
    )


def _read(digit: int) -> str:
    return f"mi-read-{digit}" + (" mi-true" if digit == DIGIT else "")


def _output(n_digits: int) -> str:
    rows = "".join(
        f'<div class="mi-row {_read(digit)}" style="--p:var(--p{digit},0)"><b>{digit}</b><i></i></div>'
        for digit in range(n_digits)
    )
    said = "".join(f'<span class="{_read(digit)}">{digit}</span>' for digit in range(n_digits))
    return (
        f'<div class="mi-output"><p role="status">The network’s answer: <span class="mi-answer">{said}</span></p>'
        f'<div class="mi-rows" aria-hidden="true">{rows}</div></div>'
    )


def _says(found: xr.Dataset, says: Mapping[str, str]) -> str:
    whole = found["right"].sel(way=UNTOUCHED).item()
    parts = []
    for way in WAYS:
        right, instead = (found[name].sel(way=way).item() for name in ("right", "instead"))
        harm = " mi-harm" if right < whole / 2 else ""
        parts.append(
            f'<div class="mi-said mi-way-{way}"><p class="mi-big{harm}"><b>{right:.1%}</b> '
            f"<span>of all {DIGIT}s are correctly classified</span></p><p>{says[way].format(instead=instead)}</p></div>"
        )
    return f'<div class="mi-says" role="status">{"".join(parts)}</div>'


def bench(run: Run, says: Mapping[str, str]) -> Html:
    """Return the bench on the cover: a 1, layer 2, the output, and four ways to treat neuron 0.

    Parameters
    ----------
    run : Run
        As of `lesions.of_neuron0`.
    says : mapping of str to str
        A sentence for each of `lesions.WAYS`; ``{instead}`` stands for the digit that 1s are then most often taken for.

    Raises
    ------
    ValueError
        If a way has no sentence.
    """
    if missing := set(WAYS) - set(says):
        raise ValueError(f"no sentence for {min(missing)!r}: expected one for each of {', '.join(WAYS)}")
    found = lesions.of_neuron0(run)
    images = mnist.load("test").images[found["image"].to_numpy()]
    ink = "".join(_drawn(f"mi-ink-{place}", image) for place, image in enumerate(images))
    ways = "".join(_radio("way", way, BUTTONS[way], checked=way == UNTOUCHED) for way in WAYS)
    return Html(
        f'<div class="mi-small mi-wide"><style>{"".join(_rules(found))}</style>'
        f'<svg width="0" height="0" aria-hidden="true">{ink}</svg>'
        f'<div class="mi-flow">{_images(len(images))}{_layer(found.sizes["neuron"])}{_output(found.sizes["digit"])}'
        f'<div class="mi-ways" role="radiogroup" aria-label="Neuron {NEURON}">{ways}</div></div>'
        f"{_says(found, says)}</div>"
    )
