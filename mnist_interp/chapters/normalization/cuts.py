"""What neurons cost in networks with and without LayerNorm, by where they are ablated and what replaces them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.experiments import ablation_effects, layernorm_ablation
from mnist_interp.methods.references import TITLES
from mnist_interp.training.runs import Population


def of_layer1(raw: Population, final: Population, unmasked: Population) -> pd.DataFrame:
    """Lay out what a neuron of layer 1 costs on average, at zero and at its mean, by where it is ablated.

    Parameters
    ----------
    raw, final, unmasked : Population
        The baseline; the published order, with a LayerNorm after layer 1's ReLU and dropout; LayerNorm after both
        ReLUs, without dropout.

    Returns
    -------
    pandas.DataFrame
        Columns ``way``, ``reference``, ``mean`` accuracy lost, ``low`` and ``high``.
    """

    def cost(population: Population, layer: str) -> xr.DataArray:
        return ablation_effects.lost_overall(ablation_effects.costs(population, layer)).mean("unit")

    before = layernorm_ablation.costs(final)["overall"].mean("unit")
    ways = {
        "baseline": cost(raw, "relu1"),
        "before the norm, recomputed": before.sel(statistics="recomputed"),
        "before the norm, frozen": before.sel(statistics="frozen"),
        "after the norm": cost(final, "norm1"),
        "after, no dropout": cost(unmasked, "norm1"),
    }
    return with_interval(
        ({"way": way, "reference": reference}, found.sel(reference=reference).to_numpy())
        for way, found in ways.items()
        for reference in before.indexes["reference"]
    )


def bottlenecks(networks: Mapping[str, tuple[Population, str]]) -> pd.DataFrame:
    """Lay out bottlenecks, and the most that one neuron's loss costs the 1s.

    Parameters
    ----------
    networks : mapping of str to (Population, str)
        Populations by the name that readers see, each with the layer whose units are ablated.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``reference``, ``panel`` ("bottlenecks", "ones"), ``mean``, ``low`` and ``high``.
    """
    measures = {"bottlenecks": ablation_effects.bottlenecks, "ones": ablation_effects.worst_for_ones}
    return with_interval(
        ({"network": name, "reference": title, "panel": panel}, measure(population, reference, layer))
        for name, (population, layer) in networks.items()
        for reference, title in TITLES.items()
        for panel, measure in measures.items()
    )
