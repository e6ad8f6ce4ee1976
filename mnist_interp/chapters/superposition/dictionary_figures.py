"""The figures of dictionaries: how they compare, and what turns their latents on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.superposition.dictionary_frames import SHARES, TELLING
from mnist_interp.charts.where import equals
from mnist_interp.experiments.slot_dictionaries import AUTOENCODER

_PANELS = {"telling": TELLING.values(), "moved": ["moved"], "share": SHARES.values()}


def compared(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return dictionaries side by side: AUROC, how many features latents affect, and what the reader chooses.

    Parameters
    ----------
    frame : pandas.DataFrame
        As of `dictionary_frames.comparison`; shares below 0 are drawn at 0.
    """
    of_networks = equals("networks", "networks")
    of = {name: frame[frame["score"].isin(chosen)] for name, chosen in _PANELS.items()}
    ends = ["mean", "low", "high"]
    of["share"] = of["share"].assign(**{end: of["share"][end].clip(lower=0) for end in ends})
    look: dict[str, dict[str, Any]] = {
        "telling": {"x_title": "AUROC of single latents", "x_format": ".2f", "reference": 0.5},
        "moved": {"x_title": "features moved by silencing a latent", "x_format": ".0f", "reference": 1},
        "share": {"x_title": "share kept", "x_format": ".0%"},
    }
    return charts.figure(
        [
            charts.intervals(
                of[name],
                category="dictionary",
                value="mean",
                lower="low",
                upper="high",
                highlight=AUTOENCODER,
                where=[of_networks, *([] if name == "moved" else [equals("score", name)])],
                **titles,
            )
            for name, titles in look.items()
        ],
        name="dictionaries",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("networks", charts.named(frame["networks"].unique()), title="Training canvases"),
            charts.Choose("telling", TELLING, title="A: latents"),
            charts.Choose("share", SHARES, title="C: share of"),
        ],
        caption=caption,
        description=description,
    )


def sparsity(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return AUROCs of best latents on pilots, by how many may be active, from `dictionary_frames.pilots`."""
    return charts.figure(
        charts.curve(
            frame,
            x="active",
            y="mean",
            series="dictionary",
            band=("low", "high"),
            x_title="latents that may be active",
            y_title="AUROC of the best latent, pilot networks",
            y_format=".2f",
            where=equals("networks", "networks"),
        ),
        name="sparsity",
        controls=[charts.Choose("networks", charts.named(frame["networks"].unique()), title="Training canvases")],
        caption=caption,
        description=description,
    )


def latents(
    pictures: np.ndarray, labels: pd.DataFrame, told: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Return the canvases that activate a latent most, of a dictionary and a latent that the reader chooses.

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
                size=72,
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
