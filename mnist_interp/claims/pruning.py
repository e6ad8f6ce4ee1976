"""Chapter 8: which neurons are worth keeping, judged by every subset, and how a pruned network ends.

Effects were debugged on seeds 100 to 109, which are in no population.
"""

from __future__ import annotations

import numpy as np

from mnist_interp import training
from mnist_interp.claims.claim import measured
from mnist_interp.experiments import pruned_biases, pruning_oracle, pruning_plans, readout_masks, recovery
from mnist_interp.experiments.pruning_plans import KEPT
from mnist_interp.training import registry
from mnist_interp.training.runs import Population

MIDDLE = 50
COMPARED = tuple(plan for plan in pruning_plans.PLANS if plan != pruning_plans.FAVORABLE)


def selective_percentile(population: Population) -> np.ndarray:
    """Percentile of the eight most selective units among all sets of eight, less the middle."""
    found = pruning_plans.measured(population)["percentile"]
    return (found.sel(plan=pruning_plans.SELECTIVITY, size=KEPT) - MIDDLE).to_numpy()


def spread_regret(population: Population) -> np.ndarray:
    """Accuracy of the best eight minus that of the eight with the largest spread times readout."""
    return pruning_plans.measured(population)["regret"].sel(plan=pruning_plans.SPREAD, size=KEPT).to_numpy()


def biases_recover(population: Population) -> np.ndarray:
    """Accuracy that refitted biases give back to random eights, and what these lose, (n_seeds, 2)."""
    found = pruned_biases.measured(population)
    random = found["random"].sel(size=KEPT).mean("draw")
    as_it_is, refitted = (random.sel(biases=state) for state in ("as it is", "refitted"))
    return np.column_stack([refitted - as_it_is, found["whole"].sel(biases="as it is") - as_it_is])


def pairs_suffice(population: Population) -> np.ndarray:
    """Share of the variance of test accuracy over all sets that lies in interactions of one unit and of two."""
    return pruning_oracle.measured(population)["energy"].sel(split="test", order=[1, 2]).sum("order").to_numpy()


def plans_converge(population: Population) -> np.ndarray:
    """Accuracy after five epochs of the plan that is best on average less that of the one that is worst."""
    after = recovery.by_plan(population)["accuracy"].isel(epoch=-1).sel(plan=list(COMPARED))
    mean = after.mean("seed")
    return (after.isel(plan=mean.argmax("plan")) - after.isel(plan=mean.argmin("plan"))).to_numpy()


def equals_scratch(population: Population) -> np.ndarray:
    """Accuracy of eight kept by Shapley value and fine-tuned, less that of networks of eight from scratch.

    Both at their best rates on pilots: of five more epochs, and of all 25.
    """
    beside = (training.population(recipe, population.seeds) for recipe in (registry.OF_EIGHT, registry.narrow(8)))
    found = recovery.arms(population, *beside)["accuracy"]
    return (found.sel(arm=recovery.FINE_TUNED) - found.sel(arm=recovery.SCRATCH)).to_numpy()


def survivors_detect(population: Population) -> np.ndarray:
    """Change in AUROC of the eight most selective units by fine-tuning, less that of random eights."""
    found = recovery.by_plan(population)
    change = found["auroc"].sel(state="after") - found["auroc"].sel(state="before")
    random = recovery.random(change.to_dataset(name="change"))["change"].mean(["plan", "place"])
    return (change.sel(plan=pruning_plans.SELECTIVITY).mean("place") - random).to_numpy()


def mask_forces(population: Population) -> np.ndarray:
    """Rise in selectivity of the pairs in the notebooks' mask, minus that of the pairs in the random mask."""
    found = readout_masks.measured(population)[["selectivity"]]
    rise = found.sel(state="after") - found.sel(state="before")
    dealt = readout_masks.dealt_at_random(rise).mean("mask")
    return (rise.sel(mask=readout_masks.SELECTIVE) - dealt)["selectivity"].to_numpy()


CLAIMS = measured(
    {
        "pruning-selective-is-random": (selective_percentile, "+.0f"),
        "pruning-spread-times-readout": (spread_regret, ".1f points"),
        "pruning-biases-recover": (biases_recover, ".0%"),
        "pruning-pairs-suffice": (pairs_suffice, ".2f"),
        "pruning-plans-converge": (plans_converge, ".2f points"),
        "pruning-equals-scratch": (equals_scratch, "+.2f points"),
        "pruning-survivors-detect-better": (survivors_detect, "+.3f"),
        "pruning-mask-forces-selectivity": (mask_forces, "+.2f"),
    }
)
