"""A figure: panels that share a state, controls that set it, a caption, a description, and the data.

Displayed as a cell's last expression it gives HTML that is the same for the same inputs: a picture of each panel at
two widths, the charts' specifications and data for the runtime to bring them alive, and a place for the table. A
chart shown without a figure would have none of these, so on a page `refuse_bare_charts` makes that an error. In a
notebook that is no page there is no runtime: the pictures stand there, on white, with the caption.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import altair as alt
from markdown_it import MarkdownIt

from mnist_interp.charts import in_notebooks, markup, still
from mnist_interp.charts.controls import Control, Shared, Tap
from mnist_interp.charts.follow import Follower, Note, Pictures
from mnist_interp.charts.gallery import Gallery
from mnist_interp.charts.own_subset import OwnSubset
from mnist_interp.charts.panel import ChartPanel, prepare
from mnist_interp.charts.payload import Payload
from mnist_interp.runtime import book_kernel

Plain = Gallery | Follower | OwnSubset
Panel = alt.Chart | alt.LayerChart | Plain
_PLAIN = (Gallery, Note, Pictures, OwnSubset)
_COLUMN, _WIDE_COLUMN, _GAP = 720, 960, 24
_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_NAMES_PANELS = re.compile(r"\b[A-H](?:(?:, | and )[A-H])*(?::|\))")  # A: ..., C and D: ..., (B)
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class BareChartError(BaseException):
    """A chart was shown outside a figure.

    Not an `Exception`: IPython prints those that arise while a value is displayed and goes on, and the cell passes.
    """


@dataclass(frozen=True)
class Figure:
    """A figure ready for a page; made by `figure`.

    Attributes
    ----------
    name : str
        Its slug; the element's id is ``fig-`` and the name.
    html : str
        Its markup.
    payloads : dict of str to Payload
        Its data, by name.
    """

    name: str
    html: str
    payloads: dict[str, Payload]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        html = self.html if book_kernel.here() else in_notebooks.styled(self.html)
        return {"text/html": html, "text/plain": f"<Figure {self.name}>"}


def _check_text(name: str, caption: str, description: str) -> None:
    if not _SLUG.fullmatch(name):
        raise ValueError(
            f"a figure's name is {name!r}: expected words of a-z and 0-9 joined by -, such as 'training-curves'"
        )
    for what, text, purpose in [
        ("caption", caption, "says what to see in it"),
        ("description", description, "tells readers who cannot see it what it shows"),
    ]:
        if not text.strip():
            raise ValueError(f"the figure {name!r} has no {what}: give it one that {purpose}")


def _letters(name: str, caption: str, n_panels: int) -> list[str]:
    """Return one letter per panel if the caption refers to panels by letter, otherwise blanks."""
    if not _NAMES_PANELS.search(caption):
        return [""] * n_panels
    letters = [chr(ord("A") + panel) for panel in range(n_panels)]
    lost = set(re.findall(r"\b[B-H]\b", caption)).difference(letters)
    if lost:
        raise ValueError(f"the caption of {name!r} speaks of panel {min(lost)}; the figure has A to {letters[-1]}")
    return letters


def _state(controls: Sequence[Control], taps: Sequence[Tap], n_panels: int) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for control in controls:
        if control.param in state:
            raise ValueError(f"two controls set {control.param!r}: one state has one control")
        state |= control.state
    for tap in taps:
        if not 0 <= tap.panel < n_panels:
            raise ValueError(f"a Tap names panel {tap.panel}; the figure has panels 0 to {n_panels - 1}")
        state = tap.state | state
    return state


def _panel(
    number: int, panel: ChartPanel | Plain, *, figure: str, label: str, letter: str, state: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the panel's HTML and what the runtime needs to know of it."""
    start = f'<div class="mi-panel" data-panel="{number}">' + (f'<p class="mi-letter">{letter}</p>' if letter else "")
    if isinstance(panel, OwnSubset):
        return f"{start}{panel.markup(state)}</div>", panel.about()
    if isinstance(panel, Note | Pictures):
        about: dict[str, Any] = {"kind": "note", "data": panel.payload().name, "filters": dict(panel.filters)}
        if isinstance(panel, Pictures):
            about |= {"kind": "pictures", "title": panel.title, "label": panel.label, "tile": panel.kind}
        return f"{start}{panel.markup(state)}</div>", about
    if isinstance(panel, Gallery):
        about = {
            "kind": "gallery",
            "data": panel.payload().name,
            "title": panel.title,
            "filters": dict(panel.filters),
            "most": panel.most,
        }
        return f"{start}{panel.markup(state)}</div>", about
    pictures = "".join(
        still.draw(panel, box, prefix=f"{figure}-{number}{kind[0]}", kind=f"mi-picture-{kind}", label=label)
        for kind, box in [("wide", panel.wide), ("narrow", panel.narrow)]
    )
    key = markup.ramp(panel.meta["ramp"]) if "ramp" in panel.meta else ""
    boxes = f"--mi-wide:{panel.wide.width}/{panel.wide.height};--mi-narrow:{panel.narrow.width}/{panel.narrow.height}"
    html = f'{start}{key}<div class="mi-host" style="{boxes}"><div class="mi-still">{pictures}</div></div></div>'
    return html, {"kind": "chart", "spec": panel.spec, "data": list(panel.payloads), "label": label}


def _label(panel: ChartPanel | Plain, number: int, n_panels: int, *, letter: str, description: str) -> str:
    own = "" if isinstance(panel, _PLAIN) else panel.spec.get("description", "")
    if own or n_panels == 1:
        return own or description
    title = "" if isinstance(panel, _PLAIN) else panel.spec.get("title", "")
    text = title.get("text", "") if isinstance(title, dict) else title
    return f"Panel {letter or f'{number + 1} of {n_panels}'}{': ' if text else ''}{text}"


def figure(
    panels: Panel | Sequence[Panel],
    *,
    name: str,
    caption: str,
    description: str,
    controls: Sequence[Control] = (),
    taps: Sequence[Tap] = (),
    columns: int | None = None,
    wide: bool = False,
) -> Figure:
    """Make a figure.

    Parameters
    ----------
    panels : chart, Gallery, Note, Pictures, OwnSubset, or a sequence of them
        Altair charts of one view each (builders return them), galleries of digits, sentences, small pictures, what the
        reader's own subset gives.
    name : str
        A slug, unique on its page.
    caption : str
        What to see in it; inline markdown. Where it names panels by letters, as in ``A: ...`` or ``(B)``, each panel
        shows its own; left and right mean nothing on a phone.
    description : str
        What it shows, for readers who cannot see it.
    controls : sequence of Scrub, Choose, ChooseMany
        What sets the state.
    taps : sequence of Tap
        Panels whose marks set the state.
    columns : int, optional
        Panels side by side where there is room; all of them, up to three, if not given. On a phone they are stacked.
    wide : bool
        Reach beyond the text's column.

    Returns
    -------
    Figure
        To be a cell's last expression.

    Raises
    ------
    ValueError
        If the name is no slug, the caption or description is empty, or panels, controls or taps don't fit together, or
        the caption names a panel that is not there.
    """
    _check_text(name, caption, description)
    given = list(panels) if isinstance(panels, Sequence) else [panels]
    if not given:
        raise ValueError(f"the figure {name!r} has no panels")
    across = columns or min(len(given), 3)
    state = _state(controls, taps, len(given))
    for own in given:
        if isinstance(own, OwnSubset):
            state |= own.state(state)
    width = ((_WIDE_COLUMN if wide else _COLUMN) - _GAP * (across - 1)) // across
    tapped = {field for tap in taps for field in tap.sets}
    ready = [p if isinstance(p, _PLAIN) else prepare(p, width=width, state=state, tapped=tapped) for p in given]
    payloads: dict[str, Payload] = {}
    for panel in ready:
        payloads |= {panel.payload().name: panel.payload()} if isinstance(panel, _PLAIN) else panel.payloads
    identity = f"fig-{name}"
    drawn = []
    for i, (p, letter) in enumerate(zip(ready, _letters(name, caption, len(ready)), strict=True)):
        label = _label(p, i, len(ready), letter=letter, description=description)
        drawn.append(_panel(i, p, figure=identity, label=label, letter=letter, state=state))
    about = {
        "panels": [about for _, about in drawn],
        "state": state,
        "shared": sorted(param for param in _params(controls, taps) if isinstance(param, Shared)),
        "taps": [{"panel": tap.panel, "sets": dict(tap.sets), "initial": tap.state} for tap in taps],
    }
    html = (
        f'<figure class="mi-figure{" mi-wide-figure" if wide else ""}" id="{identity}" '
        f'aria-describedby="{identity}-description">'
        f'<p class="mi-sr" id="{identity}-description">{escape(description)}</p>'
        f"{markup.controls(controls, identity)}"
        f'<div class="mi-panels" style="--mi-columns:{across}">{"".join(html for html, _ in drawn)}</div>'
        f'<p class="mi-sr mi-told" aria-live="polite"></p>'
        f"{_scripts(about, payloads)}"
        f"<figcaption>{_MARKDOWN.renderInline(caption.strip())}"
        '<div class="mi-tools"><details class="mi-show"><summary>Show data</summary></details>'
        '<button type="button" class="mi-csv">Download CSV</button></div></figcaption></figure>'
    )
    return Figure(name=name, html=html, payloads=payloads)


def _params(controls: Sequence[Control], taps: Sequence[Tap]) -> set[str]:
    return {control.param for control in controls} | {param for tap in taps for param in tap.sets.values()}


def _scripts(about: dict[str, Any], payloads: dict[str, Payload]) -> str:
    spec = json.dumps(about, separators=(",", ":")).replace("<", "\\u003c")
    data = "".join(
        f'<script type="application/json" class="mi-data" id="{name}">{payload.json}</script>'
        for name, payload in payloads.items()
    )
    return f'<script type="application/json" class="mi-spec">{spec}</script>{data}'


def _refuse(_: dict[str, Any], **__: Any) -> dict[str, str]:
    raise BareChartError(
        "a chart was shown by itself, without caption, description, picture or data for the reader: show "
        "charts.figure(chart, name=..., caption=..., description=...) instead"
    )


def refuse_bare_charts() -> None:
    """Make it an error to show an Altair chart outside a figure."""
    alt.renderers.register("mnist-interp", _refuse)
    alt.renderers.enable("mnist-interp")
