"""The lesion bench as HTML: every part in its place and at its size, showing the network untouched.

The scripts in ``static`` fill the same elements, so nothing moves when they wake, and without them
the figures of the whole network and a table of all single lesions stand.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnist_interp.bench import tables
from mnist_interp.bench.constants import CONSTANTS, Constant
from mnist_interp.bench.lesion_sites import SAMPLE_PER_DIGIT, Layer, Network
from mnist_interp.bench.oracle import DIGITS, Lesion
from mnist_interp.methods.references import TITLES


@dataclass(frozen=True)
class Terms:
    """The bench's words.

    Attributes
    ----------
    kind, kinds : str
        A class, and several.
    images : str
        All that the figures are of, such as ``"test images"``.
    constants : tuple of Constant
        Those of `constants.CONSTANTS`, with remarks that hold here.
    step : str
        Of the slider of doses.
    single : bool
        Whether one unit at a time can be lesioned.
    where : str or None
        HTML paragraphs in place of what is said of a network of the book.
    """

    kind: str = "digit"
    kinds: str = "digits"
    images: str = "test images"
    constants: tuple[Constant, ...] = CONSTANTS
    step: str = "0.05"
    single: bool = False
    where: str | None = None


IN_THE_BOOK = Terms()
_BUTTON = '<button type="button" class="lb-{name}"{more} disabled>{text}</button>'
_SAMPLE = DIGITS * SAMPLE_PER_DIGIT
_PRESSED = 'aria-pressed="false"'
_PICK = _PRESSED + ' aria-label="{digit}: show this {kind} alone"'


def _button(name: str, text: str, more: str = "") -> str:
    return _BUTTON.format(name=name, text=text, more=f" {more}" if more else "")


def _phrase(network: Network, start: str = "a ", joint: str = " or ") -> str:
    return joint.join(start + unit for unit in network.called)


def _title(network: Network, layer: Layer) -> str:
    """Return how many units a layer has, where kinds differ, and which layer is lesioned on a sample."""
    counted = f", {layer.units} {layer.unit}s" if len(network.called) > 1 else ""
    return layer.title + counted + (f" <small>on {_SAMPLE} images</small>" if layer.sampled else "")


def _layer(network: Network, layer: Layer, subsets: str = "") -> str:
    cells = "".join(
        _button("neuron", f"<b>{unit}</b><i></i>", f'data-layer="{layer.name}" data-unit="{unit}" data-dose="whole" '
                f'aria-pressed="false" aria-label="{unit} of {layer.label}, untouched"')
        for unit in range(layer.units)
    )  # fmt: skip
    held = " ".join(
        f'data-{constant.name}="{constant.of_unit(channel=layer.unit == "channel")}"' for constant in CONSTANTS
    )
    return (
        f'<div class="lb-layer" role="group" aria-label="{layer.title}, {layer.units} {layer.unit}s" '
        f'data-name="{layer.name}" data-label="{layer.label}" data-zero="{layer.zeroed}" data-noun="{layer.unit}" '
        f'{held}{" data-sampled" if layer.sampled else ""}><p class="lb-title">{_title(network, layer)}</p>'
        f'<div class="lb-grid">{cells}</div>{_subsets(layer, subsets)}</div>'
    )


def _subsets(layer: Layer, page: str) -> str:
    """Link to the page where every subset of a layer was tried; the script adds which subset is left here."""
    if not page:
        return ""
    return (
        f'<p class="lb-subsets"><a href="{html.escape(page)}#fig-every-subset" data-layer="{layer.name}" '
        f'data-words="This set among all subsets of {layer.label}">All subsets of {layer.label}</a></p>'
    )


def _of_channels(maps: Sequence[Layer]) -> str:
    return (
        f"{_names(maps).capitalize()} have channels: a dose scales the whole map that the next layer reads, and the "
        "mean of a channel is its mean map over the training images, "
        f"its {TITLES['optimal']} one number for the whole map."
    )


def _of_heads(blocks: Sequence[Layer], tokens: int) -> str:
    sizes = {layer.heads.size for layer in blocks if layer.heads}
    return (
        f"{_names(blocks).capitalize()} have heads: a dose scales the {' or '.join(map(str, sorted(sizes)))} numbers "
        f"that a head adds to each of {tokens} tokens, before its block mixes them. The mean of a head is its mean "
        f"for each token over the training images, its {TITLES['optimal']} the numbers for each token with the least "
        f"training loss that a search found. Of {blocks[-1].label} only what its heads add to the class token counts."
    )


def _names(layers: Sequence[Layer]) -> str:
    return " and ".join(layer.label for layer in layers)


def _where(network: Network) -> str:
    maps = [layer for layer in network.layers if layer.convolution]
    blocks = [layer for layer in network.layers if layer.heads]
    early = [layer for layer in network.layers if layer.sampled]
    said = [_of_channels(maps)] if maps else []
    said += [_of_heads(blocks, network.patches.count)] if network.patches else []
    if early:
        said.append(
            f"A lesion that touches {_names(early)} is computed on {_SAMPLE} test images, {SAMPLE_PER_DIGIT} of each "
            "digit, and its figures are for those images. Every other lesion is computed on all test images."
        )
    return (f'<p class="lb-where">{" ".join(said)}</p>' if said else "") + "".join(
        f'<p class="lb-where">{layer.label.capitalize()} is lesioned after its LayerNorm, on what the next layer '
        "reads: its other neurons keep their values. Zero is not silence there: a neuron that its ReLU silenced says "
        "less.</p>"
        for layer in network.layers
        if not layer.rectified and not layer.heads
    )


def _dose(dose: float | str) -> str:
    """Return a dose in a word, as on a button."""
    titles = {constant.name: constant.title for constant in CONSTANTS}
    return titles[dose] if isinstance(dose, str) else "off" if dose == 0 else f"{dose:g}×"


def _preset(title: str, lesion: Lesion) -> str:
    given = [(layer, unit, dose) for layer, doses in lesion.items() for unit, dose in doses.items()]
    words = ", ".join(dict.fromkeys(_dose(dose) for _, _, dose in given))
    address = ",".join(f"{layer}:{unit}={dose}" for layer, unit, dose in given)
    return _button("preset", words, f'data-lesion="{address}" {_PRESSED} aria-label="{title}: {words}"')


def _presets(presets: Mapping[str, Sequence[Lesion]]) -> str:
    groups = "".join(
        f'<div role="group" aria-label="{html.escape(title)}"><span>{html.escape(title)}</span> '
        f"{''.join(_preset(html.escape(title), lesion) for lesion in lesions)}</div>"
        for title, lesions in presets.items()
    )
    return f'<div class="lb-presets"><p class="lb-title">Lesions of the text</p>{groups}</div>' if groups else ""


def _controls(network: Network, epochs: int, subsets: str, terms: Terms) -> str:
    *early, final = network.layers
    layers = _layer(network, final, subsets) + "".join(_layer(network, layer) for layer in reversed(early))
    last, zero = network.layers[-1], "silence" if network.rectified else "set to zero"
    tools = "".join(
        _button(name, text, more)
        for name, text, more in (
            ("undo", "Undo", ""),
            ("redo", "Redo", ""),
            ("reset", "Reset", ""),
            ("foresee", "Predict first", _PRESSED),
            ("share", "Copy link", ""),
        )
    )
    ways = ", ".join(f"at the {one.title}" + (f" ({one.remark})" if one.remark else "") for one in terms.constants)
    keys = "".join(f", <kbd>{constant.key}</kbd>" for constant in CONSTANTS)
    holds = "".join(_button(constant.name, constant.title.capitalize(), _PRESSED) for constant in CONSTANTS)
    return (
        f'<div class="lb-controls">{layers}'
        f'<p class="lb-hint"><span class="lb-by-mouse">Click: {zero}, hold {ways}, restore. '
        f"Keys: arrows, <kbd>0</kbd> to <kbd>3</kbd>{keys}.</span>"
        f'<span class="lb-by-finger">Tap: {zero}; tap again: hold {ways}, restore.</span></p>'
        f'<div class="lb-dose"><p><span class="lb-dose-name">{last.unit.capitalize()} 0 of {last.label}</span> '
        "<output>1.00</output></p>"
        f'<input class="lb-range" type="range" min="0" max="3" step="{terms.step}" value="1" aria-label="Dose" '
        "disabled>"
        f'<div class="lb-holds">{holds}{_button("restore", "Restore")}</div></div>'
        f'<div class="lb-epoch"{"" if epochs else " hidden"}><label>After epoch <output>{epochs} of {epochs}</output>'
        f'<input class="lb-epochs" type="range" min="0" max="{epochs}" step="1" value="{epochs}" disabled></label>'
        f'</div><div class="lb-tools">{tools}</div>'
        '<p class="lb-shared" hidden><span></span> <input type="text" readonly aria-label="Link to this lesion"></p>'
        "</div>"
    )


def _classes(counts: np.ndarray, terms: Terms) -> str:
    shares = counts.diagonal() / np.maximum(counts.sum(1), 1)
    rows = "".join(
        f'<tr style="--lb-now:{share:.4f};--lb-was:{share:.4f}"><th scope="row">'
        f"{_button('pick', str(digit), _PICK.format(digit=digit, kind=terms.kind))}</th>"
        f'<td class="lb-bar"><i></i></td><td class="lb-now">{share * 100:.1f}</td><td class="lb-delta"></td></tr>'
        for digit, share in enumerate(shares)
    )
    return (
        f'<table class="lb-classes"><thead><tr><th scope="col">{terms.kind.capitalize()}</th>'
        '<th scope="col">Read right, %</th>'
        '<th scope="col"><span class="lb-sr">Now, %</span></th><th scope="col">Change</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _confusion(classes: int, terms: Terms) -> str:
    rows = "".join(
        f'<tr role="row"><th role="rowheader" scope="row">{truth}</th>'
        + "".join(
            f'<td role="gridcell" data-step="4" aria-label="{truth} classified as {read}: no change"></td>'
            for read in range(classes)
        )
        + "</tr>"
        for truth in range(classes)
    )
    heads = "".join(f'<th role="columnheader" scope="col">{digit}</th>' for digit in range(classes))
    steps = "".join(f'<i data-step="{step}"></i>' for step in range(9))
    return (
        f'<div class="lb-matrix"><p class="lb-title">Change of the confusion matrix{tables.ON}</p>'
        '<p class="lb-key"><span>fewer images</span> <span class="lb-steps" aria-hidden="true">'
        f'{steps}</span> <span>more</span></p><p class="lb-across" aria-hidden="true">predicted</p>'
        '<table class="lb-confusion" role="grid" aria-label="Change of the confusion matrix: rows are '
        f'true {terms.kinds}, columns predicted {terms.kinds}">'
        '<thead><tr role="row"><th role="columnheader" scope="col">'
        f"true</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def bench(
    network: Network,
    counts: np.ndarray,
    singles: Sequence[tuple[Lesion, np.ndarray]],
    *,
    name: str,
    run: str,
    epochs: int,
    presets: Mapping[str, Sequence[Lesion]],
    subsets: str = "",
    terms: Terms = IN_THE_BOOK,
) -> str:
    """Lay out the bench.

    Parameters
    ----------
    network : Network
        Its layers.
    counts : numpy.ndarray of shape (n_classes, n_classes)
        Images of the whole network by true class (rows) and class read.
    singles : sequence of (lesion, counts)
        Each unit of all layers at each dose of `tables.ALONE`.
    name : str
        Of the network on this site; its payloads are in a folder of this name.
    run : str
        What decides the run, for the site to write its payloads.
    epochs : int
        Of training; each can be scrubbed to. 0 where there are no others than the network itself.
    subsets : str
        Address of the page where every subset of the last layer was tried, if there is one.
    presets : mapping of str to sequence of lesions
        Those that get a button each, by what they lesion.
    terms : Terms
        What classes and images are called.
    """
    accuracy = counts.diagonal().sum() / counts.sum()
    constants = html.escape(json.dumps([constant.facts for constant in CONSTANTS], separators=(",", ":")))
    guess = (
        '<div class="lb-guess" role="group" aria-label="Predict first" hidden><p role="status"></p>'
        f"{''.join(_button('digit', str(digit)) for digit in range(len(counts)))}</div>"
    )
    results = (
        '<div class="lb-results"><p class="lb-veil lb-veiled" hidden>Accuracy, and what the lesion does to each '
        f"{terms.kind}: "
        "hidden until you guess.</p>"
        f'<p class="lb-accuracy"><strong class="lb-big">{accuracy:.2%}</strong> '
        f'<span>of <span class="lb-of">all {terms.images}</span> read right</span> '
        '<span class="lb-change">untouched</span></p>'
        f'<p class="lb-summary">The network as it was trained. Choose {_phrase(network)} to silence it.</p>'
        f'<div class="lb-pair">{_classes(counts, terms)}{_confusion(len(counts), terms)}</div>'
        '<div class="lb-null"><p class="lb-title"><span class="lb-null-title">Against chance</span>'
        f'{tables.ON}</p><div class="lb-strip"></div>'
        '<p class="lb-null-words">A lesion is compared with random ones of the same size and doses.</p></div>'
        f'<div class="lb-flips"><p class="lb-title">Images that flipped{tables.ON}</p>'
        '<div class="lb-groups" tabindex="0" '
        'role="region" aria-label="Images that flipped"></div></div></div>'
    )
    where = _where(network) if terms.where is None else terms.where
    return (
        f'<section class="mi-bench mi-wide" id="lesion-bench" aria-label="The lesion bench" data-network="{name}" '
        f'data-epochs="{epochs}" data-constants="{constants}" data-run="{html.escape(run)}" '
        f'data-kind="{terms.kind}" data-images="{terms.images}"{" data-single" if terms.single else ""}>'
        '<noscript><p class="lb-need">The bench itself needs JavaScript. Below: the whole network, and what each '
        f'lesion of {_phrase(network, "one ")} does.</p></noscript><p class="lb-note" role="alert" hidden></p>'
        f'{where}{_presets(presets)}<div class="lb-columns">{_controls(network, epochs, subsets, terms)}'
        f'<div class="lb-right">{guess}{results}</div></div><p class="lb-spoken lb-sr" aria-live="polite"></p>'
        f"{tables.changes(counts, terms.kind)}{tables.singles(network, counts, singles, terms.kind)}"
        f'<p class="lb-parity">{_button("check", "Check against PyTorch")} <output class="lb-checked"></output></p>'
        "</section>"
    )
