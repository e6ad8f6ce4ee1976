"""Two factorial designs: many small runs that explore, on a validation split, what is then claimed of a population.

`INPUTS`: pixels centered or not, scaled or not, at four learning rates, over ten epochs. `LAYERS`: kind and place of
normalization, on standardized inputs, by dropout at the end of layer 1, at two learning rates, over four. Three seeds a
cell, on the 55,000 images that leave a validation split. At a constant rate a network's accuracy jitters from epoch to
epoch, so cells are compared by the mean of their last epochs. A cell trains in 3 to 10 s; a preview has fewer levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pandas as pd
import xarray as xr

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments.performance import epoch_ends
from mnist_interp.methods import activations, evaluate
from mnist_interp.runtime import preview, store
from mnist_interp.training import registry
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.registry import PIXEL_MEAN, PIXEL_STD
from mnist_interp.training.runs import Population

SEEDS = registry.PILOT_SEEDS[:3]
LAST = 3
RATES = (0.01, 0.03) if preview.enabled() else (0.01, 0.03, 0.1, 0.3)
FEW_RATES = (0.01, 0.1)
DROPOUTS = (0.0, 0.1) if preview.enabled() else (0.0, 0.1, 0.2, 0.5)
KINDS: dict[str, tuple[str, str]] = {
    "none": ("none", "none"),
    "LayerNorm before": ("layer-before", "layer-before"),
    "LayerNorm after": ("layer-after", "layer-after"),
    "layer 1 only": ("layer-after", "none"),
    "after, then before": ("layer-after", "layer-before"),
    "BatchNorm": ("batch-before", "batch-before"),
}
if preview.enabled():
    KINDS = {kind: KINDS[kind] for kind in ("none", "LayerNorm before", "BatchNorm")}
Cell = tuple[Any, ...]


def _explored(recipe: Recipe, epochs: int) -> Recipe:
    return replace(recipe, images="fit", epochs=min(recipe.epochs, epochs))


INPUTS: dict[Cell, Recipe] = {
    (center, scale, rate): _explored(
        replace(
            registry.BASELINE,
            shift=PIXEL_MEAN if center else 0.0,
            scale=PIXEL_STD if scale else 1.0,
            learning_rate=rate,
        ),
        epochs=10,
    )
    for center, scale, rate in product((False, True), (False, True), RATES)
}
LAYERS: dict[Cell, Recipe] = {
    (kind, dropout, rate): _explored(
        replace(registry.normalized(KINDS[kind], dropout=dropout), learning_rate=rate), epochs=4
    )
    for kind, dropout, rate in product(KINDS, DROPOUTS, FEW_RATES)
}
JOBS: list[tuple[Recipe, Sequence[int]]] = [(recipe, SEEDS) for recipe in (*INPUTS.values(), *LAYERS.values())]


@store.cached
def validation_accuracy(population: Population) -> xr.Dataset:
    """Return accuracy on the 5,000 validation images after every epoch.

    Returns
    -------
    xarray.Dataset
        ``accuracy`` (seed, epoch), fractions; epoch 0 is untrained.
    """
    digits = mnist.load("validation")
    found = [
        [
            evaluate.accuracy(activations.logits(run.model(place), digits.pixels), digits.labels)
            for place in epoch_ends(run)
        ]
        for run in population
    ]
    coordinates = {"seed": population.seeds, "epoch": range(len(found[0]))}
    return xr.Dataset({"accuracy": (("seed", "epoch"), found)}, coords=coordinates)


def table(cells: dict[Cell, Recipe], factors: Sequence[str]) -> pd.DataFrame:
    """Lay out a design's outcomes.

    Parameters
    ----------
    cells : dict
        `INPUTS` or `LAYERS`.
    factors : sequence of str
        Names of the factors, in the order of a cell's levels.

    Returns
    -------
    pandas.DataFrame
        A column for each factor, ``epoch``, and ``accuracy``, the mean over seeds on the validation images.
    """
    rows = []
    for cell, recipe in cells.items():
        accuracy = validation_accuracy(training.population(recipe, SEEDS))["accuracy"].mean("seed")
        columns = accuracy.to_dataframe().reset_index()[["epoch", "accuracy"]]
        rows.append(columns.assign(**dict(zip(factors, cell, strict=True)))[[*factors, "epoch", "accuracy"]])
    return pd.concat(rows, ignore_index=True)


def settled(table: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """Return each cell's accuracy, averaged over its last three epochs.

    Parameters
    ----------
    table : pandas.DataFrame
        From `table`.
    factors : sequence of str
        Names of the factors.

    Returns
    -------
    pandas.DataFrame
        A column for each factor, and ``accuracy``.
    """
    last = table[table["epoch"] > max(table["epoch"].max() - LAST, 0)]
    return last.groupby(list(factors), sort=False)["accuracy"].mean().reset_index()


def best(settled: pd.DataFrame) -> dict[str, Any]:
    """Return the levels of the cell that reads best, the first of those that are equal."""
    row = settled.loc[settled["accuracy"].idxmax()]
    return {str(name): row[name] for name in settled.columns if name != "accuracy"}
