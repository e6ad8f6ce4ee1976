"""The numbers that chapter 3's sentences name: each function returns those of one section, by key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters import judgments
from mnist_interp.chapters.interventions import bytes_table, doses, several, votes
from mnist_interp.claims.chapters import Judged
from mnist_interp.experiments import ablation_effects, directions, interchange, recordings, signed_pushes
from mnist_interp.methods import ablation, bias_refit
from mnist_interp.methods.ablation import Stage
from mnist_interp.methods.references import REFERENCES
from mnist_interp.training.runs import Population, Run

Numbers = dict[str, Any]
NEEDED = {0: 1, 6: 0, 8: 6}  # neurons of layer 2, and the digit that needs each most


_effect = partial(judgments.effect, "interventions")


def take_it_out(own: xr.Dataset, layer2: Stage) -> Numbers:
    """Return the accuracy of the digits that need neurons 0, 6 and 8, and how often neuron 0 is silent."""
    neuron = layer2.levels[:, 0]
    ones = layer2.labels == 1
    left = {
        f"n{unit}_{reference}": own["accuracy"].sel(reference=reference, unit=unit, digit=digit).item()
        for unit, digit in NEEDED.items()
        for reference in REFERENCES
    }
    return {
        **left,
        "ones_untouched": own["untouched"].sel(digit=1).item(),
        "n0_silent": (neuron == 0).mean(),
        "n0_silent_ones": (neuron[ones] == 0).mean(),
    }


def refitting_alone(own: xr.Dataset) -> Numbers:
    """Return what refitting changes with a neuron zeroed that is never active, in points."""
    dead = own["activity"].argmin("unit").item()
    by_digit = ablation_effects.lost(own).sel(reference="refit", unit=dead)
    overall = ablation_effects.lost_overall(own).sel(reference="refit", unit=dead)
    most = max(abs(by_digit).max().item(), abs(overall).item())
    return {"dead": dead, "refit_alone": 100 * most, "refit_alone_overall": -100 * overall.item()}


def sentences(checked: pd.DataFrame) -> Numbers:
    """Return how many published sentences hold under each reference, from `published_sentences.ablation_table`."""
    holds = {
        f"yes_{reference}": int(checked[column].str.startswith("yes").sum())
        for reference, column in zip(REFERENCES, checked, strict=True)
    }
    return {"n_sentences": len(checked), **holds}


def turned_up(run: Run, layer2: Stage) -> Numbers:
    """Return how often accuracies fall as neurons of layer 2 are turned up, of the theorem's digit and of others."""
    top = layer2.linear.weight.argmax(0).numpy()
    steps = doses.sweeps(run)["accuracy"].sel(layer="relu2").diff("dose")
    promised = steps["digit"] == xr.DataArray(top, dims="unit")
    moved = (steps != 0).any(["dose", "digit"])
    never_falls = (steps >= 0).all("dose").where(moved & ~promised)  # not a number where nothing is asked
    return {
        "n_steps": steps.sizes["dose"],
        "top_falls": int(((steps < 0) & promised).sum()),
        "rest_monotone": never_falls.mean().item(),
        "n7_top": int(top[7]),
    }


def fed_bytes(run: Run, table: pd.DataFrame, own: xr.Dataset, layer2: Stage) -> Numbers:
    """Return how our network reads bytes, and how far its accuracies lie from those of the published table."""
    read = bytes_table.predicted(bytes_table.on_bytes(run))
    return {
        "bytes_apart": (table["published, %"] - table["on bytes, %"]).abs().max(),
        "bytes_accuracy": (read == layer2.labels).mean(),
        "pixels_accuracy": own["untouched_overall"].item(),
    }


def who_flips(run: Run, labels: np.ndarray) -> Numbers:
    """Return what the 1s are predicted to be without neuron 0, and how many images that puts right."""
    predicted = doses.predictions(run)["predicted"].sel(layer="relu2", unit=0)
    without, before = predicted.sel(dose="zero").to_numpy(), predicted.sel(dose="untouched").to_numpy()
    ones_as = np.bincount(without[labels == 1], minlength=10)
    return {
        "ones_to": int(ones_as.argmax()),
        "ones_to_share": ones_as.max() / ones_as.sum(),
        "put_right": int(((before != labels) & (without == labels)).sum()),
    }


def habits(population: Population, own: xr.Dataset, judged: Mapping[str, Judged]) -> Numbers:
    """Return how many bottlenecks networks have, and how many of them have a neuron that their 1s need."""
    necks: Numbers = {}
    for reference in REFERENCES:
        necks[f"necks_{reference}"] = ablation_effects.bottlenecks(population, reference).mean()
    worst = {reference: ablation_effects.worst_for_ones(population, reference) for reference in REFERENCES}
    return {
        **necks,
        "offset": _effect(judged, "offset"),
        "n_seeds": len(population),
        "ones_zero_count": int((worst["zero"] >= ablation_effects.HALF).sum()),
        "ones_mean_count": int((worst["mean"] >= ablation_effects.HALF).sum()),
        "ones_optimal_count": int((worst["optimal"] >= ablation_effects.HALF).sum()),
        "ones_refit_most": 100 * worst["refit"].max(),
        "ones_mean_worst": ablation_effects.lost(own).sel(reference="mean", digit=1).argmax("unit").item(),
        "ones_zero_verdict": judged["interventions-share-with-a-one-under-zero"].verdict,
        "ones_mean_verdict": judged["interventions-share-with-a-one-under-mean"].verdict,
        "ones_optimal_verdict": judged["interventions-share-with-a-one-under-optimal"].verdict,
        **costs_of_constants(judged),
    }


def costs_of_constants(judged: Mapping[str, Judged]) -> Numbers:
    """Return how much less the best constant costs than the mean, in points, and the verdicts on both."""
    differ = {
        "mean_over_optimal": "optimal-beats-mean",
        "near_best": "mean-is-near-best",
        "optimal_over_biases": "biases-beat-constant",
    }
    verdicts = {f"{key}_verdict": judgments.verdict("interventions", judged, slug) for key, slug in differ.items()}
    return verdicts | {"mean_over_optimal": 100 * _effect(judged, "optimal-beats-mean")}


SLUGS = {
    "sel_zero": "selectivity-under-zero",
    "sel_for": "selectivity-where-it-votes-for",
    "sel_against": "selectivity-where-it-votes-against",
    "push_zero": "push-under-zero",
    "push_mean": "push-under-mean",
    "push_optimal": "push-under-optimal",
    "push_resample": "push-under-resample",
    "push_refit": "push-under-refit",
    "push_loss": "push-on-cross-entropy",
    "push_layer1": "push-in-layer1",
    "push_over_signed": "push-beyond-signed-selectivity",
    "push_over_spread": "push-beyond-spread",
    "spread_beyond": "spread-beyond-std",
}


def predicting(population: Population, judged: Mapping[str, Judged]) -> Numbers:
    """Return how selectivity, pushes and spread go with damage: rank correlations, and verdicts on them."""
    parts, costs = signed_pushes.measured(population), ablation_effects.costs(population)
    harm = ablation_effects.lost(costs).sel(reference="mean")
    pooled = signed_pushes.correlations(costs["selectivity"], harm, signed_pushes.all_cells(parts))
    verdicts = {f"{key}_verdict": judgments.verdict("interventions", judged, slug) for key, slug in SLUGS.items()}
    effects = judgments.effects("interventions", judged, SLUGS)
    return effects | verdicts | votes.quadrants(population) | {"sel_pooled": pooled.mean()}


def special(population: Population, twelve: Population, judged: Mapping[str, Judged]) -> Numbers:
    """Return what neurons cost beside other directions, and what interchanges say."""
    found, swapped = directions.costs(population), interchange.successes(twelve)
    trained, untrained = (swapped.sel(state=state) for state in ("trained", "untrained"))
    return {
        "neuron_cost": 100 * found["neuron_cost"].mean().item(),
        "axis_cost": 100 * found["axis_cost"].mean().item(),
        "cost_ratio": np.exp(_effect(judged, "directions-cost-alike")),
        "spread_ratio": (found["spread_neuron_cost"].mean() / found["spread_axis_cost"].mean()).item(),
        "cost_verdict": judged["interventions-directions-cost-alike"].verdict,
        "component_most": 100 * found["component_cost"].mean("seed").max().item(),
        "null_dimensions": int(found["null_dimensions"].max()),
        "null_variance": found["null_variance"].mean().item(),
        "null_heard": found["null_heard"].max().item(),
        "swap_neuron": trained["neuron"].mean().item(),
        "swap_direction": trained["direction"].mean().item(),
        "swap_untrained": untrained["direction"].mean().item(),
        "swap_correct": untrained["both_correct"].mean().item(),
        "swap_all": trained["direction_of_all"].mean().item(),
        "swap_all_untrained": untrained["direction_of_all"].mean().item(),
        "swap_verdict": judged["interventions-interchange-needs-no-training"].verdict,
        "illusion_silent": untrained["silent"].max().item(),
        "illusion_dormant": untrained["dormant"].mean().item(),
        "illusion_sum": untrained["sum"].mean().item(),
    }


def orders(sets: xr.Dataset, judged: Mapping[str, Judged]) -> Numbers:
    """Return what plans of taking a layer apart change against random orders, and what pairs cost, in points."""
    plans = {"harmful_first": "most harmful first", "readout_first": "largest readout first"}
    plans["active_first"] = "most active first"
    gains = {key: 100 * several.gain(sets, plan).sel(reference="mean").mean().item() for key, plan in plans.items()}
    return {
        **gains,
        "selective_first": 100 * _effect(judged, "selective-first"),
        "selective_first_verdict": judged["interventions-selective-first"].verdict,
        "synergy": 100 * _effect(judged, "pairs-redundant"),
    }


def seven_and_fourteen(own: xr.Dataset, sets: xr.Dataset) -> Numbers:
    """Return what is left of the 9s without neurons 7 and 14, alone and together."""
    found: Numbers = {}
    for reference in ("zero", "mean"):
        alone = own["accuracy"].sel(reference=reference, digit=9)
        found[f"nine_7_{reference}"] = alone.sel(unit=7).item()
        found[f"nine_14_{reference}"] = alone.sel(unit=14).item()
        both = sets["pairs"].sel(reference=reference, digit=9).isel(unit=7, other=14)
        found[f"nine_both_{reference}"] = both.item()
    return found


def strongest_pair(run: Run, own: xr.Dataset, sets: xr.Dataset, layer2: Stage) -> Numbers:
    """Return the pair that costs a digit most beyond its two neurons alone, and what is left of that digit."""
    pair = several.strongest(several.beyond(own, sets).sel(reference="mean"))
    digit, one, other = pair["digit"], pair["unit"], pair["other"]
    alone = own["accuracy"].sel(reference="mean", digit=digit)
    both = sets["pairs"].sel(reference="mean", digit=digit).isel(unit=one, other=other)
    training = recordings.stage(run, "relu2", "train")
    silent = ablation.intervene(training, [one, other], ablation.zero(training))
    bias = bias_refit.output_biases(silent, training.labels)
    refitted = ablation.intervene(layer2, [one, other], ablation.zero(layer2)) + bias
    return {
        "strong_digit": digit,
        "strong_one": one,
        "strong_other": other,
        "strong_alone_one": alone.sel(unit=one).item(),
        "strong_alone_other": alone.sel(unit=other).item(),
        "strong_both": both.item(),
        "strong_refit": (refitted.argmax(1).numpy() == digit)[layer2.labels == digit].mean(),
    }


def pushes(pushed: xr.DataArray, layer2: Stage) -> Numbers:
    """Return what pushes logit 1 on 1s, and by how much the 1s lose and other digits lead without neuron 0."""
    own = pushed.sel(shown=1, logit=1)
    without = ablation.intervene(layer2, [0], ablation.zero(layer2)).numpy()
    ahead = np.delete(without, 1, axis=1).max(1) - without[:, 1]
    others = [digit for digit in range(10) if digit != 1]
    return {
        "push_own": own.sel(neuron=0).item(),
        "push_rest": own.drop_sel(neuron=0).sum().item(),
        "deficit": np.median(ahead[layer2.labels == 1]),
        "lead": min(np.percentile(ahead[layer2.labels == digit], 5) for digit in others),
    }
