"""Neurons like neuron 0 in other networks: those that the 1s need, and those most similar to it; frames."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from sklearn.metrics import precision_recall_curve

from mnist_interp.chapters.index.lesions import DIGIT
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects, recordings
from mnist_interp.methods.references import TITLES
from mnist_interp.training.runs import Population, Run

_RIGHT = 0.9  # of ten reports nine
_EDGES = np.linspace(0, 1, 11)
ALONE, TOGETHER, PIXELS, UNTRAINED = (
    "its most similar neuron",
    "all 16 neurons",
    "16 numbers from the pixels",
    "all 16, before training",
)


def speaking(run: Run) -> list[int]:
    """Return the neurons of layer 2 that are active on a hundredth of the test images or more."""
    second = recordings.hidden_units(run, "test")[:, recordings.hidden_layers(run)["layer 2"]]
    return np.flatnonzero((second > 0).mean(0) >= 0.01).tolist()


def worst_for_ones(population: Population) -> pd.DataFrame:
    """Count networks by the share of 1s lost without the layer-2 neuron they need most, under each reference.

    Returns
    -------
    pandas.DataFrame
        Columns ``reference`` (as readers see it), ``start`` and ``end`` of a bin (shares of accuracy), ``networks``.
    """
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "reference": title,
                    "start": _EDGES[:-1].round(1),
                    "end": _EDGES[1:].round(1),
                    "networks": np.histogram(
                        np.clip(ablation_effects.worst_for_ones(population, reference), 0, 1), _EDGES
                    )[0],
                }
            )
            for reference, title in TITLES.items()
        ],
        ignore_index=True,
    )


def detectors(population: Population) -> dict[str, float]:
    """Look at neurons of layer 2 that might be a network's "1".

    Returns
    -------
    dict
        ``n_prefer``: in how many networks the neuron whose zeroing costs the 1s most, half of them or more, has the 1
        as its favorite; ``best_detector``: the share of the 1s that the best neuron of all networks reports with nine
        reports in ten right.
    """
    costs = ablation_effects.costs(population)
    lost = ablation_effects.lost(costs).sel(reference="zero", digit=DIGIT)
    favorite = costs["selectivity"].argmax("digit").isel(unit=lost.argmax("unit"))
    prefer = (lost.max("unit") >= ablation_effects.HALF) & (favorite == DIGIT)
    ones = mnist.load("test").labels == DIGIT
    recalls = [
        recall[precision >= _RIGHT].max()
        for run in population
        for neuron in recordings.hidden_units(run, "test")[:, recordings.hidden_layers(run)["layer 2"]].T
        for precision, recall, _ in [precision_recall_curve(ones, neuron)]
    ]
    return {"n_prefer": int(prefer.sum()), "best_detector": max(recalls)}


def explained(found: xr.Dataset, pixels: xr.Dataset, units: Mapping[str, int]) -> pd.DataFrame:
    """Lay out how much of a neuron other networks explain, on average, by what explains it.

    Parameters
    ----------
    found : xarray.Dataset
        `cross_seed_similarity.counterparts`.
    pixels : xarray.Dataset
        `cross_seed_similarity.explained_by_pixels` of the same neurons.
    units : mapping of str to int
        Which of them, by what readers call them.

    Returns
    -------
    pandas.DataFrame
        Columns ``neuron``, ``by``, ``mean``, ``low`` and ``high``: shares of its variance on test images.
    """
    by = {
        ALONE: found["alone"].sel(state="trained"),
        TOGETHER: found["together"].sel(state="trained"),
        PIXELS: pixels["share"].broadcast_like(found["together"].sel(state="trained")),
        UNTRAINED: found["together"].sel(state="untrained"),
    }
    return with_interval(
        ({"neuron": neuron, "by": name}, values.sel(unit=unit).to_numpy())
        for neuron, unit in units.items()
        for name, values in by.items()
    )
