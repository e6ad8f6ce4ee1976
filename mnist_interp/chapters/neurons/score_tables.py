"""Scores of layer 2's neurons by digit, and how reliable their reports are: frames of one figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.neurons import dossier
from mnist_interp.data import mnist
from mnist_interp.experiments import unit_selectivity
from mnist_interp.methods import selectivity
from mnist_interp.runtime import labeled
from mnist_interp.training.runs import Run


def by_digit(run: Run, own: xr.Dataset, relu2: np.ndarray) -> pd.DataFrame:
    """Return five tables of 16 neurons by 10 digits: the score and the AUROC of two states, and the score permuted.

    Parameters
    ----------
    run : Run
        One network.
    own : xarray.Dataset
        Its part of `unit_selectivity.summary`.
    relu2 : numpy.ndarray of shape (n_images, 16)
        Its layer 2 on the test images.

    Returns
    -------
    pandas.DataFrame
        ``unit`` (of `dossier.shared_numbers`), ``digit``, ``value``, ``table``, ``neuron``. The AUROC is stretched to
        the range of the score, -1 to 1.
    """
    layer = own.sel(layer="relu2")
    scores, areas = unit_selectivity.scores(layer["test_means"]), 2 * layer["auroc"] - 1
    tables = {}
    for state in ("trained", "untrained"):
        tables[f"score S, {state}"] = scores.sel(state=state)
        tables[f"AUROC, {state}"] = areas.sel(state=state)
    permuted = selectivity.permuted_means(relu2, mnist.load("test").labels, repeats=1, seed=run.seed)[0]
    trained = scores.sel(state="trained")
    tables["score S, labels permuted"] = trained.copy(data=selectivity.class_selectivity(permuted))
    frames = [
        labeled.tidy(table.transpose("unit", "digit")).rename(columns={"unit": "neuron"}).assign(table=name)
        for name, table in tables.items()
    ]
    cells = pd.concat(frames)
    return cells.assign(unit=_shared(run, cells["neuron"]))[["unit", "digit", "value", "table", "neuron"]]


def reports(run: Run, own: xr.Dataset) -> pd.DataFrame:
    """Return what each of layer 2's neurons reports of its favorite digit: ``unit``, ``hits``, ``wrong``, ``text``."""
    found = own.sel(state="trained", layer="relu2")
    frame = pd.DataFrame(
        {
            "neuron": found["unit"].to_numpy(),
            "hits": found["hits"].to_numpy(),
            "wrong": found["false_share"].to_numpy(),
            "favorite": found["favorite"].to_numpy(),
        }
    )
    frame["unit"] = _shared(run, frame["neuron"])
    frame["text"] = [
        f"Neuron {row.neuron}, asked to report its favorite digit, {row.favorite}: "
        + (
            f"it finds {row.hits:.0%} of them, and {row.wrong:.0%} of its reports are wrong."
            if row.hits
            else "it finds none."
        )
        for row in frame.itertuples()
    ]
    return frame[["unit", "hits", "wrong", "text"]]


def _shared(run: Run, neurons: pd.Series) -> list[int]:
    numbers = dossier.shared_numbers(run)
    return [numbers["relu2", neuron] for neuron in neurons]
