"""Chapter 3: what ablations cost a population of networks, and how far the answer depends on what stands in."""

from __future__ import annotations

import numpy as np
from scipy import stats

from mnist_interp.claims.claim import measured
from mnist_interp.experiments import ablation_effects
from mnist_interp.methods import ablation
from mnist_interp.training.runs import Population

HALF = 0.5


def _cost(population: Population, reference: str) -> np.ndarray:
    """Return the accuracy that a unit of layer 2 costs, averaged over units, (n_runs,)."""
    lost = ablation_effects.lost_overall(ablation_effects.costs(population))
    return lost.sel(reference=reference).mean("unit").to_numpy()


def bottlenecks_under_zero(population: Population) -> np.ndarray:
    """Bottlenecks of layer 2 under zero ablation."""
    return ablation_effects.bottlenecks(population, "zero")


def bottlenecks_gone(population: Population) -> np.ndarray:
    """Bottlenecks of layer 2 under zero ablation less those under mean ablation."""
    return ablation_effects.bottlenecks(population, "zero") - ablation_effects.bottlenecks(population, "mean")


def bottlenecks_refitted(population: Population) -> np.ndarray:
    """Bottlenecks of layer 2 that are left once the output biases are refitted."""
    return ablation_effects.bottlenecks(population, "refit")


def ones_under_zero(population: Population) -> np.ndarray:
    """Most that the loss of one layer-2 unit costs the 1s, under zero ablation."""
    return ablation_effects.worst_for_ones(population, "zero")


def ones_under_mean(population: Population) -> np.ndarray:
    """Most that the loss of one layer-2 unit costs the 1s, under mean ablation."""
    return ablation_effects.worst_for_ones(population, "mean")


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rho, 0 where one of the two is constant."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(stats.spearmanr(one.ravel(), other.ravel()).statistic)


def selectivity_predicts(population: Population, reference: str, layer: str = "relu2") -> np.ndarray:
    """Correlate selectivity for a digit with that digit's loss, over a network's live units and digits, (n_runs,)."""
    measured = ablation_effects.costs(population, layer)
    lost = ablation_effects.lost(measured).sel(reference=reference).transpose("seed", "digit", "unit")
    live = measured["activity"].to_numpy() > 0
    pairs = zip(measured["selectivity"].to_numpy(), lost.to_numpy(), live, strict=True)
    return np.array([rank_correlation(scores[:, units], harm[:, units]) for scores, harm, units in pairs])


def selectivity_under_zero(population: Population) -> np.ndarray:
    """Rank correlation of class selectivity with class damage, layer 2, zero ablation."""
    return selectivity_predicts(population, "zero")


def selectivity_under_mean(population: Population) -> np.ndarray:
    """Rank correlation of class selectivity with class damage, layer 2, mean ablation."""
    return selectivity_predicts(population, "mean")


def selectivity_in_layer1(population: Population) -> np.ndarray:
    """Rank correlation of class selectivity with class damage, layer 1, zero ablation."""
    return selectivity_predicts(population, "zero", "relu1")


def spread_predicts(population: Population, layer: str = "relu2") -> np.ndarray:
    """Correlate spread times readout with what mean ablation costs overall, over a network's units, (n_runs,)."""
    measured = ablation_effects.costs(population, layer)
    lost = ablation_effects.lost_overall(measured).sel(reference="mean")
    pairs = zip(measured["spread"].to_numpy(), lost.to_numpy(), strict=True)
    return np.array([rank_correlation(*both) for both in pairs])


def offset_share(population: Population) -> np.ndarray:
    """Share of zero ablation's mean damage that refitting ten output biases undoes."""
    return 1 - _cost(population, "refit") / _cost(population, "zero")


def mean_over_refit(population: Population) -> np.ndarray:
    """Mean cost of mean ablation over units, less that of zero ablation with refitted biases."""
    return _cost(population, "mean") - _cost(population, "refit")


def pair_redundancy(population: Population) -> np.ndarray:
    """Cost of a pair of layer-2 units beyond its two units alone, mean ablation, mean over pairs."""
    untouched = ablation_effects.costs(population)["untouched_overall"].to_numpy()
    pairs = ablation_effects.sets(population)["pairs_overall"].sel(reference="mean").to_numpy()
    both = ablation.synergy(untouched, pairs)
    upper = np.triu_indices(both.shape[-1], 1)
    return both[:, upper[0], upper[1]].mean(-1)


def selective_first(population: Population) -> np.ndarray:
    """Mean accuracy as mean ablation takes the most selective first, less that of the mean random order."""
    curves = ablation_effects.sets(population)["cumulative"].sel(reference="mean").mean("gone")
    random = curves.drop_sel(order=list(ablation_effects.ORDERS)).mean("order")
    return (curves.sel(order="most selective first") - random).to_numpy()


CLAIMS = measured(
    {
        "interventions-bottlenecks": (bottlenecks_under_zero, ".1f"),
        "interventions-bottlenecks-melt": (bottlenecks_gone, ".1f"),
        "interventions-bottlenecks-refitted": (bottlenecks_refitted, ".2f"),
        "interventions-offset": (offset_share, ".0%"),  # CHANGED ratio
        "interventions-selectivity-under-zero": (selectivity_under_zero, ".2f"),
        "interventions-pairs-redundant": (pair_redundancy, "+.1%"),
        "interventions-selective-first": (selective_first, "+.1%"),
    }
)
