"""Chapter 3: what ablations cost a population of networks, and how far the answer depends on what stands in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from mnist_interp.claims.claim import measured
from mnist_interp.experiments import ablation_effects, correctness, directions, interchange, signed_pushes
from mnist_interp.methods import ablation
from mnist_interp.training.runs import Population


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


def a_one(population: Population, reference: str, layer: str = "relu2") -> np.ndarray:
    """Return which networks have a unit whose ablation costs the 1s half of all their images, (n_runs,)."""
    return ablation_effects.worst_for_ones(population, reference, layer) >= ablation_effects.HALF


def a_one_under_zero(population: Population) -> np.ndarray:
    """Whether a network has a layer-2 unit that costs the 1s half, under zero ablation."""
    return a_one(population, "zero")


def a_one_under_mean(population: Population) -> np.ndarray:
    """Whether it has one under mean ablation."""
    return a_one(population, "mean")


def a_one_under_optimal(population: Population) -> np.ndarray:
    """Whether it has one under the optimal constant."""
    return a_one(population, "optimal")


def offset_share(population: Population) -> np.ndarray:
    """Accuracy that refitted biases give back beyond what they give an intact network, and what zero costs."""
    kept = _kept(population)
    gained = kept["refitted"] - kept["intact"]
    zero = _cost(population, "zero")
    return np.stack([zero - _cost(population, "refit") - gained.mean(1), zero], axis=1)


def _kept(population: Population) -> dict[str, np.ndarray]:
    """Return accuracy by image, mean over layer 2's units, under each reference of `correctness.ablated`."""
    found = correctness.ablated(population)
    share = found["kept"] / float(found["units"])
    return {name: share.sel(reference=name).to_numpy() for name in found["reference"].to_numpy()}


def optimal_over_mean(population: Population) -> np.ndarray:
    """Accuracy lost under the mean less that under the optimal constant, image by image, (n_runs, n_images)."""
    kept = _kept(population)
    return kept["optimal"] - kept["mean"]


def mean_beyond_optimal(population: Population) -> np.ndarray:
    """Mean cost of mean ablation less that of the optimal constant."""
    return optimal_over_mean(population).mean(1)


def biases_over_constant(population: Population) -> np.ndarray:
    """Accuracy lost under the optimal constant less that under refitted biases, image by image, (n_runs, n_images)."""
    kept = _kept(population)
    return (kept["intact"] - kept["optimal"]) - (kept["refitted"] - kept["refit"])


def _cells(population: Population, layer: str = "relu2") -> tuple[xr.Dataset, xr.Dataset]:
    """Return what pushes are made of, and losses and selectivity of the same units."""
    return signed_pushes.measured(population, layer), ablation_effects.costs(population, layer)


def _selectivity_predicts(population: Population, reference: str, cells: signed_pushes.Cells) -> np.ndarray:
    parts, costs = _cells(population)
    harm = ablation_effects.lost(costs).sel(reference=reference)
    return signed_pushes.correlations(costs["selectivity"], harm, cells(parts))


def selectivity_under_zero(population: Population) -> np.ndarray:
    """Rank correlation of class selectivity with class damage, layer 2, zero ablation."""
    return _selectivity_predicts(population, "zero", signed_pushes.all_cells)


def selectivity_where_for(population: Population) -> np.ndarray:
    """Rank correlation of selectivity with damage under mean ablation, where the unit votes for the digit."""
    return _selectivity_predicts(population, "mean", signed_pushes.votes_for)


def selectivity_where_against(population: Population) -> np.ndarray:
    """Rank correlation of selectivity with damage under mean ablation, where the unit votes against the digit."""
    return _selectivity_predicts(population, "mean", signed_pushes.votes_against)


def push_predicts(population: Population, reference: str, layer: str = "relu2") -> np.ndarray:
    """Rank correlation of a reference's signed push with what it costs each digit, (n_runs,)."""
    parts, costs = _cells(population, layer)
    harm = ablation_effects.lost(costs).sel(reference=reference)
    return signed_pushes.correlations(signed_pushes.push(parts, reference), harm, signed_pushes.all_cells(parts))


def push_under_zero(population: Population) -> np.ndarray:
    """Rank correlation of zero ablation's push with its class damage."""
    return push_predicts(population, "zero")


def push_under_mean(population: Population) -> np.ndarray:
    """Rank correlation of mean ablation's push with its class damage."""
    return push_predicts(population, "mean")


def push_under_optimal(population: Population) -> np.ndarray:
    """Rank correlation of the push from the optimal constant with its class damage."""
    return push_predicts(population, "optimal")


def push_under_resample(population: Population) -> np.ndarray:
    """Rank correlation of mean ablation's push with the class damage of resampling."""
    return push_predicts(population, "resample")


def push_under_refit(population: Population) -> np.ndarray:
    """Rank correlation of mean ablation's push with what is lost with refitted biases."""
    return push_predicts(population, "refit")


def push_in_layer1(population: Population) -> np.ndarray:
    """Rank correlation of layer 1's push along the linear path with class damage, mean ablation."""
    return push_predicts(population, "mean", "relu1")


def push_on_cross_entropy(population: Population) -> np.ndarray:
    """Rank correlation of mean ablation's push with what it adds to the digit's cross-entropy."""
    parts, _ = _cells(population)
    return signed_pushes.correlations(
        signed_pushes.push(parts, "mean"), parts["loss_added"], signed_pushes.all_cells(parts)
    )


def _beyond(population: Population, rival: Callable[[xr.Dataset, xr.Dataset], xr.DataArray]) -> np.ndarray:
    parts, costs = _cells(population)
    harm = ablation_effects.lost(costs).sel(reference="mean")
    return push_under_mean(population) - signed_pushes.correlations(
        rival(parts, costs), harm, signed_pushes.all_cells(parts)
    )


def push_beyond_signed_selectivity(population: Population) -> np.ndarray:
    """Rank correlation of mean ablation's push with class damage, less that of selectivity signed by the vote."""
    return _beyond(population, lambda parts, costs: xr.apply_ufunc(np.sign, parts["vote"]) * costs["selectivity"])


def push_beyond_spread(population: Population) -> np.ndarray:
    """Rank correlation of the push with class damage, less that of the spread on the digit times |vote|."""
    return _beyond(population, lambda parts, costs: parts["class_std"] * abs(parts["vote"]))


def spread_beyond_std(population: Population, layer: str = "relu2") -> np.ndarray:
    """Rank correlation over live units of spread times readout with mean ablation's cost, less that of the spread."""
    measured = ablation_effects.costs(population, layer)
    harm = ablation_effects.lost_overall(measured).sel(reference="mean").to_numpy()
    live = measured["activity"].to_numpy() > 0
    rows = zip(measured["spread"].to_numpy(), measured["std"].to_numpy(), harm, live, strict=True)
    rho = signed_pushes.spearman
    return np.array([rho(both[on], cost[on]) - rho(alone[on], cost[on]) for both, alone, cost, on in rows])


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


def directions_cost(population: Population) -> np.ndarray:
    """Logarithm of what a live neuron costs over what an axis of a random rotation does, mean ablation."""
    found = directions.costs(population)
    return np.log((found["neuron_cost"] / found["axis_cost"].mean("rotation")).to_numpy())


def directions_bottlenecks(population: Population) -> np.ndarray:
    """Live neurons that are bottlenecks under mean ablation, less such axes of a random rotation."""
    found = directions.costs(population)
    return (found["neuron_bottlenecks"] - found["axis_bottlenecks"].mean("rotation")).to_numpy()


def direction_over_neuron(population: Population) -> np.ndarray:
    """Interchanges between 4 and 9 that succeed with a fitted direction, less those with the best neuron."""
    found = interchange.successes(population).sel(state="trained")
    return (found["direction"] - found["neuron"]).to_numpy()


def direction_by_training(population: Population) -> np.ndarray:
    """Interchanges that succeed with a fitted direction, less those in untrained hidden layers."""
    found = interchange.successes(population)["direction"]
    return (found.sel(state="trained") - found.sel(state="untrained")).to_numpy()


CLAIMS = measured(
    {
        "interventions-bottlenecks": (bottlenecks_under_zero, ".1f"),
        "interventions-bottlenecks-melt": (bottlenecks_gone, ".1f"),
        "interventions-bottlenecks-refitted": (bottlenecks_refitted, ".2f"),
        "interventions-offset": (offset_share, ".0%"),
        "interventions-optimal-beats-mean": (optimal_over_mean, "+.2f points"),
        "interventions-mean-is-near-best": (mean_beyond_optimal, "+.2f points"),
        "interventions-biases-beat-constant": (biases_over_constant, "+.2f points"),
        "interventions-share-with-a-one-under-zero": (a_one_under_zero, ".0%"),
        "interventions-share-with-a-one-under-mean": (a_one_under_mean, ".0%"),
        "interventions-share-with-a-one-under-optimal": (a_one_under_optimal, ".0%"),
        "interventions-selectivity-under-zero": (selectivity_under_zero, ".2f"),
        "interventions-selectivity-where-it-votes-for": (selectivity_where_for, "+.2f"),
        "interventions-selectivity-where-it-votes-against": (selectivity_where_against, "+.2f"),
        "interventions-push-under-zero": (push_under_zero, ".2f"),
        "interventions-push-under-mean": (push_under_mean, ".2f"),
        "interventions-push-beyond-signed-selectivity": (push_beyond_signed_selectivity, "+.2f"),
        "interventions-push-beyond-spread": (push_beyond_spread, "+.2f"),
        "interventions-push-on-cross-entropy": (push_on_cross_entropy, ".2f"),
        "interventions-push-under-optimal": (push_under_optimal, ".2f"),
        "interventions-push-under-resample": (push_under_resample, ".2f"),
        "interventions-push-under-refit": (push_under_refit, ".2f"),
        "interventions-push-in-layer1": (push_in_layer1, ".2f"),
        "interventions-spread-beyond-std": (spread_beyond_std, "+.2f"),
        "interventions-pairs-redundant": (pair_redundancy, "+.1f points"),
        "interventions-selective-first": (selective_first, "+.1f points"),
        "interventions-directions-cost-alike": (directions_cost, "+.2f"),
        "interventions-directions-bottlenecks": (directions_bottlenecks, "+.1f"),
        "interventions-interchange-direction": (direction_over_neuron, "+.0f points"),
        "interventions-interchange-needs-no-training": (direction_by_training, "+.0f points"),
    }
)
