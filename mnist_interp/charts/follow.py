"""Panels that are not charts but follow the figure's state: sentences and small pictures.

Those rows that the state lets through are in the page, so they are right before scripts run. A note's other sentences
are there too, hidden, each once however many rows say it; other pictures are drawn from the sheet of all when the state
asks for them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from markdown_it import MarkdownIt
from PIL import Image, ImageColor

from mnist_interp.charts.palette import DIVERGING
from mnist_interp.charts.payload import Payload
from mnist_interp.charts.sprite import data_address, sheet

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_ACROSS = 32


def _check(frame: pd.DataFrame, filters: Mapping[str, str], needed: str) -> None:
    missing = [name for name in (needed, *filters) if name not in frame]
    if missing or not len(frame):
        raise ValueError(
            f"a panel's frame of {len(frame)} rows lacks {', '.join(missing) or 'rows'}: it has "
            f"{', '.join(map(str, frame))}, expected {needed} and every column named in filters"
        )


def _shown(frame: pd.DataFrame, filters: Mapping[str, str], state: Mapping[str, Any]) -> np.ndarray:
    shown = np.ones(len(frame), bool)
    for column, name in filters.items():
        value = state[name]
        if value is not None:
            shown &= frame[column].isin(value if isinstance(value, list) else [value]).to_numpy()
    return shown


@dataclass(frozen=True)
class Note:
    """Sentences, one per row; the state selects which are shown.

    Attributes
    ----------
    frame : pandas.DataFrame
        Columns `text` and what `filters` names.
    text : str
        Column of the sentences; inline markdown.
    filters : mapping of str to str
        From a column to the state that it must equal (or be in, for a list); None lets all pass.
    """

    frame: pd.DataFrame
    text: str
    filters: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(self.frame, self.filters, self.text)

    def payload(self) -> Payload:
        """Return the frame's columns as the page carries them."""
        return Payload({str(name): column.tolist() for name, column in self.frame.items()})

    def markup(self, state: Mapping[str, Any]) -> str:
        """Return the panel's HTML at `state`."""
        shown = _shown(self.frame, self.filters, state)
        said: dict[str, list[int]] = {}
        for row, text in enumerate(self.frame[self.text]):
            said.setdefault(text, []).append(row)
        items = "".join(
            f'<p data-rows="{" ".join(map(str, rows))}"{"" if shown[rows].any() else " hidden"}>'
            f"{_MARKDOWN.renderInline(text)}</p>"
            for text, rows in said.items()
        )
        return f'<div class="mi-note" aria-live="polite">{items}</div>'


def signed_sheet(arrays: np.ndarray) -> bytes:
    """Return a PNG of signed arrays in rows of 32 tiles, each with nine steps of its own range on either side of 0."""
    count, height, width = arrays.shape
    reach = np.abs(arrays).max((1, 2), keepdims=True)
    steps = np.rint(arrays / np.where(reach > 0, reach, 1) * 4 + 4).astype(np.uint8)
    down = -(-count // _ACROSS)
    tiles = np.full((down * _ACROSS, height, width), 4, np.uint8)
    tiles[:count] = steps
    grid = tiles.reshape(down, _ACROSS, height, width).swapaxes(1, 2).reshape(down * height, _ACROSS * width)
    picture = Image.fromarray(grid)
    picture.putpalette([part for color in DIVERGING for part in ImageColor.getrgb(color.light)])
    out = io.BytesIO()
    picture.save(out, "PNG", bits=4, optimize=True)
    return out.getvalue()


@dataclass(frozen=True)
class Pictures:
    """Small pictures, signed (weights, attributions) or of ink, one per row; the state selects which are shown.

    Attributes
    ----------
    arrays : numpy.ndarray of shape (n_rows, rows, columns)
        Signed; each is drawn on a scale of its own, symmetric about 0. Of ink 28 x 28, in [0, 1].
    frame : pandas.DataFrame
        One row for each array: columns `label` and what `filters` names.
    title : str
        What the pictures are.
    label : str
        Column of the words below each picture, which also name it to readers who cannot see it.
    filters : mapping of str to str
        As of `Note`.
    size : int
        Of a picture, in CSS pixels.
    ink : bool
        Whether they are gray, as digits are.
    """

    arrays: np.ndarray
    frame: pd.DataFrame
    title: str
    label: str = "label"
    filters: Mapping[str, str] = field(default_factory=dict)
    size: int = 72
    ink: bool = False

    def __post_init__(self) -> None:
        _check(self.frame, self.filters, self.label)
        if self.arrays.ndim != 3 or len(self.arrays) != len(self.frame):
            raise ValueError(
                f"Pictures has arrays of shape {self.arrays.shape} and {len(self.frame)} rows: expected "
                "(n_rows, rows, columns)"
            )
        if self.ink and not 0 <= self.arrays.min() <= self.arrays.max() <= 1:
            raise ValueError(f"ink reaches from {self.arrays.min():.3g} to {self.arrays.max():.3g}: expected [0, 1]")

    @property
    def kind(self) -> str:
        """The class of a picture's element."""
        return "mi-digit" if self.ink else "mi-map"

    def payload(self) -> Payload:
        """Return the frame's columns as the page carries them."""
        return Payload({str(name): column.tolist() for name, column in self.frame.items()})

    def picture(self) -> bytes:
        """Return the PNG of all, in rows of 32."""
        if self.ink:
            return sheet(np.rint(self.arrays * 255).astype(np.uint8), across=_ACROSS)
        return signed_sheet(self.arrays)

    def markup(self, state: Mapping[str, Any]) -> str:
        """Return the panel's HTML at `state`."""
        labels = self.frame[self.label].astype(str).tolist()
        items = "".join(
            f'<li><span class="{self.kind}" role="img" aria-label="{escape(f"{self.title}: {labels[row]}")}" '
            f'style="--c:{row % _ACROSS};--r:{row // _ACROSS}"></span>'
            f'<span class="mi-read" aria-hidden="true">{escape(labels[row])}</span></li>'
            for row in np.flatnonzero(_shown(self.frame, self.filters, state)).tolist()
        )
        style = f"--mi-tile:{self.size}px;--mi-across:{_ACROSS};--mi-sheet:url({data_address(self.picture())})"
        return f'<p class="mi-count">{escape(self.title)}</p><ul class="mi-tiles mi-maps" style="{style}">{items}</ul>'


Follower = Note | Pictures
