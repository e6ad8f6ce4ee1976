"""Frames of chapter 1: how networks learn, how the values of their layers spread, and what their neurons come to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.data import mnist, published
from mnist_interp.experiments import training_dynamics
from mnist_interp.methods.statistics import wilson
from mnist_interp.runtime import labeled
from mnist_interp.training.runs import Population, Run

GROUPS = training_dynamics.GROUPS
LAYERS = {"layer 1": "linear1", "layer 2": "linear2", "output": "output"}  # by what readers call them
KINDS = ("std", "mean")


def over_seeds(values: xr.DataArray, network: str, epochs: Sequence[float]) -> pd.DataFrame:
    """Return ``epoch``, ``network``, and the median (``middle``) and range (``low``, ``high``) over seeds.

    Parameters
    ----------
    values : xarray.DataArray
        By ``seed`` and one dimension more.
    network : str
        What they are of.
    epochs : sequence of float
        When each of the further dimension was taken.
    """
    return pd.DataFrame(
        {
            "epoch": epochs,
            "network": network,
            "middle": values.median("seed").to_numpy(),
            "low": values.min("seed").to_numpy(),
            "high": values.max("seed").to_numpy(),
        }
    )


def published_trace(run: Run) -> pd.DataFrame:
    """Return loss and accuracy of each pass over the training images beside the published ones."""
    rows = [row for row in published.figure("training") if row["epoch"] < run.recipe.epochs]
    passes = [row["epoch"] for row in rows]
    return pd.DataFrame(
        {
            "loss": run.loss[passes].round(4),
            "published loss": [row["loss"] for row in rows],
            "training accuracy, %": (100 * run.accuracy[passes]).round(4),
            "published accuracy, %": [row["train_accuracy"] for row in rows],
        },
        index=pd.Index([f"pass {k + 1}" for k in passes], name="during"),
    )


def accuracies(run: Run, found: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Return test accuracy at every checkpoint, as `over_seeds`, of `training_dynamics.summary` by network."""
    return pd.concat([over_seeds(training_dynamics.accuracy(one), name, run.epochs) for name, one in found.items()])


def losses(networks: Mapping[str, Population]) -> pd.DataFrame:
    """Return the training loss of every pass, as `over_seeds`, of populations by name."""
    frames = []
    for name, runs in networks.items():
        values = xr.DataArray([run.loss for run in runs], dims=("seed", "epoch"))
        frames.append(over_seeds(values, name, range(1, values.sizes["epoch"] + 1)))
    return pd.concat(frames)


def published_losses(run: Run) -> pd.DataFrame:
    """Return the published training losses: ``epoch`` and ``middle``."""
    rows = [row for row in published.figure("training") if row["epoch"] < run.recipe.epochs]
    return pd.DataFrame({"epoch": [row["epoch"] + 1 for row in rows], "middle": [row["loss"] for row in rows]})


def final_accuracies(final: xr.DataArray, run: Run, own: float) -> pd.DataFrame:
    """Return ``network``, ``accuracy`` and its interval (``low``, ``high``), lowest first.

    Parameters
    ----------
    final : xarray.DataArray
        Test accuracy by ``seed``.
    run : Run
        One network more.
    own : float
        Its test accuracy.
    """
    n_images = len(mnist.load("test"))
    values = [*final.to_numpy(), own]
    low, high = zip(*(wilson(round(share * n_images), n_images) for share in values), strict=True)
    names = [*(f"seed {seed}" for seed in final["seed"].to_numpy()), published_name(run)]
    frame = pd.DataFrame({"network": names, "accuracy": values, "low": low, "high": high})
    return frame.sort_values("accuracy")


def published_name(run: Run) -> str:
    """Return what figures call the published network."""
    return f"seed {run.seed}, published"


def confusion(summarized: xr.Dataset) -> pd.DataFrame:
    """Return ``true``, ``predicted`` and ``count`` of one network, trained, from its `training_dynamics.summary`."""
    counts = summarized["confusion"].isel(seed=0, checkpoint=-1)
    return labeled.tidy(counts).rename(columns={"value": "count"})


def by_class(accuracy: xr.DataArray) -> pd.DataFrame:
    """Return ``digit``, ``accuracy``, ``low``, ``high``: mean and range over seeds of (seed, digit)."""
    return pd.DataFrame(
        {
            "digit": accuracy["digit"].to_numpy(),
            "accuracy": accuracy.mean("seed").to_numpy(),
            "low": accuracy.min("seed").to_numpy(),
            "high": accuracy.max("seed").to_numpy(),
        }
    )


def drifts(run: Run, summarized: xr.Dataset) -> pd.DataFrame:
    """Return mean and standard deviation of three layers' values in one network, at the milestones of training.

    Returns
    -------
    pandas.DataFrame
        ``checkpoint``, ``epoch``, ``layer``, ``digit`` (of `GROUPS`), ``value``, ``kind`` (of `KINDS`).
    """
    at = {"checkpoint": training_dynamics.milestones(run), "layer": list(LAYERS.values())}
    return pd.concat(
        [
            training_dynamics.by_checkpoint(run, _one(training_dynamics.grouped(summarized, kind)).sel(at)).assign(
                kind=kind
            )
            for kind in KINDS
        ]
    )


def _one(values: xr.DataArray) -> xr.DataArray:
    return values.isel(seed=0, drop=True)


def spreads(run: Run, found: Mapping[str, xr.Dataset]) -> dict[str, pd.DataFrame]:
    """Return mean and standard deviation of the values of each of `LAYERS` over seeds, at the milestones of training.

    Parameters
    ----------
    run : Run
        Whose milestones they are.
    found : mapping of str to xarray.Dataset
        `training_dynamics.summary` of populations, by what figures call them.

    Returns
    -------
    dict of str to pandas.DataFrame
        As of `over_seeds`, with ``digit`` (of `GROUPS`) and ``kind`` (of `KINDS`), by what readers call the layer.
    """
    checkpoints = training_dynamics.milestones(run)
    epochs = [run.epochs[checkpoint] for checkpoint in checkpoints]
    frames: dict[str, list[pd.DataFrame]] = {title: [] for title in LAYERS}
    for network, summarized in found.items():
        for kind in KINDS:
            values = training_dynamics.grouped(summarized, kind).sel(checkpoint=checkpoints)
            for title, layer in LAYERS.items():
                for group in GROUPS:
                    lines = over_seeds(values.sel(layer=layer, digit=group), network, epochs)
                    frames[title].append(lines.assign(digit=group, kind=kind))
    return {title: pd.concat(rows) for title, rows in frames.items()}


def neuron_means(run: Run) -> pd.DataFrame:
    """Return the mean activation of every hidden neuron at the milestones of training.

    Returns
    -------
    pandas.DataFrame
        ``checkpoint``, ``digit`` (of `GROUPS`), ``value``, ``layer`` (1 or 2), ``neuron``, ``after`` (epochs, as text).
    """
    means = _one(training_dynamics.class_means(Population(run.recipe, (run,))))
    counts = xr.DataArray(np.bincount(mnist.load("test").labels), dims="digit")
    overall = (means * (counts / counts.sum())).sum("digit").expand_dims(digit=[GROUPS[0]])
    both = xr.concat([overall, means.assign_coords(digit=list(GROUPS[1:]))], "digit")
    shown = both.sel(checkpoint=training_dynamics.milestones(run)).transpose("checkpoint", "digit", "neuron")
    frame = labeled.tidy(shown).rename(columns={"unit": "neuron"})
    frame["layer"] = frame["layer"].map({"relu1": 1, "relu2": 2})
    frame["after"] = [f"{run.epochs[checkpoint]:.2g}" for checkpoint in frame["checkpoint"]]
    return frame[["checkpoint", "digit", "value", "layer", "neuron", "after"]]


def tuning(runs: Iterable[Run]) -> pd.DataFrame:
    """Return the mean activation of layer 2's neurons for each digit in several networks, at milestones of training.

    Returns
    -------
    pandas.DataFrame
        ``checkpoint``, ``digit``, ``value``, ``neuron``, ``seed`` (as text), ``after`` (epochs, as text).
    """
    frames = []
    for run in runs:
        means = neuron_means(run)
        frames.append(means[(means["layer"] == 2) & (means["digit"] != GROUPS[0])].assign(seed=str(run.seed)))
    columns = ["checkpoint", "digit", "value", "neuron", "seed", "after"]
    return pd.concat(frames)[columns].astype({"digit": int})
