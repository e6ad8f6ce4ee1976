"""The pad as HTML: what scripts bring to life, and the fixed example that is shown where they don't run."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np

from mnist_interp.charts import pictures
from mnist_interp.pad import example, networks
from mnist_interp.pad.example import Lesion

DIGITS = range(10)
_MANY, _NONE = 0.9995, 0.0005


def percent(share: float) -> str:
    """Write a probability in percent, as the scripts do."""
    return f"{100 * share:.0f}" if share >= _MANY or share < _NONE else f"{100 * share:.1f}"


def _button(act: str, words: str, *, pressed: bool | None = None, disabled: bool = False) -> str:
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    state += " disabled" if disabled else ""
    return f'<button type="button" data-act="{act}"{state}>{words}</button>'


def _cell(content: str, *, marked: str = "", style: str = "") -> str:
    name, look = f' class="{marked}"' if marked else "", f' style="{style}"' if style else ""
    return f"<td{name}{look}>{content}</td>"


_PAD = (
    '<div class="yd-pad" role="application" tabindex="0" aria-label="Drawing pad" aria-describedby="yd-help">'
    '<canvas width="140" height="140" aria-hidden="true"></canvas></div>'
)


def _pad() -> str:
    tools = (
        f"{_button('undo', 'Undo')}{_button('clear', 'Clear')}"
        f"{_button('erase', 'Eraser', pressed=False)}"
        '<label class="yd-thick">Thickness <input type="range" min="6" max="30" step="2" value="14"></label>'
    )
    return (
        f'<div class="yd-draw"><p class="yd-title">Draw a digit</p>{_PAD}<div class="yd-tools">{tools}</div>'
        '<p class="yd-help" id="yd-help">By keyboard: the arrows move, <kbd>Space</kbd> lowers and lifts the pen, '
        "<kbd>Shift</kbd> makes longer steps, <kbd>U</kbd> undoes.</p></div>"
    )


def _seen() -> str:
    return (
        '<div class="yd-seen"><p class="yd-title">What they see</p>'
        '<canvas class="yd-ink" width="28" height="28" role="img" aria-label="Nothing is drawn"></canvas>'
        f"{_button('center', 'Centered', pressed=True)}"
        '<p class="yd-small">28 × 28 pixels, scaled and centered as MNIST was made.</p></div>'
    )


def _share(shares: np.ndarray | None, digit: int) -> str:
    if shares is None:
        return _cell("<span></span><i></i>")
    best = "yd-best" if int(shares.argmax()) == digit else ""
    content = f"<span>{percent(shares[digit])}</span><i></i>"
    return _cell(content, marked=best, style=f"--yd-share:{shares[digit]:.3f}")


def _rows(probabilities: Mapping[str, np.ndarray]) -> str:
    rows = []
    for digit in DIGITS:
        cells = "".join(_share(probabilities.get(name), digit) for name in networks.TITLES)
        rows.append(f'<tr><th scope="row">{digit}</th>{cells}</tr>')
    return "".join(rows)


def readings(probabilities: Mapping[str, np.ndarray], words: str = "") -> str:
    """Lay out what the networks say of an image, and `words` below; empty cells where nothing is known."""
    heads = "".join(f'<th scope="col">{title}</th>' for title in networks.TITLES.values())
    return (
        '<div class="yd-says"><p class="yd-title">What they say, in percent</p>'
        f'<table class="yd-readings"><thead><tr><th scope="col">Digit</th>{heads}</tr></thead>'
        f"<tbody>{_rows(probabilities)}</tbody></table>{words}</div>"
    )


def _kept() -> str:
    link = (
        '<span class="yd-link" hidden><input type="text" readonly aria-label="Link to your drawing">'
        f"{_button('copy', 'Copy')}</span>"
    )
    return (
        f'<p class="yd-kept">{_button("link", "Link to this drawing")}{link}'
        '<span class="yd-device" hidden>It is kept on your device only. It goes with you through the chapters. '
        f"{_button('along', 'Shown there', pressed=True)} {_button('forget', 'Forget it')}</span></p>"
    )


def draw(decides: str, probabilities: Mapping[str, np.ndarray], picture: str) -> str:
    """Lay out the pad, what the networks see, and what they say; `picture` is the example's."""
    starts = (
        '<details class="yd-starts"><summary>Or start from a test image</summary>'
        '<div class="yd-hundred" role="group" aria-label="A hundred test images"></div></details>'
    )
    words = '<p class="yd-reading" role="status"></p><p class="yd-unlike"></p>'
    live = (
        f'<div class="yd-live"><p class="yd-note" role="alert" hidden></p><div class="yd-top">{_pad()}{_seen()}'
        f'{readings({}, words)}</div>{_kept()}{starts}<p class="yd-spoken" aria-live="polite"></p></div>'
    )
    fixed = (
        '<div class="yd-fixed"><p>Drawing needs a screen and JavaScript. Here is what the page shows of test image '
        f'{example.IMAGE}.</p><div class="yd-top">{picture}{readings(probabilities)}</div></div>'
    )
    return (
        f'<section class="yd mi-wide" id="digit-pad" aria-label="Your digit" data-runs="{html.escape(decides)}">'
        f"{live}{fixed}</section>"
    )


def small(address: str) -> str:
    """Lay out a pad for the cover, with what four networks answer; the whole one is at `address`.

    Its style is the cover's, and where no script runs nothing of it is seen.
    """
    answers = "".join(
        f'<tr data-name="{name}"><th scope="row">{title}</th><td></td><td></td></tr>'
        for name, title in networks.TITLES.items()
    )
    tools = _button("undo", "Undo", disabled=True) + _button("clear", "Clear", disabled=True)
    return (
        '<section class="yd-cover mi-wide" aria-label="Draw a digit"><p class="yd-note" role="alert" hidden></p>'
        f'<div class="yd-draw"><p><b>Draw a digit</b></p>{_PAD}'
        f'<p class="yd-tools">{tools}</p></div>'
        '<div class="yd-seen"><p>What the networks see</p><canvas class="yd-ink" width="28" height="28" role="img" '
        'aria-label="Nothing is drawn"></canvas><p class="yd-stays">It stays on your device.</p></div>'
        f'<div class="yd-says"><p>What they answer</p><table role="status"><tbody>{answers}</tbody></table>'
        f'<p class="yd-more"><a href="{html.escape(address)}">Everything about your digit</a></p></div>'
        '<p class="yd-help" id="yd-help">By keyboard: arrows, <kbd>Space</kbd> for the pen, <kbd>U</kbd> undoes.</p>'
        '<p class="yd-spoken" aria-live="polite"></p></section>'
    )


def _cells(layer: int, units: int) -> str:
    cells = "".join(f"<li><b>{unit}</b><span></span></li>" for unit in range(units))
    return (
        f'<div><p class="yd-title">Layer {layer}</p><ol class="yd-cells" data-layer="{layer}" '
        f'aria-label="Activations of layer {layer}">{cells}</ol></div>'
    )


def _said(shares: np.ndarray, reading: int) -> str:
    read = int(shares.argmax())
    return _cell(str(read), marked="yd-turned" if read != reading else "") + _cell(percent(shares[reading]))


def _lesion_rows(lesions: Sequence[Lesion], reading: int) -> str:
    return "".join(
        f'<tr><th scope="row">Layer {one.layer}, neuron {one.unit}</th><td>{one.activation:.2f}</td>'
        f"{_said(one.zero, reading)}{_said(one.mean, reading)}</tr>"
        for one in lesions
    )


def _lesion_table(rows: str, digit: str) -> str:
    heads = f'<th scope="col">reads</th><th scope="col"><span class="yd-digit">{digit}</span>, %</th>'
    return (
        '<table class="yd-lesions"><thead><tr><th scope="col" rowspan="2">Lesion</th><th scope="col" rowspan="2">'
        'Activation</th><th scope="colgroup" colspan="2">At zero</th><th scope="colgroup" colspan="2">At its mean</th>'
        f"</tr><tr>{heads}{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def neurons(lesions: Sequence[Lesion], reading: int, untouched: float) -> str:
    """Lay out activations, and what the lesion of each neuron changes; those of the example in the fixed part."""
    cells = "".join(_cells(layer, sum(one.layer == layer for one in lesions)) for layer in example.LAYERS)
    heaviest = _lesion_rows(example.heaviest(list(lesions), reading, untouched), reading)
    live = (
        f'<div class="yd-live"><div class="yd-layers">{cells}</div>'
        '<p class="yd-hangs">Draw a digit above to see which neurons the answer depends on.</p>'
        f'<div class="yd-scroll" tabindex="0" role="region" aria-label="Lesions of single neurons">'
        f"{_lesion_table('', '–')}</div>"
        f"{_button('every', f'Show all {len(lesions)}', pressed=False)}</div>"
    )
    fixed = (
        f'<div class="yd-fixed"><div class="yd-scroll" tabindex="0" role="region" aria-label="Lesions of the example">'
        f"{_lesion_table(heaviest, str(reading))}</div></div>"
    )
    name = "What the answer depends on"
    return f'<section class="yd mi-wide" id="digit-neurons" aria-label="{name}">{live}{fixed}</section>'


def around() -> str:
    """Lay out the pixels' shares, the nearest training images, and the plane of layer 2: by scripts alone."""
    maps = "".join(
        f'<figure><canvas class="yd-map" data-which="{which}" width="28" height="28" role="img" aria-label="Empty">'
        "</canvas><figcaption></figcaption></figure>"
        for which in ("first", "second")
    )
    return (
        '<section class="yd mi-wide" id="digit-around" aria-label="Your digit among others">'
        '<div class="yd-live yd-around"><div class="yd-shares"><p class="yd-title">Which pixels speak for it</p>'
        f"{maps}</div>"
        '<div class="yd-near"><p class="yd-title">Its nearest training images</p><ol></ol></div>'
        '<div class="yd-plane"><p class="yd-title">Its place in layer 2</p>'
        '<canvas width="640" height="480" role="img" aria-label="Empty"></canvas></div></div>'
        '<p class="yd-fixed">Pixels, neighbors and the plane of layer 2 are computed in the page: they need '
        "JavaScript.</p>"
        "</section>"
    )


def picture() -> str:
    """Return the example's picture."""
    image = example.pixels().reshape(1, 28, 28).numpy()
    drawn = pictures.digits(image, description=f"Test image {example.IMAGE}", columns=1)
    shown: str = drawn._repr_mimebundle_()["text/html"]
    return shown
