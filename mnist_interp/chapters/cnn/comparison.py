"""Networks of different kinds side by side: the same measures of each population, with intervals over seeds.

Measures of neurons are of the last hidden layer, which every network of the book has and which the ten logits read:
16 units in the perceptrons, 32 in the convolutional network. Counts of units are therefore given as shares, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from mnist_interp.experiments import (
    ablation_effects,
    layer_dimension,
    performance,
    recordings,
    robustness,
    specialization,
)
from mnist_interp.experiments.ablation_effects import bottlenecks, worst_for_ones
from mnist_interp.methods import ablation
from mnist_interp.methods.statistics import interval
from mnist_interp.training import models
from mnist_interp.training.runs import Population

Measure = Callable[[Population], np.ndarray]


def last_layer(population: Population) -> str:
    """Name the last hidden layer of a population's networks, as `ablation` takes it."""
    return ablation.read_layers(population[0].model())[-1]


def accuracy(population: Population) -> np.ndarray:
    """Test accuracy at the end, a fraction."""
    return performance.accuracy(population)["accuracy"]


def shifted(population: Population) -> np.ndarray:
    """Test accuracy on digits moved by two pixels."""
    return robustness.summary(population)["shift"][:, robustness.SHIFTS.index(2)]


def turned(population: Population) -> np.ndarray:
    """Test accuracy on digits turned by twenty degrees."""
    return robustness.summary(population)["turn"][:, robustness.TURNS.index(20)]


def _last(population: Population) -> tuple[dict[str, np.ndarray], slice]:
    return specialization.summary(population), list(recordings.hidden_layers(population[0]).values())[-1]


def auroc(population: Population) -> np.ndarray:
    """AUROC of the best digit, averaged over live units of the last hidden layer."""
    found, units = _last(population)
    return specialization.over_live(found["auroc"], found["active"], units)[:, 1]


def index(population: Population) -> np.ndarray:
    """Class selectivity index, averaged over live units of the last hidden layer."""
    found, units = _last(population)
    return specialization.over_live(found["index"], found["active"], units)[:, 1]


def dead(population: Population) -> np.ndarray:
    """Share of units of the last hidden layer that no test image activates."""
    found, units = _last(population)
    return (found["active"][:, 1, units] == 0).mean(1)


def _bottlenecks(population: Population, reference: str) -> np.ndarray:
    units = _last(population)[1]
    found = bottlenecks(population, ablation_effects.REFERENCES.index(reference), last_layer(population))
    return found / (units.stop - units.start)


def _ones(population: Population, reference: str) -> np.ndarray:
    return worst_for_ones(population, ablation_effects.REFERENCES.index(reference), last_layer(population))


def intrinsic(population: Population) -> np.ndarray:
    """Intrinsic dimension (TwoNN) of the last hidden layer."""
    return layer_dimension.trained(population, last_layer(population))["dimension"]


def _of_references(measure: Callable[[Population, str], np.ndarray], name: str) -> dict[str, Measure]:
    def bound(reference: str) -> Measure:
        return lambda population: measure(population, reference)

    return {f"{name}, {reference}": bound(reference) for reference in ablation_effects.REFERENCES}


MEASURES: dict[str, Measure] = {
    "test accuracy": accuracy,
    "moved by two pixels": shifted,
    "turned by 20 degrees": turned,
    "AUROC": auroc,
    "selectivity index": index,
    "dead units": dead,
    **_of_references(_bottlenecks, "bottlenecks"),
    **_of_references(_ones, "worst for ones"),
    "intrinsic dimension": intrinsic,
}

_PLAIN = {"AUROC": 2, "selectivity index": 2, "intrinsic dimension": 1}  # no shares: with so many decimals


def measured(populations: Mapping[str, Population]) -> pd.DataFrame:
    """Take every measure of every population.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``measure``, ``mean`` over seeds, ``low`` and ``high``, its 95 % interval.
    """
    rows = []
    for network, population in populations.items():
        for name, measure in MEASURES.items():
            values = measure(population)
            low, high = interval(values)
            rows.append({"network": network, "measure": name, "mean": values.mean(), "low": low, "high": high})
    return pd.DataFrame(rows)


def table(populations: Mapping[str, Population], found: pd.DataFrame) -> pd.DataFrame:
    """Lay `measured` out for reading: a row a measure, a column a network, means with half the interval's width."""
    columns = {}
    for network, rows in found.groupby("network", sort=False):
        population = populations[str(network)]
        texts = {
            "parameters": f"{models.n_parameters(models.build(population.recipe)):,}",
            "seeds": str(len(population)),
        }
        for row in rows.itertuples():
            share = row.measure not in _PLAIN
            scale, digits = (100, 1) if share else (1, _PLAIN[row.measure])
            texts[f"{row.measure}, %" if share else row.measure] = (
                f"{scale * row.mean:.{digits}f}\N{NO-BREAK SPACE}±{scale * (row.high - row.low) / 2:.{digits}f}"
            )
        columns[network] = texts
    frame = pd.DataFrame(columns)
    frame.index.name = "measure"
    return frame
