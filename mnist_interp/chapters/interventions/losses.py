"""What it costs to lose a neuron, laid out for a page: digit by digit in a network, and over populations.

References have the names that readers see, `references.TITLES`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import ablation_effects
from mnist_interp.methods.references import TITLES
from mnist_interp.training.runs import Population

LAYERS = {"layer 2": "relu2", "layer 1": "relu1"}


def by_digit(networks: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Lay out what layer 2's units cost each digit, network by network.

    Parameters
    ----------
    networks : mapping of str to xarray.Dataset
        One seed each of `ablation_effects.costs`, by the network's name.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``reference``, ``neuron``, ``digit``, ``lost`` and ``selectivity`` for the digit.
    """
    rows = []
    for name, measured in networks.items():
        found = xr.Dataset({"lost": ablation_effects.lost(measured), "selectivity": measured["selectivity"]})
        rows.append(found.to_dataframe(["reference", "unit", "digit"]).reset_index().assign(network=name))
    frame = pd.concat(rows, ignore_index=True).rename(columns={"unit": "neuron"})
    frame = frame[["reference", "neuron", "digit", "lost", "selectivity", "network"]]
    return frame.assign(reference=frame["reference"].map(TITLES)).round({"lost": 4, "selectivity": 3})


def over_networks(population: Population) -> pd.DataFrame:
    """Lay out what one unit costs on average, and how many bottlenecks a network has.

    Returns
    -------
    pandas.DataFrame
        Columns ``layer``, ``reference``, ``panel`` ("lost", "bottlenecks"), ``mean``, ``low`` and ``high``.
    """
    rows = []
    for shown, layer in LAYERS.items():
        lost = ablation_effects.lost_overall(ablation_effects.costs(population, layer)).mean("unit")
        for reference, title in TITLES.items():
            names = {"layer": shown, "reference": title}
            rows.append(({**names, "panel": "lost"}, lost.sel(reference=reference).to_numpy()))
            necks = ablation_effects.bottlenecks(population, reference, layer)
            rows.append(({**names, "panel": "bottlenecks"}, necks))
    return with_interval(rows)
