"""Networks of different kinds side by side: the same measures of each population, with intervals over seeds.

Measures of neurons are of the last hidden layer, which every network of the book has and which the ten logits read:
16 units in the perceptrons, 32 in the convolutional network. Counts of units are therefore given as shares, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.claims.cnn import ALIKE, CNN, FROZEN, SHUFFLED, SHUFFLED_MLP
from mnist_interp.experiments import (
    ablation_effects,
    layer_dimension,
    linear_probes,
    performance,
    recordings,
    robustness,
    specialization,
)
from mnist_interp.experiments.ablation_effects import bottlenecks, worst_for_ones
from mnist_interp.methods import ablation
from mnist_interp.methods.references import REFERENCES, TITLES
from mnist_interp.training import models, registry
from mnist_interp.training.runs import Population

Measure = Callable[[Population], np.ndarray]

PUBLISHED, NORMALIZED, UNPADDED = "the published recipe", "the normalized MLP", "the CNN without padding"
SHORT = {
    PUBLISHED: "MLP, published recipe",
    ALIKE: "MLP, CNN’s recipe",
    SHUFFLED_MLP: "MLP, shuffled pixels",
    CNN: "CNN",
    UNPADDED: "CNN, no padding",
    FROZEN: "CNN, frozen filters",
    SHUFFLED: "CNN, shuffled pixels",
    NORMALIZED: "MLP, normalized",
}
SIDE_BY_SIDE = {PUBLISHED: "MLP, published", ALIKE: "MLP, CNN’s recipe", NORMALIZED: "MLP, normalized", CNN: "CNN"}


def populations() -> dict[str, Population]:
    """Return the populations that the chapter compares, by name; only those without padding are fewer than a dozen."""
    found = {name: training.population(*registry.BOOK[name]) for name in registry.CONVOLUTIONAL}
    found |= {name: training.population(*registry.BOOK[name]) for name in registry.TUNED}
    found[PUBLISHED] = training.population(registry.BASELINE, registry.CNN_SEEDS)
    found[NORMALIZED] = training.population(registry.NORMALIZED, registry.CNN_SEEDS)
    return found


def accuracies(networks: Mapping[str, Population]) -> pd.DataFrame:
    """Return test accuracies after the last epoch: columns ``network``, ``mean``, ``low`` and ``high``."""
    named = {title: networks[name] for name, title in SHORT.items() if name != NORMALIZED}
    return with_interval(({"network": title}, accuracy(one)) for title, one in named.items())


def _by_step(found: xr.DataArray, step: str) -> pd.DataFrame:
    """Return accuracies, (seed, step), as columns ``by`` (the step), ``accuracy``, ``low`` and ``high``."""
    rows = (({"by": one}, found.sel({step: one}).to_numpy()) for one in found[step].to_numpy())
    return with_interval(rows).rename(columns={"mean": "accuracy"})


def moved(networks: Mapping[str, Population]) -> pd.DataFrame:
    """Return accuracies on moved digits, by ``network``, ``way`` (shift or turn) and ``by``, with their intervals."""
    frames = []
    for name in (CNN, ALIKE, NORMALIZED):
        found = robustness.summary(networks[name])
        for way, step in {"shift": "pixels", "turn": "degrees"}.items():
            frames.append(_by_step(found[way], step).assign(network=SHORT[name], way=way))
    return pd.concat(frames, ignore_index=True)[["network", "way", "by", "accuracy", "low", "high"]]


def stages(networks: Mapping[str, Population]) -> pd.DataFrame:
    """Return what a linear reader gets from each stage.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``state`` (untrained or trained), ``stage``, counted from the pixels, ``accuracy``,
        ``low`` and ``high``.
    """
    frames = []
    for name, population in networks.items():
        accuracy = linear_probes.summary(population)["accuracy"]
        counted = accuracy.assign_coords(stage=range(accuracy.sizes["stage"]))
        for state in counted["state"].to_numpy():
            frames.append(_by_step(counted.sel(state=state), "stage").assign(network=name, state=state))
    columns = ["network", "state", "stage", "accuracy", "low", "high"]
    return pd.concat(frames, ignore_index=True).rename(columns={"by": "stage"})[columns]


def last_layer(population: Population) -> str:
    """Name the last hidden layer of a population's networks, as `ablation` takes it."""
    return ablation.read_layers(population[0].model())[-1]


def last_relu(population: Population) -> str:
    """Name the last hidden layer's ReLU, whose activations are scored."""
    return list(recordings.hidden_sizes(population[0]))[-1]


def accuracy(population: Population) -> np.ndarray:
    """Test accuracy at the end, a fraction."""
    return performance.accuracy(population)["accuracy"].to_numpy()


def shifted(population: Population) -> np.ndarray:
    """Test accuracy on digits shifted by two pixels."""
    return robustness.summary(population)["shift"].sel(pixels=2).to_numpy()


def turned(population: Population) -> np.ndarray:
    """Test accuracy on digits rotated by twenty degrees."""
    return robustness.summary(population)["turn"].sel(degrees=20).to_numpy()


def _over_live(population: Population, score: str) -> np.ndarray:
    found = specialization.summary(population).sel(state="trained")
    return specialization.over_live(found, score, last_relu(population)).to_numpy()


def auroc(population: Population) -> np.ndarray:
    """AUROC of the best digit, averaged over live units of the last hidden layer."""
    return _over_live(population, "auroc")


def index(population: Population) -> np.ndarray:
    """Class selectivity index, averaged over live units of the last hidden layer."""
    return _over_live(population, "index")


def dead(population: Population) -> np.ndarray:
    """Share of units of the last hidden layer that no test image activates."""
    active = specialization.summary(population)["active"].sel(state="trained", layer=last_relu(population))
    return (active == 0).mean("unit").to_numpy()


def _bottlenecks(population: Population, reference: str) -> np.ndarray:
    layer = last_layer(population)
    n_units = ablation_effects.costs(population, layer).sizes["unit"]
    return bottlenecks(population, reference, layer) / n_units


def _ones(population: Population, reference: str) -> np.ndarray:
    return worst_for_ones(population, reference, last_layer(population))


def intrinsic(population: Population) -> np.ndarray:
    """Intrinsic dimension (TwoNN) of the last hidden layer."""
    return layer_dimension.trained(population, last_layer(population))["dimension"].to_numpy()


def _of_references(name: str, measure: Callable[[Population, str], np.ndarray]) -> dict[tuple[str, str], Measure]:
    def bound(reference: str) -> Measure:
        return lambda population: measure(population, reference)

    return {(name, reference): bound(reference) for reference in REFERENCES}


MEASURES: dict[tuple[str, str], Measure] = {
    ("test accuracy", ""): accuracy,
    ("shifted by two pixels", ""): shifted,
    ("rotated by 20 degrees", ""): turned,
    ("AUROC", ""): auroc,
    ("selectivity index", ""): index,
    ("dead units", ""): dead,
    **_of_references("bottlenecks", _bottlenecks),
    **_of_references("1s lost with one unit", _ones),
    ("intrinsic dimension", ""): intrinsic,
}

_PLAIN = {"AUROC": 2, "selectivity index": 2, "intrinsic dimension": 1}  # no shares: with so many decimals


def measured(populations: Mapping[str, Population]) -> pd.DataFrame:
    """Return every measure of every population.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``measure``, ``reference`` of the ablation (empty where the measure has none), ``mean``
        over seeds, ``low`` and ``high``, its 95 % interval.
    """
    return with_interval(
        ({"network": network, "measure": name, "reference": reference}, measure(population))
        for network, population in populations.items()
        for (name, reference), measure in MEASURES.items()
    )


def table(populations: Mapping[str, Population], found: pd.DataFrame) -> pd.DataFrame:
    """Lay `measured` out for reading: a row a measure, a column a network, means with their intervals."""
    columns = {}
    for network, rows in found.groupby("network", sort=False):
        population = populations[str(network)]
        texts = {
            "parameters": f"{models.n_parameters(models.build(population.recipe)):,}",
            "seeds": str(len(population)),
        }
        for row in rows.itertuples():
            name = f"{row.measure}, {TITLES[row.reference]}" if row.reference else row.measure
            share = row.measure not in _PLAIN
            scale, digits = (100, 1) if share else (1, _PLAIN[row.measure])
            mean, low, high = (f"{scale * value:.{digits}f}" for value in (row.mean, row.low, row.high))
            texts[f"{name}, %" if share else name] = f"{mean} ({low} to {high})"
        columns[network] = texts
    frame = pd.DataFrame(columns)
    frame.index.name = "measure"
    return frame


def with_shuffled(found: pd.DataFrame, reached: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with a row more: accuracy of the two kinds that were also trained on shuffled pixels.

    Parameters
    ----------
    found : pandas.DataFrame
        As `table` returns it.
    reached : pandas.DataFrame
        As `accuracies` returns it.
    """
    means = reached.set_index("network")["mean"]
    shuffled = {"MLP, CNN’s recipe": means["MLP, shuffled pixels"], "CNN": means["CNN, shuffled pixels"]}
    texts = {network: f"{100 * value:.1f}" for network, value in shuffled.items()}
    row = pd.DataFrame(
        {network: [texts.get(network, "")] for network in found}, index=["trained on shuffled pixels, %"]
    )
    return pd.concat([found, row]).rename_axis(found.index.name)
