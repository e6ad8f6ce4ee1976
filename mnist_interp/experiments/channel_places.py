"""How well a channel detects a digit where it is read: at its best place, or on average over its map.

A channel of the first convolution says what is at each place; the mean of its map forgets where. Place and digit are
chosen on training images and scored on test images. Half a second a network.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.methods import activations, selectivity
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

CHOSEN_ON = preview.reduced(200)  # training images of each digit
SCORED_ON = preview.reduced(500)  # test images of each digit


def _maps(run: Run, layer: str, split: mnist.Split, per_class: int) -> tuple[torch.Tensor, np.ndarray]:
    digits, chosen = mnist.load(split), mnist.sample(split, per_class)
    return activations.record(run.model(), digits.pixels[chosen], [layer])[layer], digits.labels[chosen]


def _at(maps: torch.Tensor, labels: np.ndarray) -> np.ndarray:
    """Return the AUROC of each channel and place for each digit, (10, n_channels, n_places)."""
    flat = selectivity.auroc(maps.flatten(1).numpy(), labels)
    return flat.reshape(10, maps.shape[1], -1)


def _of_run(run: Run, layer: str) -> dict[str, np.ndarray]:
    chosen = _at(*_maps(run, layer, "train", CHOSEN_ON))
    maps, labels = _maps(run, layer, "test", SCORED_ON)
    scored, channels = _at(maps, labels), np.arange(maps.shape[1])
    digit, place = np.unravel_index(
        chosen.transpose(1, 0, 2).reshape(len(channels), -1).argmax(1), (10, chosen.shape[2])
    )
    return {
        "best": scored[digit, channels, place],
        "typical": scored.max(0).mean(1),
        "mean_of_map": selectivity.auroc(maps.mean((2, 3)).numpy(), labels).max(0),
        "live": (maps.amax((0, 2, 3)) > 0).numpy(),
    }


@store.cached
def detection(population: Population, layer: str = "relu1") -> xr.Dataset:
    """Return how well channels detect digits, read in three ways.

    Returns
    -------
    xarray.Dataset
        AUROC by ``seed`` and ``channel``: ``best``, at the place and for the digit that training images choose;
        ``typical``, averaged over places, each for its best digit; ``mean_of_map``, for its best digit; and ``live``,
        whether the channel is ever above 0.
    """
    found = parallel.each(_of_run, [(run, layer) for run in population])
    variables = {name: (("seed", "channel"), np.stack([row[name] for row in found])) for name in found[0]}
    return xr.Dataset(variables, {"seed": population.seeds, "channel": range(found[0]["best"].shape[0])})
