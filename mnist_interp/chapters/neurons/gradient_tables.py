"""Gradients and readout weights by digit and neuron, how alike their rows are, and how hard the loss pulls: frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.experiments import loss_gradients, unit_selectivity
from mnist_interp.runtime import labeled
from mnist_interp.training.runs import Run


def votes(gradients: xr.Dataset) -> xr.DataArray:
    """Return each neuron's readout weights minus their mean, (digit, unit)."""
    return gradients["readout"] - gradients["readout"].mean("digit")


def _tidy(values: xr.DataArray) -> pd.DataFrame:
    return labeled.tidy(values.rename(unit="neuron"))


def losses(gradients: xr.Dataset) -> pd.DataFrame:
    """Return mean loss gradients and their negatives, over the largest: ``digit``, ``neuron``, ``value``, ``table``."""
    largest = np.abs(gradients["loss"]).max()
    tables = {
        "gradient of the loss": gradients["loss"] / largest,
        "its negative: what helps": -gradients["loss"] / largest,
    }
    return pd.concat([_tidy(values).assign(table=name) for name, values in tables.items()])


def weights(gradients: xr.Dataset) -> pd.DataFrame:
    """Return `votes` as a frame: ``digit``, ``neuron``, ``value``."""
    return _tidy(votes(gradients))


def cosines(rows: np.ndarray) -> np.ndarray:
    """Return the cosine between all pairs of rows."""
    scaled = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled @ scaled.T


def likeness(gradients: xr.Dataset) -> pd.DataFrame:
    """Return how alike the rows of two digits are: ``label``, ``other``, ``value`` (cosine), ``table``."""
    digits = {"label": range(10), "other": range(10)}
    return pd.concat(
        [
            labeled.tidy(xr.DataArray(cosines(gradients[name].to_numpy()), digits, tuple(digits))).assign(table=title)
            for name, title in {"readout": "readout rows", "loss": "loss gradients"}.items()
        ]
    )


def closest_pair(alike: pd.DataFrame) -> str:
    """Name the two digits whose readout rows are most alike, from `likeness`, such as "4 and 9"."""
    readout = alike[(alike["table"] == "readout rows") & (alike["label"] != alike["other"])]
    most = readout.sort_values("value").iloc[-1]
    return f"{most['label']} and {most['other']}"


def _titles() -> dict[str, str]:
    return {layer: title for title, layer in unit_selectivity.LAYERS.items()}


def pull_by_layer(run: Run) -> pd.DataFrame:
    """Return the norm of the loss gradient by layer: ``place`` (in order), ``layer``, ``value``, ``epoch``."""
    pull = loss_gradients.by_layer(run).rename(checkpoint="place")
    frame = labeled.tidy(pull.assign_coords(layer=[_titles()[name] for name in pull["layer"].to_numpy()]))
    epochs = np.array(run.epochs)[frame["place"]]
    order = {checkpoint: place for place, checkpoint in enumerate(pull["place"].to_numpy())}
    return frame.assign(place=frame["place"].map(order), epoch=epochs)


def pull_by_neuron(run: Run) -> pd.DataFrame:
    """Return the mean absolute loss gradient by neuron: ``checkpoint``, ``neuron``, ``value``, ``layer``."""
    pull = loss_gradients.by_unit(run)
    return pd.concat(
        [_tidy(pull.sel(layer=layer)).assign(layer=title) for title, layer in unit_selectivity.LAYERS.items()]
    )
