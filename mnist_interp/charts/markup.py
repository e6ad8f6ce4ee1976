"""The HTML of a figure's controls and of the key of a quantized scale."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from mnist_interp.charts.controls import Choose, ChooseMany, Control, Scrub
from mnist_interp.charts.palette import DIGITS

_MANY = 12
_LONG = 60
_PLAY = (
    '<svg viewBox="0 0 16 16" aria-hidden="true"><path class="mi-go" d="M4 2.5v11l9-5.5z"/>'
    '<path class="mi-stop" d="M4 3h3v10H4zM9 3h3v10H9z"/></svg>'
)


def _value(value: Any) -> str:
    return escape(json.dumps(value))


def _scrub(control: Scrub, name: str) -> str:
    labels = list(control.labels) or [str(value) for value in control.values]
    at = list(control.values).index(control.state[control.param])
    title = escape(control.title or control.param)
    widest = max(map(len, labels))
    return (
        f'<div class="mi-scrub" data-param="{control.param}" data-labels="{escape(json.dumps(labels))}" '
        f'data-values="{_value(list(control.values))}">'
        f'<button type="button" class="mi-play" aria-label="Play: {title}" aria-pressed="false">{_PLAY}</button>'
        f'<label for="{name}">{title}</label>'
        f'<input type="range" id="{name}" min="0" max="{len(labels) - 1}" step="1" value="{at}" '
        f'aria-valuetext="{escape(labels[at])}" autocomplete="off">'
        f'<output for="{name}" style="min-width:{widest + 1}ch">{escape(labels[at])}</output></div>'
    )


def _swatch(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 9:
        return f' style="--mi-own:{DIGITS[value].css}"'
    return ""


def _addresses(control: Choose | ChooseMany) -> str:
    known = isinstance(control, Choose) and control.addresses
    return f' data-addresses="{_value(dict(known))}"' if known else ""


def _buttons(control: Choose | ChooseMany, name: str) -> str:
    many = isinstance(control, ChooseMany)
    chosen = control.state[control.param] if many else [control.state[control.param]]
    kind, role = ("checkbox", "group") if many else ("radio", "radiogroup")
    chips = "".join(
        f'<label class="mi-chip{" mi-swatch" if many and _swatch(value) else ""}"{_swatch(value) if many else ""}>'
        f'<input type="{kind}" name="{name}" value="{_value(value)}"{" checked" if value in chosen else ""} '
        f'autocomplete="off"><span>{escape(label)}</span></label>'
        for label, value in control.options.items()
    )
    every = '<button type="button" class="mi-every">All</button>' if many else ""
    return (
        f'<div class="mi-choose" role="{role}" aria-labelledby="{name}" data-param="{control.param}"'
        f"{' data-many' if many else ''}{_addresses(control)}>"
        f'<span class="mi-title" id="{name}">{escape(control.title or control.param)}</span>'
        f'<span class="mi-chips">{chips}{every}</span></div>'
    )


def _list(control: Choose, name: str) -> str:
    options = "".join(
        f'<option value="{_value(value)}"{" selected" if value == control.state[control.param] else ""}>'
        f"{escape(label)}</option>"
        for label, value in control.options.items()
    )
    return (
        f'<div class="mi-choose" data-param="{control.param}"{_addresses(control)}>'
        f'<label class="mi-title" for="{name}">{escape(control.title or control.param)}</label>'
        f'<select id="{name}" autocomplete="off">{options}</select></div>'
    )


def controls(given: Sequence[Control], figure: str) -> str:
    """Return the controls of the figure whose id is `figure`; nothing if there are none."""
    parts = []
    for number, control in enumerate(given):
        name = f"{figure}-control-{number}"
        if isinstance(control, Scrub):
            parts.append(_scrub(control, name))
        elif isinstance(control, Choose) and (len(control.options) > _MANY or sum(map(len, control.options)) > _LONG):
            parts.append(_list(control, name))
        else:
            parts.append(_buttons(control, name))
    return f'<div class="mi-controls" role="group" aria-label="Controls">{"".join(parts)}</div>' if parts else ""


def ramp(key: dict[str, Any]) -> str:
    """Return the key of a quantized scale: its colors between its two ends.

    Parameters
    ----------
    key : dict
        ``title``, ``low`` and ``high`` as they are to be read, ``colors`` as CSS values.
    """
    steps = "".join(f'<i style="background:{color}"></i>' for color in key["colors"])
    return (
        f'<div class="mi-ramp"><span>{escape(key["title"])}</span><span class="mi-low">{escape(key["low"])}</span>'
        f'<span class="mi-steps" aria-hidden="true">{steps}</span><span>{escape(key["high"])}</span></div>'
    )
