"""The figures of dictionaries: how they compare, and what lights their latents."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.superposition.dictionary_frames import SCORES
from mnist_interp.charts.where import equals
from mnist_interp.experiments.slot_dictionaries import AUTOENCODER


def compared(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return dictionaries side by side by a score the reader chooses, and over how many features latents reach.

    Parameters
    ----------
    frame : pandas.DataFrame
        As of `dictionary_frames.comparison`.
    """
    of_networks = equals("networks", "networks")
    shares, moved = frame[frame["score"].isin(SCORES.values())], frame[frame["score"] == "moved"]
    return charts.figure(
        [
            charts.intervals(
                rows,
                category="dictionary",
                value="mean",
                lower="low",
                upper="high",
                x_title=title,
                x_format=form,
                highlight=AUTOENCODER,
                where=conditions,
            )
            for rows, title, form, conditions in (
                (shares, "score", ".2f", [of_networks, equals("score", "score")]),
                (moved, "features moved by a silent latent", ".0f", [of_networks]),
            )
        ],
        name="dictionaries",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("networks", charts.named(frame["networks"].unique()), title="Training canvases"),
            charts.Choose("score", SCORES, title="Score"),
        ],
        caption=caption,
        description=description,
    )


def latents(
    pictures: np.ndarray, labels: pd.DataFrame, told: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Return the canvases that light a latent most, of a dictionary and a latent that the reader chooses.

    Parameters
    ----------
    pictures, labels
        As of `dictionary_frames.lit`.
    told : pandas.DataFrame
        As of `dictionary_frames.told`.
    """
    chosen = {"dictionary": "dictionary", "latent": "latent"}
    return charts.figure(
        [
            charts.Note(told, text="text", filters=chosen),
            charts.Pictures(
                pictures,
                labels,
                title="The test canvases on which it is largest",
                filters=chosen,
                size=84,
                ink=True,
            ),
        ],
        name="latents",
        columns=1,
        controls=[
            charts.Choose("dictionary", charts.named(told["dictionary"].unique()), title="Dictionary"),
            charts.Choose("latent", charts.named(told["latent"].unique().tolist()), title="Latent"),
        ],
        caption=caption,
        description=description,
    )
