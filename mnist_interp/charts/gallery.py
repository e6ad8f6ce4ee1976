"""A panel of test images, filtered by the figure's state: the failures of a cell, the neighbors of a point.

The first picture is a small sheet in the page, so it shows without scripts; alive, the tiles come from the shared
sprite. The box has a fixed height and scrolls, so nothing jumps when a choice leaves more or fewer images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from mnist_interp.charts.payload import Payload
from mnist_interp.charts.sprite import data_address, sheet
from mnist_interp.data import mnist

_NEEDED = ("image", "label", "predicted")


def _spoken(row: Any) -> str:
    read = f"{row.before} before and as {row.predicted} now" if hasattr(row, "before") else row.predicted
    return f"Test image {row.image}: a {row.label}, classified as {read}"


def _written(row: Any) -> str:
    if not hasattr(row, "before"):
        return f"{row.label}&thinsp;→&thinsp;{row.predicted}"
    wrong = f"<br>true {row.label}" if row.predicted != row.label else ""
    return f"{row.before}&thinsp;→&thinsp;{row.predicted}{wrong}"


@dataclass(frozen=True)
class Gallery:
    """Test images with their labels and the network's answers.

    Attributes
    ----------
    frame : pandas.DataFrame
        Columns ``image`` (index in the test set), ``label``, ``predicted``, and what `filters` names; drawn in order.
        With ``before``, what was read before, each tile says both readings, and the label where the second is wrong.
        With ``left_out``, how many images like this one the frame lacks (named in one row of each kind), the count
        has these too.
    title : str
        What the images are, such as ``"Misclassified"``.
    filters : mapping of str to str
        From a column to the state that it must equal (or be in, for a list); None lets all pass.
    most : int
        How many are drawn at once.
    height : int
        The box's height in CSS pixels.
    row : bool
        Whether it takes a whole row, where it stands alone below two panels.
    """

    frame: pd.DataFrame
    title: str
    filters: Mapping[str, str] = field(default_factory=dict)
    most: int = 120
    height: int = 260
    row: bool = False

    def __post_init__(self) -> None:
        missing = [name for name in (*_NEEDED, *self.filters) if name not in self.frame]
        if missing:
            raise ValueError(
                f"a Gallery's frame lacks {', '.join(missing)}: it has {', '.join(map(str, self.frame.columns))}, "
                f"expected {', '.join(_NEEDED)} and every column named in filters"
            )
        n_images = len(mnist.load("test"))
        if len(self.frame) and not self.frame["image"].between(0, n_images - 1).all():
            raise ValueError(f"a Gallery's images must be test indices, 0 to {n_images - 1}")

    def payload(self) -> Payload:
        """Return the frame's columns as the page carries them."""
        return Payload({str(name): column.tolist() for name, column in self.frame.items()})

    def chosen(self, state: Mapping[str, Any]) -> pd.DataFrame:
        """Return the rows that pass the filters at `state`."""
        rows = self.frame
        for column, name in self.filters.items():
            value = state[name]
            if value is not None:
                rows = rows[rows[column].isin(value if isinstance(value, list) else [value])]
        return rows

    def count(self, chosen: pd.DataFrame) -> str:
        """Return the line that says how many images there are, and how many of them are shown."""
        left_out = int(chosen["left_out"].sum()) if "left_out" in chosen else 0
        n_images, n_shown = len(chosen) + left_out, min(len(chosen), self.most)
        shown = "" if n_shown == n_images else f", {n_shown} shown" if left_out else f", the first {n_shown} shown"
        return f"{self.title}: {n_images:,} {'image' if n_images == 1 else 'images'}{shown}"

    def markup(self, state: Mapping[str, Any]) -> str:
        """Return the panel's HTML at `state`."""
        chosen = self.chosen(state)
        first = chosen.head(self.most)
        tiles = "".join(
            f'<li><span class="mi-digit" role="img" aria-label="{_spoken(row)}" style="--c:{tile};--r:0"></span>'
            f'<span class="mi-read" aria-hidden="true">{_written(row)}</span></li>'
            for tile, row in enumerate(first.itertuples())
        )
        images = mnist.load("test").images[first["image"].to_numpy(int)]
        source = data_address(sheet(images, across=len(images))) if len(images) else ""
        style = (
            f"height:{self.height}px;--mi-across:{len(images)};--mi-sheet:url({source})"
            if source
            else f"height:{self.height}px"
        )
        kind = "mi-gallery mi-row" if self.row else "mi-gallery"
        return (
            f'<p class="mi-count" aria-live="polite">{escape(self.count(chosen))}</p>'
            f'<div class="{kind}" style="{style}" tabindex="0" role="group" aria-label="{escape(self.title)}">'
            f'<ul class="mi-tiles">{tiles}</ul></div>'
        )
