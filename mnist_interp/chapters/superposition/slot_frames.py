"""What the figures of the four slots show, as frames: a digit put into a slot, and how much a layer holds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.data import canvases
from mnist_interp.data.canvases import DIGITS, SLOTS
from mnist_interp.experiments import polysemanticity, slot_features
from mnist_interp.training.canvas_networks import CanvasPopulation
from mnist_interp.training.runs import Population

SLOT_NAMES = ("upper left", "upper right", "lower left", "lower right")
UNTRAINED = "untrained"
SCORED = {  # where networks are scored: the variables of `slot_features.measured` that count features
    "half of the slots empty": "represented",
    "as empty as in training": "home_represented",
}


def _features(frame: pd.DataFrame, column: str, slot: str, digit: str) -> pd.DataFrame:
    """Name features, 0 to 39 in `column`, by slot and digit."""
    names = np.array(SLOT_NAMES, dtype=object)[frame[column] // DIGITS]
    return frame.assign(**{slot: names, digit: frame[column] % DIGITS}).drop(columns=column)


def moved(populations: Mapping[str, CanvasPopulation]) -> pd.DataFrame:
    """Return how far logits move when a digit is put in, in the first network of each population, and untrained.

    Parameters
    ----------
    populations : mapping of str to CanvasPopulation
        By what readers call them; the first is also shown untrained.

    Returns
    -------
    pandas.DataFrame
        ``network``, ``put_slot``, ``put_digit``, ``slot``, ``digit``, ``change`` in standard deviations, to 3 decimals.
    """
    found = {name: slot_features.measured(one)["interference"][0] for name, one in populations.items()}
    tables = {name: one.sel(state="trained") for name, one in found.items()}
    tables[UNTRAINED] = next(iter(found.values())).sel(state="untrained")
    rows = []
    for name, table in tables.items():
        frame = table.round(3).to_series().rename("change").reset_index()
        rows.append(frame[["feature", "put", "change"]].assign(network=name))
    frame = _features(pd.concat(rows, ignore_index=True), "put", "put_slot", "put_digit")
    return _features(frame, "feature", "slot", "digit")


def moved_in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a sentence for each network and feature of `moved`, in column ``text``."""
    said = []
    for (network, slot, digit), part in rows.groupby(["network", "put_slot", "put_digit"], sort=False):
        here, own = part["slot"] == slot, part["digit"] == digit
        rivals, others = part[here & ~own]["change"], part[~here]["change"]
        own_change, elsewhere = part[here & own]["change"].iloc[0], np.sqrt(np.square(others).mean())
        text = (
            f"Putting a {digit} in the {slot} slot moves its own logit by **{own_change:+.2f}** standard deviations, "
            f"that slot’s other logits by {rivals.mean():+.2f} on average, and the other slots’ thirty logits, where "
            f"nothing changed, by **{elsewhere:.2f}** (root mean square)."
        ).replace("-", "−")
        said.append({"network": network, "put_slot": slot, "put_digit": digit, "text": text})
    return pd.DataFrame(said)


def example() -> tuple[np.ndarray, pd.DataFrame]:
    """Return a test canvas without and with each digit in each slot: (80, 28, 28), and what they show.

    Returns
    -------
    arrays : numpy.ndarray of shape (80, 28, 28)
        Pictures, in [0, 1].
    about : pandas.DataFrame
        ``put_slot``, ``put_digit``, ``label``.
    """
    images, (without, within) = canvases.reduced("test").images, slot_features.put()
    blank, pictures, about = len(images) - 1, [], []
    for slot in range(SLOTS):
        busy = int((without[slot] != blank).sum(1).argmax())  # three digits, if any canvas has so many
        for digit in range(DIGITS):
            for label, which in {"before": without[slot, busy], "after": within[slot, digit, busy]}.items():
                pictures.append(canvases.compose(images, which).view(28, 28).numpy())
                about.append({"put_slot": SLOT_NAMES[slot], "put_digit": digit, "label": label})
    return np.stack(pictures), pd.DataFrame(about)


def packed(populations: Mapping[str, CanvasPopulation]) -> pd.DataFrame:
    """Return how many features networks represent in a dimension, by how full their training canvases were.

    Returns
    -------
    pandas.DataFrame
        ``trained_on``, the populations' names, ``scored``, of `SCORED`, ``mean``, ``low``, ``high`` over networks.
    """
    rows = []
    for name, one in populations.items():
        found = slot_features.measured(one).sel(state="trained")
        for scored, variable in SCORED.items():
            packed = found[variable] / found["effective_dimension"]
            rows.append(({"trained_on": name, "scored": scored}, packed.to_numpy()))
    return with_interval(rows)


def served(populations: Mapping[str, Population | CanvasPopulation]) -> pd.DataFrame:
    """Return how many features a neuron serves over those of a random direction, means over networks with intervals.

    Returns
    -------
    pandas.DataFrame
        ``networks``, the populations' names, ``mean``, ``low``, ``high``.
    """
    rows = []
    for name, one in populations.items():
        spread = polysemanticity.means(polysemanticity.measured(one))
        ratio = (spread["units"] / spread["axes"]).dropna("seed").to_numpy()
        rows += [({"networks": name}, ratio)] if len(ratio) > 1 else []
    return with_interval(rows)


def by_count(populations: Mapping[str, CanvasPopulation]) -> pd.DataFrame:
    """Return how many digits are classified correctly, by how many stand on the canvas: means over networks, intervals.

    Returns
    -------
    pandas.DataFrame
        ``trained_on``, the populations' names, ``count``, ``mean``, ``low``, ``high``.
    """
    rows = []
    for name, one in populations.items():
        found = slot_features.measured(one)["accuracy_by_count"].sel(state="trained")
        rows += [
            ({"trained_on": name, "count": count}, found.sel(count=count).to_numpy()) for count in range(1, SLOTS + 1)
        ]
    return with_interval(rows)


def interference_by_kind(table: xr.DataArray) -> xr.Dataset:
    """Return what interference is on average: of the own logit, of rivals in the slot, of the other slots.

    Parameters
    ----------
    table : xarray.DataArray
        ``interference`` of `slot_features.measured`, (..., feature, put).

    Returns
    -------
    xarray.Dataset
        ``own`` and ``rivals``, means; ``others``, the root mean square: in standard deviations of logits.
    """
    slot = slot_features.SLOT_OF_FEATURE
    same, own = slot[:, None] == slot, np.eye(len(slot), dtype=bool)
    axes = ("feature", "put")
    kinds = {
        name: xr.DataArray(mask, dims=axes) for name, mask in (("own", own), ("rivals", same & ~own), ("others", ~same))
    }
    return xr.Dataset(
        {
            "own": table.where(kinds["own"]).mean(axes),
            "rivals": table.where(kinds["rivals"]).mean(axes),
            "others": np.sqrt((table**2).where(kinds["others"]).mean(axes)),
        }
    )
