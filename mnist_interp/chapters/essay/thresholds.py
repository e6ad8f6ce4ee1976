"""What neuron 0 of layer 2 would report as a 1, by the threshold that its activation must exceed: frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp.chapters.index.lesions import DIGIT, NEURON
from mnist_interp.data import mnist
from mnist_interp.experiments import recordings
from mnist_interp.training.runs import Run

ONES, REST = "1s", "all other digits"
INITIAL = 2.0
_STEP, _BIN = 0.5, 0.25


def activations(run: Run) -> dict[str, np.ndarray]:
    """Return the neuron's activations on the test images: on `ONES`, and on the `REST`."""
    second = recordings.hidden_layers(run)["layer 2"]
    neuron, ones = recordings.hidden_units(run, "test")[:, second][:, NEURON], mnist.load("test").labels == DIGIT
    return {ONES: neuron[ones], REST: neuron[~ones]}


def _thresholds(groups: dict[str, np.ndarray]) -> np.ndarray:
    """Return thresholds from 0 to the highest that some 1 exceeds."""
    return np.arange(0, max(groups[ONES].max(), 2 * INITIAL), _STEP)


def values(run: Run) -> list[float]:
    """Return the thresholds that a reader can set."""
    return _thresholds(activations(run)).tolist()


def histograms(run: Run) -> pd.DataFrame:
    """Count test images by activation, 1s and the rest, for every threshold.

    Returns
    -------
    pandas.DataFrame
        Columns ``group`` (`ONES` or `REST`), ``threshold``, ``start`` and ``end`` of a bin, ``images``, and ``below``,
        whether the bin lies below the threshold.
    """
    groups = activations(run)
    edges = np.arange(0, max(map(np.max, groups.values())) + _BIN, _BIN)
    rows = [
        pd.DataFrame(
            {
                "group": name,
                "threshold": threshold,
                "start": edges[:-1],
                "end": edges[1:],
                "images": np.histogram(values, edges)[0],
                "below": edges[:-1] < threshold,
            }
        )
        for name, values in groups.items()
        for threshold in _thresholds(groups)
    ]
    return pd.concat(rows, ignore_index=True)


def reports(run: Run) -> pd.DataFrame:
    """Say, for every threshold, how many of the 1s are reported, and how many of the reports are 1s.

    Returns
    -------
    pandas.DataFrame
        Columns ``threshold`` and ``text``.
    """
    groups = activations(run)
    rows = []
    for threshold in _thresholds(groups):
        found, other = ((values > threshold).sum() for values in groups.values())
        right = f"**{found / (found + other):.0%}** of its reports are 1s" if found + other else "it reports nothing"
        rows.append(
            {"threshold": threshold, "text": f"It finds **{found / len(groups[ONES]):.0%}** of the 1s; {right}."}
        )
    return pd.DataFrame(rows)
