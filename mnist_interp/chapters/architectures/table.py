"""Chapter 6's side-by-side table, extended to three kinds of networks, at 95 % accuracy or fully trained."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mnist_interp import training
from mnist_interp.chapters.architectures import kinds
from mnist_interp.chapters.architectures.matched_frames import BOTTLENECKS, END, GINI, WORST
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import performance
from mnist_interp.methods.references import TITLES
from mnist_interp.training import models
from mnist_interp.training.runs import Population

_SHARE, _PLAIN = (100, 1), (1, 2)  # a factor and decimals: percent, or as it is
ROWS: dict[str, tuple[str, tuple[int, int]]] = {
    "test accuracy, %": ("test accuracy", _SHARE),
    "lost to a two-pixel shift, points": ("moved by two pixels", _SHARE),
    "lost to a rotation by twenty degrees, points": ("turned by 20 degrees", _SHARE),
    "AUROC": ("AUROC", _PLAIN),
    "average precision": ("average precision", _PLAIN),
    "dead units, %": ("dead units", _SHARE),
    **{
        f"{name}, {TITLES[reference]}{unit}": (f"{name}, {reference}", form)
        for name, unit, form in ((BOTTLENECKS, "", (1, 1)), (WORST, ", %", _SHARE))
        for reference in ("zero", "mean", "optimal")
    },
    f"{GINI}, {TITLES['optimal']}": (f"{GINI}, optimal", _PLAIN),
    "partners beyond rotated ones": ("privilege", _PLAIN),
    "explained by its partner, %": ("partner", _SHARE),
    "explained by another network, %": ("another network", _SHARE),
    "explained by its logits, %": ("its logits", _SHARE),
    "explained by pixel components, %": ("the pixels", _SHARE),
    "CKA of two seeds, within digits": ("CKA within digits", _PLAIN),
    "CKA with pixels, within digits": ("CKA with pixels", _PLAIN),
    "4s and 9s swapped by the best unit, %": ("best unit", _SHARE),
    "4s and 9s swapped by a direction, %": ("fitted direction", _SHARE),
    "linear readout, first stage, %": ("linear readout, first stage", _SHARE),
    "linear readout, before the last, %": ("linear readout, before the last", _SHARE),
    "linear readout, last layer, %": ("linear readout, last layer", _SHARE),
}
_LEAST = {"dead units": 0, BOTTLENECKS: 0}  # counts, of which no interval reaches below
SHUFFLED = {
    kinds.CNN: ("the CNN", "the CNN on shuffled pixels"),
    kinds.TRANSFORMER: ("the vision transformer", "the vision transformer on shuffled pixels"),
}


def lost_to_shuffling() -> pd.DataFrame:
    """Return the accuracy lost to training on shuffled pixels; the CNN is the one with 32 last units.

    A perceptron loses none: renamed pixels make the same run.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``mean``, ``low``, ``high``.
    """
    rows: list[tuple[dict[str, str], np.ndarray]] = []
    for name, pair in SHUFFLED.items():
        whole, shuffled = (performance.accuracy(training.named(one))["accuracy"].to_numpy() for one in pair)
        rows.append(({"network": name}, whole - shuffled))
    return with_interval(rows)


def _text(row: pd.Series, form: tuple[int, int], least: float = -np.inf) -> str:
    scale, decimals = form
    ends = (max(scale * row[end], least) for end in ("mean", "low", "high"))
    mean, low, high = (f"{end:.{decimals}f}".replace("-", "−") for end in ends)
    return f"{mean} ({low} to {high})"


def side_by_side(
    networks: Mapping[str, Population], compared: pd.DataFrame, shuffled: pd.DataFrame, moment: str
) -> pd.DataFrame:
    """Lay measures out for reading: one row per measure, one column per kind, means with intervals.

    Parameters
    ----------
    networks : mapping of str to Population
        By the names of `kinds.KINDS`.
    compared : pandas.DataFrame
        As of `matched_frames.compared`.
    shuffled : pandas.DataFrame
        As of `lost_to_shuffling`; it is of networks in the end.
    moment : str
        `NOW` or `END`.
    """
    found = compared.set_index(["network", "moment", "measure"])
    at_a_loss = shuffled.set_index("network")
    columns = {}
    for name, population in networks.items():
        texts = {"parameters": f"{models.n_parameters(models.build(population.recipe)):,}"}
        for title, (measure, form) in ROWS.items():
            place = (name, moment, measure)
            texts[title] = (
                _text(found.loc[place], form, _LEAST.get(measure.partition(",")[0], -np.inf))
                if place in found.index
                else ""
            )
        lost = moment == END and name in at_a_loss.index
        texts["lost to shuffled pixels, points"] = _text(at_a_loss.loc[name], _SHARE) if lost else ""
        columns[name] = texts
    frame = pd.DataFrame(columns).rename_axis("measure")
    return frame[(frame != "").any(axis=1)]
