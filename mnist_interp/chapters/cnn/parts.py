"""What it costs to take parts out: channels, units, sets of them, and places of a map; frames for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.cnn import comparison
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.chapters.interventions import doses
from mnist_interp.claims.cnn import ALIKE, CNN, cost_a_unit, matched_checkpoints
from mnist_interp.experiments import ablation_effects, recordings, spatial_ablation
from mnist_interp.experiments.ablation_effects import ORDERS, worst_for_ones
from mnist_interp.methods import ablation, evaluate
from mnist_interp.methods.references import REFERENCES
from mnist_interp.runtime import preview
from mnist_interp.training.runs import Population, Run


def costs(run: Run, layer: str) -> xr.Dataset:
    """Return what each unit of a layer costs one network: as of `ablation_effects.costs`, without seeds."""
    return ablation_effects.costs(Population(run.recipe, (run,)), layer).isel(seed=0, drop=True)


def losses(run: Run, layers: Sequence[str]) -> pd.DataFrame:
    """Return what each digit loses without each unit: ``reference``, ``unit``, ``digit``, ``lost`` and ``layer``."""
    frames = []
    for layer in layers:
        lost = ablation_effects.lost(costs(run, layer)).rename("lost").round(4)
        frames.append(lost.to_dataframe().reset_index().assign(layer=layer))
    return pd.concat(frames, ignore_index=True)


def worst(run: Run, layer: str) -> int:
    """Return the unit of a layer that costs some digit most, set to zero."""
    lost = ablation_effects.lost(costs(run, layer)).sel(reference="zero")
    return int(lost.max("digit").idxmax("unit"))


def worst_for(run: Run, layer: str, digit: int) -> int:
    """Return the unit of a layer that costs a digit most, set to zero."""
    return int(ablation_effects.lost(costs(run, layer)).sel(reference="zero", digit=digit).idxmax("unit"))


def most_selective(run: Run, layer: str, digit: int) -> int:
    """Return the unit of a layer most selective for a digit, by training images."""
    return int(costs(run, layer)["selectivity"].sel(digit=digit).idxmax("unit"))


def sixteenths(cnn: Population, alike: Population) -> dict[str, np.ndarray]:
    """Return the accuracy that a sixteenth of a layer costs, held at its mean: by part and layer, one number a seed.

    Of layers of 32 units, it is twice what one unit costs.
    """
    matched = matched_checkpoints(cnn, alike)
    return {
        "MLP, layer 2": cost_a_unit(alike, "relu2"),
        "CNN matched, channels": cost_a_unit(cnn, "relu2", matched),
        "CNN, fully trained, channels": cost_a_unit(cnn, "relu2"),
        "MLP, layer 1": 2 * cost_a_unit(alike, "relu1"),
        "CNN matched, layer 3": 2 * cost_a_unit(cnn, "relu3", matched),
        "CNN, fully trained, layer 3": 2 * cost_a_unit(cnn, "relu3"),
    }


WIDTHS = {
    "MLP, 16 units": ("the MLP, tuned", "relu2"),
    "MLP, 32 units": ("the wider MLP, tuned", "relu2"),
    "CNN, 16 units": ("the CNN with 16 units", "relu3"),
    "CNN, 32 units": (CNN, "relu3"),
}
MATCHED = {"CNN, 16 units": "MLP, 16 units", "CNN, 32 units": "MLP, 32 units"}


def by_width(networks: Mapping[str, Population]) -> pd.DataFrame:
    """Return what the last hidden layer's width, and accuracy, make of bottlenecks and of the 1s.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``reference``, ``panel`` ("bottlenecks", "ones"), ``mean`` over seeds, ``low``, ``high``.
    """
    kinds: list[tuple[str, Population, str, int | list[int]]] = []
    for title, (name, layer) in WIDTHS.items():
        if title in MATCHED:
            checkpoints = matched_checkpoints(networks[name], networks[WIDTHS[MATCHED[title]][0]])
            kinds.append((f"{title}, equal accuracy", networks[name], layer, checkpoints))
        kinds.append((title if title not in MATCHED else f"{title}, fully trained", networks[name], layer, -1))
    measures = {"bottlenecks": ablation_effects.bottlenecks, "ones": worst_for_ones}
    return with_interval(
        (
            {"network": title, "reference": reference, "panel": panel},
            measure(population, reference, layer, checkpoint).astype(float),
        )
        for title, population, layer, checkpoint in kinds
        for reference in REFERENCES
        for panel, measure in measures.items()
    )


def subsets(run: Run) -> pd.DataFrame:
    """Return every subset of layer 1's channels: how many are ``kept``, and ``accuracy`` with the others at means."""
    found = ablation_effects.every_subset(run, "relu1", preview.reduced(100))
    return pd.DataFrame({"kept": found["kept"].sum("unit"), "accuracy": found["accuracy"]})


def in_order(run: Run, layer: str) -> pd.DataFrame:
    """Return accuracy as units go to their means one by one: columns ``order``, ``gone`` and ``accuracy``."""
    sets = ablation_effects.sets(Population(run.recipe, (run,)), layer)
    curves = sets["cumulative"].isel(seed=0).sel(reference="mean")
    chosen = {
        "selective first": curves.sel(order="most selective first"),
        "harmful first": curves.sel(order="most harmful first"),
        "at random": curves.drop_sel(order=list(ORDERS)).mean("order"),
    }
    gone = range(curves.sizes["gone"])
    frames = [pd.DataFrame({"order": name, "gone": gone, "accuracy": curve}) for name, curve in chosen.items()]
    return pd.concat(frames, ignore_index=True)


def by_place(population: Population, layer: str) -> pd.DataFrame:
    """Return what places of a layer's maps cost on average: ``row``, ``column``, ``digit`` and ``lost``."""
    lost = spatial_ablation.summary(population, layer)["lost"].mean("seed")
    return lost.to_dataframe().reset_index()


def worst_for_ones_by_reference(networks: Mapping[str, Population]) -> pd.DataFrame:
    """Return the most that one part's loss costs the 1s, of the layers that the chapter searches.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``reference``, ``mean`` over seeds, ``low`` and ``high``, its 95 % interval.
    """
    searched = {
        "MLP, published recipe": (comparison.PUBLISHED, "relu2"),
        "MLP, CNN’s recipe": (ALIKE, "relu2"),
        "MLP, normalized": (comparison.NORMALIZED, "relu2"),
        "CNN, channels of layer 1": (CNN, "relu1"),
        "CNN, channels of layer 2": (CNN, "relu2"),
        "CNN, units of layer 3": (CNN, "relu3"),
    }
    return with_interval(
        ({"network": title, "reference": reference}, worst_for_ones(networks[name], reference, layer))
        for title, (name, layer) in searched.items()
        for reference in REFERENCES
    )


def dose_responses(run: Run, layer: str) -> pd.DataFrame:
    """Return accuracies with one unit scaled: columns ``unit``, ``dose``, ``digit`` and ``accuracy``."""
    counts, _ = ablation.sweep(recordings.stage(run, layer), doses.FACTORS)
    accuracy = evaluate.accuracies(counts)[..., 1:].round(3)
    axes = {"unit": range(len(counts)), "dose": list(doses.FACTORS), "digit": range(10)}
    return xr.DataArray(accuracy, axes, name="accuracy").to_dataframe().reset_index()
