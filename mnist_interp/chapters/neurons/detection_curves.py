"""Precision by recall of the published network's neurons for their favorite digits, as one frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from sklearn.metrics import precision_recall_curve

from mnist_interp.data import mnist
from mnist_interp.experiments import detectors
from mnist_interp.training.runs import Population, Run

RECALLS = np.linspace(0.01, 1, 100)
IMPLIED = "implied by means"


def of(run: Run, values: np.ndarray, own: xr.Dataset) -> pd.DataFrame:
    """Lay out the curves of the neurons of layer 2 that are active on a hundredth of the training images or more.

    Parameters
    ----------
    run : Run
        The network.
    values : numpy.ndarray of shape (10000, 16)
        Activations on the test images.
    own : xarray.Dataset
        Its part of `unit_selectivity.summary`.

    Returns
    -------
    pandas.DataFrame
        Columns ``neuron``, ``line`` ("the neuron", or `IMPLIED`), ``recall`` and ``precision``.
    """
    found = detectors.measured(Population(run.recipe, (run,))).isel(seed=0)
    heard = own["active"].sel(state="trained", layer="relu2").to_numpy() >= 0.01
    labels, rows = mnist.load("test").labels, []
    for unit in np.flatnonzero(heard):
        digit = int(found["favorite"].sel(unit=unit))
        precision, recall, _ = precision_recall_curve(labels == digit, values[:, unit])
        at = np.interp(RECALLS, recall[::-1], precision[::-1])
        lines = {"the neuron": at, IMPLIED: np.full(len(RECALLS), found["implied"].sel(unit=unit).item())}
        for line, one in lines.items():
            frame = {"neuron": int(unit), "line": line, "recall": RECALLS.round(3), "precision": one.round(4)}
            rows.append(pd.DataFrame(frame))
    return pd.concat(rows, ignore_index=True)
