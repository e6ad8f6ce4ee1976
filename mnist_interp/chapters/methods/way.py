"""The way from digits to a page, as one drawing: a column of steps, with what enters each from the side.

An SVG within the page, in the theme's colors. It is as wide as a phone's column, so there is one for all widths.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from mnist_interp.charts.palette import INK, MUTED, RULE
from mnist_interp.claims.cards import Html

WIDTH, STEP, BOX, LEFT, GAP = 344, 78, 54, 204, 22
_LINE = 16


class Step(NamedTuple):
    """One step: its name, what it does, and what enters it from the side."""

    name: str
    does: str
    enters: tuple[str, ...] = ()


STEPS = (
    Step("MNIST’s own files", "checked by their digests"),
    Step("Training", "sums in one order", ("a recipe", "and a seed")),
    Step("Weights, stored", "by all that decides them"),
    Step("Experiments", "one number per seed", ("instruments,", "each tested")),
    Step("Verdicts", "two tests at a margin", ("claims, declared", "before training")),
    Step("Pages", "numbers glued into prose", ("prose, and", "published figures")),
    Step("The site", "same inputs, same bytes", ("tests: nothing", "typed by hand")),
)


def _text(x: float, y: float, text: str, *, color: str, weight: int = 400) -> str:
    return f'<text x="{x}" y="{y}" fill="{color}" font-weight="{weight}">{escape(text)}</text>'


def _arrow(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="{MUTED.css}" stroke-width="1.5"></path>'


def _drawn(place: int, step: Step) -> Iterator[str]:
    top = place * STEP + 1
    yield (
        f'<rect x="1" y="{top}" width="{LEFT}" height="{BOX}" rx="6" fill="none" stroke="{RULE.css}" '
        'stroke-width="1.5"></rect>'
    )
    yield _text(13, top + 22, step.name, color=INK.css, weight=650)
    yield _text(13, top + 22 + _LINE + 2, step.does, color=MUTED.css)
    if place:
        yield _arrow(f"M{LEFT / 2} {top - STEP + BOX + 2}V{top - 3}m-4 -5l4 5l4 -5")
    if step.enters:
        middle = top + BOX / 2
        yield _arrow(f"M{LEFT + GAP} {middle}H{LEFT + 4}m5 -4l-5 4l5 4")
        for line, text in enumerate(step.enters):
            y = middle + 4 + _LINE * (line - (len(step.enters) - 1) / 2)
            yield _text(LEFT + GAP + 6, y, text, color=INK.css)


def drawing(*, caption: str, description: str) -> Html:
    """Draw the way.

    Parameters
    ----------
    caption, description : str
        What to see in it; and the same for readers who cannot see it.
    """
    height = STEP * (len(STEPS) - 1) + BOX + 2
    parts = "".join(part for place, step in enumerate(STEPS) for part in _drawn(place, step))
    return Html(
        f'<figure class="mi-way"><svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(description)}" '
        f'font-size="12.5">{parts}</svg><figcaption><p>{escape(caption)}</p></figcaption></figure>'
    )
