"""What chapter 8 says in numbers: each section glues one of these mappings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.pruning import film, recovery_frames
from mnist_interp.chapters.pruning.recovery_frames import RANDOM_EIGHTS
from mnist_interp.experiments import pruning_activity, pruning_plans, readout_masks, recovery
from mnist_interp.experiments.pruning_plans import GREEDY, INVERSE, KEPT, PLANS, RANDOM, SELECTIVITY, SHAPLEY, SPREAD
from mnist_interp.methods import subset_games
from mnist_interp.methods.statistics import interval

Numbers = dict[str, Any]
_KEYS = {SELECTIVITY: "selective", pruning_plans.FAVORABLE: "favorable", SPREAD: "spread", SHAPLEY: "shapley"}
_KEYS |= {GREEDY: "greedy"}
_OTHERS = [plan for plan in PLANS if plan not in (*_KEYS, RANDOM)] + [SHAPLEY]


def oracle(counts: np.ndarray, n_images: int) -> Numbers:
    """Return how many subsets there are, and how accurate those of eight are.

    Parameters
    ----------
    counts : numpy.ndarray of shape (2^n_units,)
        Images of the published network's test that each classifies correctly, the others at their means.
    n_images : int
        Of how many.
    """
    game = counts / n_images
    size = subset_games.sizes(subset_games.n_players(game))
    of_size = {one: np.sort(game[size == one]) for one in range(size.max() + 1)}
    eights = of_size[KEPT]
    near = next(one for one, found in of_size.items() if found[-1] >= game[-1] - 0.01)
    return {
        "n_sets": len(game),
        "n_eights": len(eights),
        "whole": game[-1],
        "empty": game[0],
        "eight_least": eights[0],
        "eight_middle": np.median(eights),
        "eight_most": eights[-1],
        "near_whole": near,
        "four_most": of_size[4][-1],
    }


def published(chosen: pd.DataFrame) -> Numbers:
    """Return where the published network's eight most selective fall, from `oracle_frames.chosen`."""
    own = chosen.query("reference == 'mean' and plan == @SELECTIVITY and size == @KEPT")
    return {"published_percentile": own["percentile"].item()}


def games(oracle: xr.Dataset) -> Numbers:
    """Return how much of the game lies in single units and pairs, means over `pruning_oracle.measured`."""
    test = oracle.sel(split="test").mean("seed")
    pairs = {"order": [1, 2]}
    return {
        "energy_one": test["energy"].sel(order=1),
        "energy_two": test["energy"].sel(order=2),
        "energy_pairs": test["energy"].sel(pairs).sum(),
        "beyond_one": test["energy_beyond_size"].sel(order=1),
        "beyond_pairs": test["energy_beyond_size"].sel(pairs).sum(),
        "n_games": oracle.sizes["seed"],
    }


def plans(measured: dict[str, xr.Dataset]) -> Numbers:
    """Return where plans fall at eight kept: ``PLAN_percentile`` and ``PLAN_regret`` (points), at zero ``_zero``."""
    found: Numbers = {}
    for reference, one in measured.items():
        after, means = "" if reference == "mean" else f"_{reference}", one.sel(size=KEPT).mean("seed")
        for plan, key in _KEYS.items():
            own = means.sel(plan=plan)
            found |= {f"{key}_percentile{after}": own["percentile"], f"{key}_regret{after}": 100 * own["regret"]}
        inverse = means.sel(plan=INVERSE + SELECTIVITY)
        found |= {
            f"inverse_percentile{after}": inverse["percentile"],
            f"inverse_regret{after}": 100 * inverse["regret"],
        }
    selective = measured["mean"]["percentile"].sel(plan=SELECTIVITY, size=KEPT)
    accuracy = {key: one["accuracy"].sel(plan=list(PLANS), size=KEPT).mean("seed") for key, one in measured.items()}
    others = 100 * measured["mean"]["regret"].sel(plan=_OTHERS, size=KEPT).mean("seed")
    return found | {
        **_ends("favorable", measured["mean"], pruning_plans.FAVORABLE),
        **_ends("zero", measured["zero"], SELECTIVITY),
        "least_lost_at_zero": (accuracy["mean"] - accuracy["zero"]).min(),
        "others_least": others.min(),
        "others_most": others.max(),
        "random_regret": 100 * measured["mean"]["regret"].sel(plan=RANDOM, size=KEPT).mean(),
        "n_below_middle": int((selective < 50).sum()),
        "n_networks": selective.size,
        "n_plans": len(PLANS),
        "selective_accuracy": measured["mean"]["accuracy"].sel(plan=SELECTIVITY, size=KEPT).mean(),
    }


def _ends(key: str, found: xr.Dataset, plan: str) -> Numbers:
    """Return the ends of a plan's 95 % interval of percentiles at eight kept."""
    low, high = interval(found["percentile"].sel(plan=plan, size=KEPT).to_numpy())
    return {f"{key}_low": low, f"{key}_high": high}


def equally_active(found: xr.Dataset) -> Numbers:
    """Return how a set's selectivity goes along with its accuracy, `pruning_activity.measured`: rank correlations."""
    means = found["correlation"].mean("seed")
    keys = {"all": pruning_activity.NOTHING, "share": pruning_activity.SHARE, "mean": pruning_activity.MEAN}
    return {f"selective_rho_{key}": means.sel(held=held) for key, held in keys.items()}


def biases(found: xr.Dataset) -> Numbers:
    """Return what refitted biases give back to random subsets, `pruned_biases.measured`, by size."""
    said: Numbers = {}
    for size in found["size"].to_numpy().tolist():
        means = found["random"].sel(size=size).mean(["seed", "draw"])
        said |= {f"as_is_{size}": means.sel(biases="as it is"), f"refitted_{size}": means.sel(biases="refitted")}
    return said


def recovered(by_plan: xr.Dataset, arms: xr.Dataset) -> Numbers:
    """Return accuracies after training on, by plan and by way (means over networks)."""
    ends = by_plan["accuracy"].isel(epoch=-1).mean("seed").sel(plan=list(PLANS))
    first = by_plan["accuracy"].sel(epoch=0).mean("seed")
    ways = arms["accuracy"].mean("seed")
    keys = {
        "none": "none",
        "biases_refitted": "ten biases",
        "readout": "refitted readout",
        "tuned": recovery.FINE_TUNED,
        "rewound": recovery.REWOUND,
        "first_weights": recovery.FIRST_WEIGHTS,
        "from_scratch": recovery.SCRATCH,
        "like_parent": recovery.LIKE_PARENT,
        "trained_on": recovery.WHOLE,
    }
    random = recovery_frames.named(by_plan, RANDOM_EIGHTS)["accuracy"].mean("seed")
    one = by_plan["accuracy"].sel(epoch=1).mean("seed")
    return {f"way_{key}": ways.sel(arm=name) for key, name in keys.items()} | {
        "end_best": ends.max(),
        "end_best_plan": str(ends.idxmax("plan").item()),
        "end_worst": ends.min(),
        "end_selective": ends.sel(plan=SELECTIVITY),
        "start_selective": first.sel(plan=SELECTIVITY),
        "start_greedy": first.sel(plan=GREEDY),
        "one_selective": one.sel(plan=SELECTIVITY),
        "one_greedy": one.sel(plan=GREEDY),
        "end_random": random.isel(epoch=-1),
        "start_random": random.sel(epoch=0),
        "one_epoch_random": random.isel(epoch=1),
        "epochs_on": recovery.EPOCHS,
        "n_recovered": by_plan.sizes["seed"],
    }


def masked(found: xr.Dataset) -> Numbers:
    """Return rises in selectivity under masks, ``KEY_rise``, and accuracies at the end, ``KEY_accuracy``.

    What the notebooks' pairs rise where nothing is masked is ``unmasked_rise``.
    """
    keys = dict(zip(recovery_frames.MASKS, ("notebooks", "dealt", "largest", "full"), strict=True))
    said: Numbers = {"n_read": readout_masks.READ}
    for name, key in keys.items():
        under = recovery_frames.mask(found, name).mean("seed")
        said[f"{key}_rise"] = under["selectivity"].sel(state="after") - under["selectivity"].sel(state="before")
        said[f"{key}_before"] = under["selectivity"].sel(state="before")
        said[f"{key}_accuracy"] = under["accuracy"].isel(epoch=-1)
    pairs = recovery_frames.mask(found, readout_masks.FULL)["selectivity_of_notebooks"].mean("seed")
    return said | {"unmasked_rise": pairs.sel(state="after") - pairs.sel(state="before")}


def interpreted(changes: pd.DataFrame, beside: pd.DataFrame, by_plan: xr.Dataset, arms: xr.Dataset) -> Numbers:
    """Return how AUROC and partners change within units, how AUROC ends beside networks from scratch, bottlenecks.

    What changes in the same units where nothing is pruned ends in ``_unpruned``.
    """
    kept = {"selective": SELECTIVITY, "random": RANDOM_EIGHTS, "shapley": SHAPLEY}
    found: Numbers = {}
    for title, score in (("AUROC", "auroc"), (recovery_frames.PARTNERS, "partner")):
        change = changes[changes["score"] == title].set_index("kept")["mean"]
        for key, plan in kept.items():
            unpruned = recovery_frames.same_units(by_plan, arms, score, plan).mean()
            found |= {f"{score}_{key}": change[plan], f"{score}_{key}_unpruned": unpruned}
    ends = beside[beside["score"] == "AUROC"].set_index("network")["mean"]
    necks = arms["bottlenecks"].mean("seed")
    random = recovery_frames.named(by_plan, RANDOM_EIGHTS)["bottlenecks"].mean("seed")
    selective = by_plan["bottlenecks"].sel(plan=SELECTIVITY).mean("seed")
    return found | {
        "auroc_end": ends[recovery.FINE_TUNED],
        "auroc_scratch": ends[recovery.SCRATCH],
        "auroc_like_parent": ends[recovery_frames.WAYS[recovery.LIKE_PARENT]],
        "necks_end": necks.sel(network=recovery.FINE_TUNED),
        "necks_scratch": necks.sel(network=recovery.SCRATCH),
        "necks_random_before": random.sel(state="before"),
        "necks_random_after": random.sel(state="after"),
        "necks_selective": selective.sel(state="after") - selective.sel(state="before"),
    }


def values(correlated: pd.DataFrame, over_networks: xr.DataArray) -> Numbers:
    """Return rank correlations of Shapley values, the others at their means: of one network, and means over all."""
    of_one = correlated.query("reference == 'mean' and worth == 'Shapley'").set_index("measure")["rank_correlation"]
    over_all = over_networks.sel(reference="mean").mean("seed")
    keys = {SELECTIVITY: "selective", pruning_plans.SINGLE: "single", pruning_plans.READOUT: "norm", SPREAD: "spread"}
    return {f"rho_{key}": of_one[name] for name, key in keys.items()} | {
        f"rho_{key}_all": over_all.sel(measure=name) for name, key in keys.items()
    }


def filmed(scores: pd.DataFrame, published_orders: pd.DataFrame) -> Numbers:
    """Return what is left with eight neurons in each order, and the notebooks' silhouettes of eight."""
    half = scores.query("left == @KEPT").set_index(["order", "score"])["value"]
    keys = {film.LEAST: "least", film.MOST: "most", film.WORTH: "worth"}
    found: Numbers = {
        f"{key}_{score}": half[order, score] for order, key in keys.items() for score in ("silhouette", "accuracy")
    }
    eight = published_orders.query("left == @KEPT").set_index("order")["value"]
    return found | {
        "by_hand_eight": eight["by hand"],
        "by_selectivity_eight": eight["by selectivity"],
    }
