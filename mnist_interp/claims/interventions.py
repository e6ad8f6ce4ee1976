"""Chapter 3: what ablations cost a population of networks, and how far the answer depends on what stands in."""

from __future__ import annotations

import numpy as np
from scipy import stats

from mnist_interp.claims.claim import Claim
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


BASELINE = ("the baseline population",)

CLAIMS = (
    Claim(
        id="interventions-bottlenecks",
        statement="Set to zero, three or more of layer 2's 16 neurons each cost some digit half of its images.",
        measure="layer-2 units whose zero ablation lowers the test accuracy of at least one digit by 50 points or more",
        direction="greater",
        smallest=3.0,
        null="three such units: signs of the seeds' deviations flipped about it",
        populations=BASELINE,
        effects=bottlenecks_under_zero,
        form=".1f",
    ),
    Claim(
        id="interventions-bottlenecks-melt",
        statement="Two or more of these bottlenecks are none when the neuron is set to its mean instead.",
        measure="such units under zero ablation less such units under mean ablation, of the same network",
        direction="greater",
        smallest=2.0,
        null="the same networks under zero ablation; a difference of two units",
        populations=BASELINE,
        effects=bottlenecks_gone,
        form=".1f",
    ),
    Claim(
        id="interventions-bottlenecks-refitted",
        statement="Set to zero, but with ten output biases refitted, hardly any bottleneck is left: under one in two "
        "networks.",
        declared="Set to zero, but with ten output biases refitted, hardly any is left: under one in two networks.",
        measure="such units under zero ablation with the output biases refitted on training images",
        direction="less",
        smallest=0.5,
        null="half a unit a network: signs flipped about it",
        populations=BASELINE,
        effects=bottlenecks_refitted,
        form=".2f",
    ),
    Claim(
        id="interventions-offset",
        statement="At least half of what zero ablation costs is an offset: ten refitted biases give it back.",
        measure="one less the ratio of accuracy lost with refitted output biases to that lost without, each averaged "
        "over layer 2's units",
        direction="greater",
        smallest=0.5,
        null="the same ablations without refitting; a share of one half",
        populations=BASELINE,
        effects=offset_share,
        form=".0%",
    ),
    Claim(
        id="interventions-refit-beats-mean",
        statement="The mean is not the best constant: refitted biases save a point of accuracy or more.",
        declared="The mean is not the best constant: refitted biases lose a point of accuracy or more less.",
        measure="accuracy lost under mean ablation less that lost under zero ablation with refitted biases, each "
        "averaged over layer 2's units",
        direction="greater",
        smallest=0.01,
        null="mean ablation of the same units; a margin of one point",
        populations=BASELINE,
        effects=mean_over_refit,
        form="+.1%",
    ),
    Claim(
        id="interventions-a-one-under-zero",
        statement="As a rule a network has its neuron 0: one layer-2 neuron whose zeroing costs the 1s half or more.",
        declared="Every network has its neuron 0: one layer-2 neuron whose zeroing costs the 1s half or more.",
        measure="most that zero ablation of one layer-2 unit takes from the test accuracy of digit 1",
        direction="greater",
        smallest=0.5,
        null="a loss of half: signs flipped about it",
        populations=BASELINE,
        effects=ones_under_zero,
        form=".0%",
    ),
    Claim(
        id="interventions-a-one-under-mean",
        statement="Set to its mean instead, the neuron that the 1s need most costs them less than half, on average.",
        declared="Set to its mean instead, no neuron costs the 1s half.",
        measure="most that mean ablation of one layer-2 unit takes from the test accuracy of digit 1",
        direction="less",
        smallest=0.5,
        null="a loss of half: signs flipped about it",
        populations=BASELINE,
        effects=ones_under_mean,
        form=".0%",
    ),
    Claim(
        id="interventions-selectivity-under-zero",
        statement="A neuron's selectivity foretells which digit suffers when it is set to zero.",
        measure="Spearman's rho of class selectivity (training images) with the digit's lost accuracy (test images), "
        "over live layer-2 units and digits, zero ablation",
        direction="greater",
        smallest=0.4,
        null="no correlation beyond 0.4; reshuffled pairs give 0",
        populations=BASELINE,
        effects=selectivity_under_zero,
    ),
    Claim(
        id="interventions-selectivity-under-mean",
        statement="It does not foretell it when the neuron is set to its mean.",
        measure="the same, mean ablation",
        direction="absent",
        smallest=0.2,
        null="reshuffled pairs, which give 0; a margin of 0.2 either way",
        populations=BASELINE,
        effects=selectivity_under_mean,
        form="+.2f",
    ),
    Claim(
        id="interventions-selectivity-layer1",
        statement="In layer 1 it foretells nothing, even under zero ablation.",
        measure="the same over live layer-1 units, zero ablation",
        direction="absent",
        smallest=0.2,
        null="reshuffled pairs, which give 0; a margin of 0.2 either way",
        populations=BASELINE,
        effects=selectivity_in_layer1,
        form="+.2f",
    ),
    Claim(
        id="interventions-spread-foretells",
        statement="What mean ablation costs is foretold by how much a neuron varies times how loudly it is read.",
        measure="Spearman's rho of std(a) times the norm of the centered readout (training images) with lost accuracy "
        "(test images), over layer 2's units, mean ablation",
        direction="greater",
        smallest=0.6,
        null="no correlation beyond 0.6; reshuffled units give 0",
        populations=BASELINE,
        effects=spread_predicts,
    ),
    Claim(
        id="interventions-pairs-redundant",
        statement="Neurons of layer 2 cover for each other: a pair costs half a point more than its two neurons alone.",
        measure="accuracy lost with both less the sum of those lost with each, mean ablation, mean over the 120 pairs",
        direction="greater",
        smallest=0.005,
        null="costs that add up; a margin of half a point",
        populations=BASELINE,
        effects=pair_redundancy,
        form="+.1%",
    ),
    Claim(
        id="interventions-selective-first",
        statement="Taking the most selective neurons first is no worse than taking neurons at random.",
        measure="test accuracy averaged over 0 to 16 layer-2 units set to their mean, most selective first, less that "
        "of 100 random orders",
        direction="absent",
        smallest=0.05,
        null="100 random orders of the same network; a margin of five points either way",
        populations=BASELINE,
        effects=selective_first,
        form="+.1%",
    ),
)
