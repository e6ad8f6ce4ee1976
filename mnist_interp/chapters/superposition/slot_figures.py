"""The figures of the four slots, one function each: a digit put in, its company, and the features a neuron serves."""

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
        value_title="change of the logit, in standard deviations",
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
            charts.Pictures(pictures, about, title="One such canvas", filters=put, size=120, ink=True),
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


def company(counts: pd.DataFrame, packed: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return how networks do when a digit is alone and in company, and how much they pack into a dimension.

    Parameters
    ----------
    counts, packed : pandas.DataFrame
        As of `slot_frames.by_count` and `slot_frames.packed`.
    """
    return charts.figure(
        [
            charts.curve(
                counts,
                x="count",
                y="mean",
                series="trained_on",
                band=("low", "high"),
                x_title="digits on the test canvas",
                y_title="digits classified correctly",
                y_format=".0%",
                y_domain=(0, 1),
                height=240,
            ),
            charts.intervals(
                packed,
                category="trained_on",
                value="mean",
                lower="low",
                upper="high",
                x_title="features represented per dimension",
                x_format=".1~f",
                where=equals("scored", "scored"),
            ),
        ],
        name="company",
        columns=2,
        wide=True,
        controls=[charts.Choose("scored", charts.named(slot_frames.SCORED), title="B: test canvases")],
        caption=caption,
        description=description,
    )


def served(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return how many features share the cost of losing a neuron, divided by the same for a random direction."""
    return charts.figure(
        charts.intervals(
            frame,
            category="networks",
            value="mean",
            lower="low",
            upper="high",
            x_title="features served, neuron ÷ random direction",
            x_format=".2f",
            reference=1.0,
        ),
        name="served",
        caption=caption,
        description=description,
    )
