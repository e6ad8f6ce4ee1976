"""The figures of dictionaries: how they compare, and what lights their latents."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.superposition.dictionary_frames import SCORES
from mnist_interp.charts.where import equals
from mnist_interp.experiments.slot_dictionaries import AUTOENCODER


def compared(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return dictionaries side by side: best latents, how many features one reaches, and a score the reader chooses.

    Parameters
    ----------
    frame : pandas.DataFrame
        As of `dictionary_frames.comparison`.
    """
    of_networks = equals("networks", "networks")
    panels = (("auroc", "AUROC of the best latent", ".2f"), ("moved", "features moved by a silent latent", ".0f"))
    others = frame[frame["score"].isin(SCORES.values())]
    interval = {"category": "dictionary", "value": "mean", "lower": "low", "upper": "high", "highlight": AUTOENCODER}
    return charts.figure(
        [
            *(
                charts.intervals(
                    frame[frame["score"] == score], **interval, x_title=title, x_format=form, where=of_networks
                )
                for score, title, form in panels
            ),
            charts.intervals(
                others,
                **interval,
                x_title="chosen score",
                x_format=".1f",
                where=[of_networks, equals("score", "score")],
            ),
        ],
        name="dictionaries",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("networks", charts.named(frame["networks"].unique()), title="Training canvases"),
            charts.Choose("score", SCORES, title="C shows"),
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
