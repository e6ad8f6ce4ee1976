"""What happens in a CNN's layers while it trains: how far their values spread, how hard the loss pulls at them."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from mnist_interp.experiments import loss_gradients, training_dynamics
from mnist_interp.training.runs import Population, Run

PER_CLASS = 100  # test images of each digit
TITLES = {"relu1": "layer 1", "relu2": "layer 2", "relu3": "layer 3", "output": "output"}


def _by_epoch(run: Run, values: xr.DataArray) -> pd.DataFrame:
    """Return values, (checkpoint, layer), of networks trained as a run is: ``epoch``, ``layer`` and ``value``."""
    frame = values.to_series().rename("value").reset_index()
    epochs = [run.epochs[checkpoint] for checkpoint in frame["checkpoint"]]
    return frame.assign(epoch=epochs, layer=frame["layer"].map(TITLES))[["epoch", "layer", "value"]]


def spreads(population: Population) -> pd.DataFrame:
    """Return standard deviations of layers' values, mean over networks: ``epoch``, ``layer`` and ``value``."""
    checkpoints = training_dynamics.milestones(population[0])
    found = training_dynamics.summary(population, checkpoints, PER_CLASS)["std_overall"]
    return _by_epoch(population[0], found.sel(layer=list(TITLES)).mean("seed"))


def pulls(run: Run) -> pd.DataFrame:
    """Return mean norms of the loss gradient at each hidden layer: ``epoch``, ``layer`` and ``value``."""
    return _by_epoch(run, loss_gradients.by_layer(run, PER_CLASS))
