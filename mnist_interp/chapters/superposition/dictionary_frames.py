"""What the figures of dictionaries draw, as rows of frames."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.chapters.superposition.slot_frames import SLOT_NAMES
from mnist_interp.data import canvases
from mnist_interp.experiments import dictionary_tuning, latent_examples, slot_features

TELLING = {
    "the best, half-empty canvases": "auroc",
    "the best, on canvases like those in training": "home",
    "one for each feature": "matched",
}
SHARES = {"variance": "explained", "cross-entropy": "recovered", "latents of the next network": "shared"}


def scored(compared: xr.Dataset) -> xr.Dataset:
    """Return the scores of `slot_dictionaries.compared` by seed and dictionary, those of features averaged."""
    means = {name: compared[name].mean("feature") for name in ("auroc", "home", "matched")}
    rest = {name: compared[name] for name in ("recovered", "shared", "moved")}
    return xr.Dataset({**means, "explained": 1 - compared["unexplained"], **rest})


def comparison(networks: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Return means over networks with their intervals.

    Parameters
    ----------
    networks : mapping of str to xarray.Dataset
        `slot_dictionaries.compared` by what the reader chooses among.

    Returns
    -------
    pandas.DataFrame
        Columns ``networks``, ``score`` (a value of `TELLING` or `SHARES`, or ``moved``), ``dictionary``, ``mean``,
        ``low``, ``high``.
    """
    rows = (
        ({"networks": of, "score": str(score), "dictionary": str(name)}, finite)
        for of, compared in networks.items()
        for score, values in scored(compared).items()
        for name in values["dictionary"].to_numpy()
        if len(finite := values.sel(dictionary=name).dropna("seed").to_numpy()) > 1
    )
    return with_interval(rows)


def pilots(table: dictionary_tuning.Table, latents: int) -> pd.DataFrame:
    """Return means over pilots of dictionaries of one size, by how many of its latents may be active.

    Parameters
    ----------
    table : dict
        As of `dictionary_tuning.kept`.
    latents : int
        The size.

    Returns
    -------
    pandas.DataFrame
        Columns ``networks``, ``active``, ``dictionary``, ``mean``, ``low``, ``high``.
    """
    return with_interval(
        (
            {"networks": arm.split(", ")[1], "active": int(size.split()[2]), "dictionary": name},
            np.asarray(values),
        )
        for arm, sizes in table.items()
        for size, by_dictionary in sizes.items()
        if size.startswith(f"{latents} latents")
        for name, values in by_dictionary.items()
    )


def lit(found: xr.Dataset) -> tuple[np.ndarray, pd.DataFrame]:
    """Return pictures of the canvases that light latents most, (n, 28, 28), and what they are.

    Parameters
    ----------
    found : xarray.Dataset
        As of `latent_examples.of_run`.

    Returns
    -------
    (numpy.ndarray, pandas.DataFrame)
        Ink in [0, 1]; columns ``dictionary``, ``latent`` (from 1) and ``label``.
    """
    test, images = slot_features.test_canvases(), canvases.reduced("test").images
    rows, pictures = [], []
    for name in found["dictionary"].to_numpy():
        for rank in found["latent"].to_numpy():
            here = found.sel(dictionary=name, latent=rank)
            for canvas, has, value in zip(
                here["canvas"].to_numpy(), here["has"].to_numpy(), here["value"].to_numpy(), strict=True
            ):
                if canvas >= 0 and value > 0:
                    pictures.append(canvases.compose(images, test.which[canvas]).view(28, 28).numpy())
                    rows.append(
                        {"dictionary": str(name), "latent": int(rank) + 1, "label": "has it" if has else "has not"}
                    )
    return np.stack(pictures), pd.DataFrame(rows)


def told(found: xr.Dataset) -> pd.DataFrame:
    """Return a sentence for each latent of `latent_examples.of_run`: ``dictionary``, ``latent`` and ``text``."""
    rows = []
    for name in found["dictionary"].to_numpy():
        for rank in found["latent"].to_numpy():
            here = found.sel(dictionary=name, latent=rank)
            slot, digit = latent_examples.slot_and_digit(here["feature"].item())
            text = (
                f"Detects best: a **{digit}, {SLOT_NAMES[slot]}** (AUROC {here['auroc'].item():.2f}). "
                f"Active on {100 * here['active'].item():.0f}% of the canvases."
                if here["number"].item() >= 0
                else "There are no more latents."
            )
            rows.append({"dictionary": str(name), "latent": int(rank) + 1, "text": text})
    return pd.DataFrame(rows)
