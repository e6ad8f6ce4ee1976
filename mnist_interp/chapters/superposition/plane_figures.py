"""The figures of the layer of two, and of ever narrower layers: panels, controls and taps. Captions are in the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.superposition.plane_frames import MEASURES
from mnist_interp.charts import where

_NOW = [where.equals("network", "network"), where.equals("checkpoint", "checkpoint")]
_PICKS = {"image": "picked", "region": "read_as"}


def plane(
    frames: Mapping[str, pd.DataFrame],
    moments: Mapping[int, str],
    networks: Mapping[str, int],
    *,
    first: int,
    caption: str,
    description: str,
) -> charts.Figure:
    """Draw a layer of two over training: its plane, the rows of its readout, and what the reader chose.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        From `plane_frames.frames`.
    moments : mapping of int to str
        Checkpoints and what to call them, from `plane_frames.moments`.
    networks : mapping of str to int
        What to call each network, and its place among those of `frames`.
    first : int
        The digit whose region is chosen at first.
    caption, description : str
        As of `charts.figure`.
    """
    shared: dict[str, Any] = {"selected": "read_as", "where": _NOW}
    points = frames["points"]
    misread_first = points.iloc[(points["label"] == points["predicted"]).argsort(kind="stable")]
    kept = ["image", "label", "predicted", "network", "checkpoint"]
    seen = {"image": "picked", "predicted": "read_as", "network": "network", "checkpoint": "checkpoint"}
    return charts.figure(
        [
            charts.plane(
                *(frames[name] for name in ("points", "outlines", "names", "words", "zero")), picked="picked", **shared
            ),
            charts.digit_arrows(
                frames["arrows"], frames["hull"], x_title="weight of unit 0", y_title="weight of unit 1", **shared
            ),
            charts.Gallery(misread_first[kept], title="Chosen", filters=seen, most=60, height=170, row=True),
        ],
        name="plane",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("network", networks, title="Network"),
            charts.Scrub("checkpoint", list(moments), list(moments.values()), title="Checkpoint"),
        ],
        taps=[charts.Tap(panel, _PICKS, initial={"picked": None, "read_as": first}) for panel in (0, 1)],
        caption=caption,
        description=description,
    )


def widths(measured: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what networks keep at each width of layer 2, from `plane_frames.by_width`."""
    return charts.figure(
        [
            charts.intervals(
                measured[measured["measure"] == name],
                category="width",
                value="mean",
                lower="low",
                upper="high",
                x_title=name,
                x_format=form,
                highlight="16 units",
            )
            for name, form in MEASURES.items()
        ],
        name="widths",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )
