"""One network with each hidden unit at every dose: measured, and laid out for a page's charts.

A dose is a factor of a unit's activation, or its mean over training images in place of it. Charts name a neuron by a
text, its layer and its number there, as the lesion bench does: "relu2:14". The sweep of all 48 units takes about 6 s
and is kept by the store.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings
from mnist_interp.methods import ablation, evaluate
from mnist_interp.runtime import store
from mnist_interp.training.runs import Run

LAYERS = {"relu2": 16, "relu1": 32}
FACTORS = tuple(round(0.05 * step, 2) for step in range(61))
DOSES = ("zero", "its mean", "untouched", "tripled")  # factors, and the one reference between zero and untouched


def named(layer: str, unit: int) -> str:
    """Return a neuron's name in a chart's data, such as "relu2:14"."""
    return f"{layer}:{unit}"


UNITS = {
    f"layer {layer.removeprefix('relu')}, neuron {unit}": named(layer, unit)
    for layer, size in LAYERS.items()
    for unit in range(size)
}


@store.cached
def sweeps(run: Run) -> xr.Dataset:
    """Scale every hidden unit from 0 to 3 on the test images.

    Returns
    -------
    xarray.Dataset
        By neuron (layer, unit), dose and digit: ``accuracy`` of the digit's images, and ``logit``, the mean over all
        images.
    """
    rows = [ablation.sweep(recordings.stage(run, layer), FACTORS) for layer in LAYERS]
    counts, logits = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    axes = ("neuron", "dose", "digit")
    return xr.Dataset(
        {"accuracy": (axes, evaluate.accuracies(counts)[..., 1:]), "logit": (axes, logits)},
        coords=recordings.neuron_labels(LAYERS).assign(dose=list(FACTORS), digit=range(10)),
    )


def responses(run: Run) -> pd.DataFrame:
    """Lay out `sweeps`: columns ``unit`` (as `named`), ``dose``, ``digit``, ``accuracy`` and ``logit``."""
    frame = sweeps(run).to_dataframe(["neuron", "dose", "digit"]).reset_index()
    return _with_names(frame)[["unit", "dose", "digit", "accuracy", "logit"]].round({"accuracy": 3, "logit": 2})


def _with_names(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(unit=[named(layer, unit) for layer, unit in zip(frame["layer"], frame["unit"], strict=True)])


@store.cached
def predictions(run: Run) -> xr.Dataset:
    """Predict the test images with each hidden unit at each of `DOSES`: ``predicted`` (neuron, dose, image), digits."""
    found = []
    for layer in LAYERS:
        stage = recordings.stage(run, layer)
        doses = {
            name: ablation.scale(stage, factor) for name, factor in (("zero", 0), ("untouched", 1), ("tripled", 3))
        }
        doses["its mean"] = ablation.mean(recordings.stage(run, layer, "train"))
        for unit in range(stage.n_units):
            logits = (ablation.intervene(stage, [unit], doses[name]) for name in DOSES)
            found.append(np.stack([one.argmax(1).numpy() for one in logits]))
    return xr.Dataset(
        {"predicted": (("neuron", "dose", "image"), np.stack(found).astype(np.uint8))},
        coords=recordings.neuron_labels(LAYERS).assign(dose=list(DOSES)),
    )


def confusions(run: Run) -> pd.DataFrame:
    """Count images: columns ``unit``, ``dose``, ``true``, ``predicted``, ``count``, and ``change`` from untouched."""
    labels = mnist.load("test").labels
    counts = xr.apply_ufunc(
        lambda predicted: np.bincount(labels * 10 + predicted, minlength=100).reshape(10, 10),
        predictions(run)["predicted"],
        input_core_dims=[["image"]],
        output_core_dims=[["true", "predicted"]],
        vectorize=True,
    )
    both = xr.Dataset({"count": counts, "change": counts - counts.sel(dose="untouched", drop=True)})
    frame = both.to_dataframe(["neuron", "dose", "true", "predicted"]).reset_index()
    return _with_names(frame)[["unit", "dose", "true", "predicted", "count", "change"]]


def flips(run: Run, *, most: int) -> pd.DataFrame:
    """List test images that a dose makes the network predict otherwise, at most so many of each kind.

    Parameters
    ----------
    run : Run
        One network.
    most : int
        Images for each unit, dose, true digit and new prediction.

    Returns
    -------
    pandas.DataFrame
        Columns ``unit`` (as `named`), ``dose``, ``image``, ``label``, ``before`` (what is predicted untouched),
        ``predicted``, and ``left_out``: in the first row of each kind, how many images it has beyond `most`; else 0.
    """
    found = predictions(run)["predicted"].astype(int)
    untouched = found.sel(dose="untouched", drop=True)
    changed = found != untouched
    neuron, dose, image = np.nonzero(changed.transpose("neuron", "dose", "image").to_numpy())
    frame = pd.DataFrame(
        {
            "unit": np.array(list(UNITS.values()))[neuron],
            "dose": np.array(DOSES)[dose],
            "image": image,
            "label": mnist.load("test").labels[image],
            "before": untouched.transpose("neuron", "image").to_numpy()[neuron, image],
            "predicted": found.transpose("neuron", "dose", "image").to_numpy()[neuron, dose, image],
        }
    )
    kinds = frame.groupby(["unit", "dose", "label", "predicted"])
    beyond = (kinds["image"].transform("size") - most).clip(lower=0)
    place = kinds.cumcount()
    return frame.assign(left_out=beyond.where(place == 0, 0))[place < most].reset_index(drop=True)
