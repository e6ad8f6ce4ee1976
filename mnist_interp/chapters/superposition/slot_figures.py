"""The figures of the four slots, a function each: a digit put in, and what comes with width. The page writes words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.superposition import slot_frames
from mnist_interp.charts.where import equals

_REACH = 1.5  # standard deviations at which colors end


def interference(
    moved: pd.DataFrame, pictures: np.ndarray, about: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Return what a digit that is put into a slot does to all logits, digit and slot to be tapped.

    Parameters
    ----------
    moved
        As of `slot_frames.moved`.
    pictures, about
        As of `slot_frames.example`.
    """
    put = {"put_slot": "put_slot", "put_digit": "put_digit"}
    table = charts.heatmap(
        moved,
        x="digit",
        y="slot",
        value="change",
        x_title="logit for digit",
        y_title="in slot",
        value_title="change of the logit, standard deviations",
        value_format="+.2f",
        spread="diverging",
        domain=(-_REACH, _REACH),
        selected=("put_digit", "put_slot"),
        where=[equals("network", "network"), *(equals(column, state) for column, state in put.items())],
        height=230,
    )
    return charts.figure(
        [
            table,
            charts.Pictures(pictures, about, title="Such a canvas", filters=put, size=120, ink=True),
            charts.Note(slot_frames.moved_in_words(moved), text="text", filters=put | {"network": "network"}),
        ],
        name="interference",
        columns=2,
        wide=True,
        controls=[charts.Choose("network", charts.named(moved["network"].unique()), title="Trained on canvases")],
        taps=[
            charts.Tap(
                0,
                {"slot": "put_slot", "digit": "put_digit"},
                initial={"put_slot": slot_frames.SLOT_NAMES[0], "put_digit": 3},
            )
        ],
        caption=caption,
        description=description,
    )


def crowding(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return how many digits are classified correctly where so many stand on a canvas, from `slot_frames.by_count`."""
    return charts.figure(
        charts.curve(
            frame,
            x="count",
            y="mean",
            series="trained_on",
            band=("low", "high"),
            x_title="digits on the test canvas",
            y_title="digits classified correctly",
            y_format=".0%",
            y_domain=(0, 1),
        ),
        name="crowding",
        caption=caption,
        description=description,
    )


def widths(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return what widths bring, from `slot_frames.by_width`; two of the panels follow where networks are scored."""
    counted = {slot_frames.REPRESENTED, slot_frames.PSI}
    order = (slot_frames.REPRESENTED, slot_frames.PSI, slot_frames.DIMENSION, slot_frames.SERVED)
    return charts.figure(
        [
            charts.curve(
                frame[frame["measure"] == measure],
                x="width",
                y="mean",
                series="series",
                band=("low", "high"),
                x_title="units of layer 2",
                y_title=measure,
                y_format=".2~f",
                where=equals("scored", "scored") if measure in counted else (),
                height=250,
            )
            for measure in order
        ],
        name="slot-widths",
        columns=2,
        wide=True,
        controls=[charts.Choose("scored", charts.named(slot_frames.SCORED), title="Scored on test canvases")],
        caption=caption,
        description=description,
    )
