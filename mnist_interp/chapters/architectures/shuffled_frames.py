"""What shuffled images do to each architecture: frames for chapter 9."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.data import mnist
from mnist_interp.experiments import blindness, performance, shuffled_digits, swapped_patches
from mnist_interp.experiments.shuffled_digits import IN_PLACE, KINDS
from mnist_interp.training import registry
from mnist_interp.training.runs import Population

Networks = Mapping[str, Mapping[str, Population]]
PATCHES, PIXELS = shuffled_digits.SHUFFLES
NAMES = {  # of populations, by what readers call the network and how its images are arranged
    "MLP": {IN_PLACE: "the MLP, trained as the CNN", PIXELS: "the MLP on shuffled pixels"},
    "CNN": {IN_PLACE: "the CNN", PATCHES: "the CNN on shuffled patches", PIXELS: "the CNN on shuffled pixels"},
    "transformer": {IN_PLACE: "the vision transformer", PIXELS: "the vision transformer on shuffled pixels"},
}
SHORT = {IN_PLACE: "in place", PATCHES: "patches", PIXELS: "pixels"}
SHUFFLED = {IN_PLACE: "in place", PATCHES: "patches shuffled", PIXELS: "pixels shuffled"}
PERMUTED = {
    "mirror": "left and right",
    "patches": "patches",
    "within, shared": "within patches, the same in each",
    "patches and within, shared": "patches, and within, the same in each",
    "within, each its own": "within patches, differently in each",
    "pixels": "all pixels",
}
_LINES = ("CNN", "MLP", "transformer")  # in the order of a chart's colors, as in chapter 6
TRAINING = {"in place": "in place", "alike": "shuffled like this one"}


def populations() -> dict[str, dict[str, Population]]:
    """Return the populations of `NAMES`: of each network those that were trained."""
    return {title: {how: training.named(name) for how, name in own.items()} for title, own in NAMES.items()}


def blind() -> xr.Dataset:
    """Return `blindness.missed` of the networks in `NAMES`."""
    recipes = {title: registry.BOOK[own[IN_PLACE]][0] for title, own in NAMES.items()}
    return blindness.missed(recipes, registry.PROTAGONIST)


def table(found: xr.Dataset) -> pd.DataFrame:
    """Lay out `blindness.missed` for reading: a row for what is permuted, a column for each network, logits apart."""

    def text(one: xr.Dataset) -> str:
        apart = one["logits"].item()
        return f"another run, {apart:.1f} apart" if np.isnan(one["weights"]) else f"the same run, to {apart:.0e}"

    rows = {
        said: {name: text(found.sel(network=name, arrangement=key)) for name in found["network"].to_numpy().tolist()}
        for key, said in PERMUTED.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("what is permuted")


def _accuracy(population: Population) -> np.ndarray:
    return performance.accuracy(population)["accuracy"].to_numpy()


def arms(networks: Networks) -> pd.DataFrame:
    """Return test accuracies at the end by network and what was shuffled.

    Returns
    -------
    pandas.DataFrame
        ``network``, ``shuffled`` and ``arm``, both as readers see them, ``trained``, ``mean``, ``low`` and ``high``. Of
        an arm that is the run in place, renamed, nothing was trained, and its numbers are those in place.
    """
    rows = []
    for title, own in networks.items():
        for how, short in SHORT.items():
            trained = how in own
            arm = f"{title}, {short}" if trained else f"{title}, {short} (same runs)"
            about = {"network": title, "shuffled": how, "arm": arm, "trained": trained}
            rows.append((about, _accuracy(own[how] if trained else own[IN_PLACE])))
    return with_interval(rows)


def swapped(networks: Networks) -> pd.DataFrame:
    """Return accuracy of networks trained in place as patches trade places: ``network``, ``moved``, mean and ends."""
    rows = []
    for title in _LINES:
        found = swapped_patches.summary(networks[title][IN_PLACE])["accuracy"]
        rows += [
            ({"network": title, "moved": moved}, found.sel(moved=moved).to_numpy()) for moved in swapped_patches.MOVED
        ]
    return with_interval(rows)


def examples(networks: Networks) -> xr.Dataset:
    """Return `shuffled_digits.said` of the first run of each population; the second runs choose the images."""
    shown = {title: {how: population[0] for how, population in own.items()} for title, own in networks.items()}
    return shuffled_digits.said(shown, {title: own[IN_PLACE][1] for title, own in networks.items()})


def said(found: xr.Dataset) -> pd.DataFrame:
    """Return `shuffled_digits.said` as rows: a column for each axis, the digit as text, and ``probability``."""
    rows = found["probability"].round(3).to_series().reset_index()
    return rows.assign(digit=rows["digit"].astype(str))


def pictures(found: xr.Dataset, *arrangements: str) -> tuple[np.ndarray, pd.DataFrame]:
    """Return images as networks are shown them.

    Parameters
    ----------
    found : xarray.Dataset
        As `shuffled_digits.said` returns it.
    arrangements : str
        Which; all of those found unless told.

    Returns
    -------
    arrays : numpy.ndarray of shape (n_arrangements * n_images, 28, 28)
        In [0, 1].
    frame : pandas.DataFrame
        ``label``, ``kind`` and ``arrangement`` of each, and ``shown``, the words below it.
    """
    images = found["image"].to_series().reset_index()
    pixels, arrays, frames = mnist.load("test").pixels[images["image"].tolist()], [], []
    for how in arrangements or found["arrangement"].to_numpy().tolist():
        arrays.append(shuffled_digits.shuffled(pixels, how).view(-1, 28, 28).numpy())
        words = [f"a {label}, {SHUFFLED[how]}" for label in images["label"]]
        frames.append(images.drop(columns="image").assign(arrangement=how, shown=words))
    return np.concatenate(arrays), pd.concat(frames, ignore_index=True)


def _reading(one: xr.Dataset) -> str:
    names = one["network"].to_numpy().tolist()
    read, sure = one["probability"].argmax("digit").to_numpy(), one["probability"].max("digit").to_numpy()
    parts = [f"{name}: **{digit}** ({share:.0%})" for name, digit, share in zip(names, read, sure, strict=True)]
    renamed = [f"the {name}" for name, same in zip(names, one["same"].to_numpy(), strict=True) if same]
    are = "is the one" if len(renamed) == 1 else "are the ones"
    note = f" Here {' and '.join(renamed)} {are} trained on images in place, with weights renamed."
    said = renamed and one["training"] == "alike" and one["arrangement"] != IN_PLACE
    return "; ".join(parts) + "." + (note if said else "")


def readings(found: xr.Dataset) -> pd.DataFrame:
    """Return a sentence for each image, arrangement and training: ``text``, and a column for each of these axes."""
    axes = ("label", "kind", "arrangement", "training")
    places = itertools.product(*(found[axis].to_numpy().tolist() for axis in axes))
    rows = [dict(zip(axes, place, strict=True)) for place in places]
    return pd.DataFrame([row | {"text": _reading(found.sel(row))} for row in rows])


def options() -> dict[str, dict[str, Any]]:
    """Return what a reader can choose for the shuffled digit: states by the words on their buttons."""
    return {
        "kind": {kind: kind for kind in KINDS},
        "arrangement": {words: how for how, words in SHUFFLED.items()},
        "training": {words: way for way, words in TRAINING.items()},
    }
