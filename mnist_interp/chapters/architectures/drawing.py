"""The three networks drawn side by side: how each gets from the pixels of an image to its sixteen last units.

One SVG in the page, in the palette's colors, so that it follows the theme; its counts are read off the networks.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from mnist_interp import charts, training
from mnist_interp.chapters.architectures import kinds
from mnist_interp.charts.palette import INK, MUTED, PAPER, RULE, Color
from mnist_interp.charts.theme import FONT
from mnist_interp.claims.cards import Html
from mnist_interp.data import mnist
from mnist_interp.training import models

WIDTH, HEIGHT, SHOWN = 356, 340, 520  # of the drawing, and how wide it is at most, in CSS pixels
_ROW, _TOP, _SIDE = 116, 20, 56  # from network to network; above a network's parts; their height
_UNITS, _LOGITS = 294, 338  # where the last two parts stand


def _text(x: float, y: float, words: str, *, color: Color = MUTED, anchor: str = "middle", bold: bool = False) -> str:
    weight = ' font-weight="650"' if bold else ""
    size = 12 if bold else 10.5
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}"{weight} fill="{color.css}">{words}</text>'
    )


def _below(x: float, *lines: str) -> str:
    return "".join(_text(x, _TOP + _SIDE + 13 + 12 * number, line) for number, line in enumerate(lines))


def _lines(ends: Iterable[tuple[float, float, float, float]], color: Color, *, width: float, opacity: float = 1) -> str:
    path = "".join(f"M{x:g} {y:g}L{to_x:g} {to_y:g}" for x, y, to_x, to_y in ends)
    return f'<path d="{path}" fill="none" stroke="{color.css}" stroke-width="{width:g}" opacity="{opacity:g}"></path>'


def _arrow(x: float, to: float) -> str:
    y = _TOP + _SIDE / 2
    return _lines([(x, y, to, y), (to - 3, y - 3, to, y), (to - 3, y + 3, to, y)], MUTED, width=1.2)


def _square(x: float, y: float, side: float, color: Color, *, fill: Color | None = None, width: float = 1) -> str:
    inside = fill.css if fill else "none"
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{side:g}" height="{side:g}" fill="{inside}" stroke="{color.css}" '
        f'stroke-width="{width:g}"></rect>'
    )


def _heights(count: int) -> list[float]:
    """Return where dots of a column stand that is as high as the parts."""
    return [_TOP + (place + 0.5) * _SIDE / count for place in range(count)]


def _dots(x: float, heights: list[float], pitch: float, color: Color) -> str:
    return "".join(
        f'<circle cx="{x:g}" cy="{y:.4g}" r="{min(0.4 * pitch, 2.4):.3g}" fill="{color.css}"></circle>' for y in heights
    )


def _column(x: float, count: int, color: Color) -> str:
    return _dots(x, _heights(count), _SIDE / count, color)


def _tokens(x: float, count: int, color: Color) -> str:
    """Return tokens as a column, the class token on top in the color."""
    first, *patches = _heights(count)
    return _dots(x, [first], _SIDE / count, color) + _dots(x, patches, _SIDE / count, MUTED)


def _maps(x: float, count: int, side: float, color: Color) -> str:
    """Return a pile of maps, the last in front."""
    step = min(3.0, (_SIDE - side) / max(count - 1, 1))
    top = _TOP + (_SIDE - side - step * (count - 1)) / 2
    return "".join(
        _square(x + step * place, top + step * place, side, color, fill=PAPER, width=0.9) for place in range(count)
    )


def _image(ink: str) -> str:
    half = _SIDE / 2
    placed = f"translate({half:g} {_TOP + half:g}) scale({half:g})"
    return _square(0.5, _TOP, _SIDE, RULE) + f'<path d="{ink}" transform="{placed}" fill="{INK.css}"></path>'


def _end(color: Color, n_units: int, n_logits: int) -> str:
    return (
        _column(_UNITS, n_units, color)
        + _below(_UNITS, str(n_units), "units")
        + _arrow(_UNITS + 8, _LOGITS - 8)
        + _column(_LOGITS, n_logits, MUTED)
        + _below(_LOGITS, str(n_logits), "logits")
    )


def _network(name: str) -> Any:
    """Return an untrained network of a kind, whose named layers say how many of what it has."""
    return models.build(training.named(kinds.KINDS[name].population).recipe)


def _titled(name: str, says: str) -> str:
    after = f' <tspan font-weight="400" font-size="10.5" fill="{MUTED.css}">{says}</tspan>'
    return _text(0, 11, f"{name}{after}", color=INK, anchor="start", bold=True)


def _perceptron(ink: str, color: Color) -> str:
    model = _network(kinds.MLP)
    first, last, out = (layer.out_features for layer in (model.linear1, model.linear2, model.output))
    n_pixels, ends = model.linear1.in_features, (_TOP + 1, _TOP + _SIDE - 1)
    listed = f'<rect x="92" y="{_TOP}" width="5" height="{_SIDE}" fill="{MUTED.css}"></rect>'
    fan = [(98, y, 182, to_y) for y in ends for to_y in ends]
    return (
        _titled("Perceptron", "reads the pixels as a list")
        + _image(ink)
        + _arrow(64, 84)
        + listed
        + _below(95, f"{n_pixels} pixels")
        + _lines(fan, color, width=0.8, opacity=0.5)
        + _column(188, first // 2, color)
        + _column(196, first - first // 2, color)
        + _below(192, f"{first} units")
        + _arrow(206, _UNITS - 10)
        + _end(color, last, out)
    )


def _cnn(ink: str, color: Color) -> str:
    model = _network(kinds.CNN)
    first, second = model.conv1.out_channels, model.conv2.out_channels
    side = round((model.linear3.in_features / second) ** 0.5)
    (filter_side, _), x, y = model.conv1.kernel_size, 18, _TOP + 10
    size = _SIDE * filter_side / 28
    cone = [(x + size, y, 92, _TOP + 18), (x + size, y + size, 92, _TOP + 18)]
    return (
        _titled("CNN", "slides small filters across the image")
        + _image(ink)
        + _square(x, y, size, color, width=1.6)
        + _lines(cone, color, width=0.8, opacity=0.7)
        + _maps(88, first, 28, color)
        + _below(112, f"{first} maps", f"of {2 * side} × {2 * side}")
        + _arrow(145, 168)
        + _maps(176, second, 14, color)
        + _below(204, f"{second} maps", f"of {side} × {side}")
        + _arrow(242, _UNITS - 10)
        + _end(color, model.linear3.out_features, model.output.out_features)
    )


def _exchange(x: float, to: float, n_tokens: int, reader: int, color: Color) -> str:
    """Return lines from all tokens to one that reads them."""
    heights = _heights(n_tokens)
    return _lines([(x, y, to, heights[reader]) for y in heights], color, width=0.8)


def _transformer(ink: str, color: Color) -> str:
    model = _network(kinds.TRANSFORMER)
    n_tokens, heads = model.tokens.positions.shape[1], model.block1.attention.num_heads
    per_row = 28 // model.tokens.patch
    at = [_SIDE * place / per_row for place in range(1, per_row)]
    grid = [(0.5, _TOP + one, _SIDE, _TOP + one) for one in at] + [(one, _TOP, one, _TOP + _SIDE) for one in at]
    top = _heights(n_tokens)[:1]
    return (
        _titled("Transformer", "lets patches exchange information")
        + _image(ink)
        + _lines(grid, color, width=1.2)
        + _arrow(64, 78)
        + _exchange(91, 161, n_tokens, 11, RULE)
        + _exchange(91, 161, n_tokens, 0, color)
        + _exchange(167, 237, n_tokens, 0, color)
        + "".join(_tokens(x, n_tokens, color) for x in (88, 164))
        + _dots(240, top, _SIDE / n_tokens, color)
        + _below(88, str(n_tokens), "tokens")
        + _below(134, "block 1,", f"{heads} heads")
        + _below(204, "block 2,", f"{heads} heads")
        + _text(252, _TOP + 38, "class")
        + _text(252, _TOP + 50, "token")
        + _lines([(244, top[0], _UNITS - 10, _TOP + _SIDE / 2)], color, width=1.2)
        + _end(color, model.linear3.out_features, model.output.out_features)
    )


def three(image: int, *, description: str) -> Html:
    """Draw perceptron, CNN and transformer, one row each, from an image to the logits.

    Parameters
    ----------
    image : int
        Index of the test image that they read.
    description : str
        What the drawing shows, for readers who cannot see it.
    """
    ink = charts.outline(mnist.load("test").pixels[image].view(28, 28).numpy())
    rows = {kinds.MLP: _perceptron, kinds.CNN: _cnn, kinds.TRANSFORMER: _transformer}
    drawn = "".join(
        f'<g transform="translate(0 {_ROW * number})">{row(ink, kinds.COLORS[name])}</g>'
        for number, (name, row) in enumerate(rows.items())
    )
    return Html(
        f'<svg class="mi-picture" role="img" aria-label="{escape(description)}" width="{SHOWN}" '
        f'height="{round(SHOWN * HEIGHT / WIDTH)}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT}">{drawn}</svg>'
    )
