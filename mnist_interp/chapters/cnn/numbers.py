"""What the prose of chapter 6 glues: a function a section, each a mapping from keys to numbers and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters import judgments
from mnist_interp.chapters.cnn import comparison, equal_width, parts
from mnist_interp.claims import cnn as claimed
from mnist_interp.claims.cnn import ALIKE, CNN
from mnist_interp.data import mnist
from mnist_interp.experiments import (
    ablation_effects,
    channel_places,
    linear_probes,
    recordings,
    specialization,
    subset_scores,
    unit_selectivity,
)
from mnist_interp.methods import activations, receptive_fields, selectivity
from mnist_interp.training import models
from mnist_interp.training.runs import Population, Run

Numbers = dict[str, Any]
Judged = Mapping[str, Any]
Networks = Mapping[str, Population]


_effect = partial(judgments.effect, "cnn")


def _verdicts(judged: Judged, slugs: Mapping[str, str]) -> Numbers:
    """Return verdicts by key, from the claims' slugs by key."""
    return {f"{key}_verdict": judged[f"cnn-{slug}"].verdict for key, slug in slugs.items()}


def size(run: Run, mlp: Run, networks: Networks) -> Numbers:
    """Return how large the networks are and how they were trained."""
    units = {layer: run.weights[f"{layer}.bias"].shape[1] for layer in ("conv1", "conv2", "linear3")}
    return {
        "first": units["conv1"],
        "second": units["conv2"],
        "hidden": units["linear3"],
        "parameters": models.n_parameters(models.build(run.recipe)),
        "parameters_mlp": models.n_parameters(models.build(mlp.recipe)),
        "parameters_unpadded": models.n_parameters(models.build(networks[comparison.UNPADDED].recipe)),
        "epochs": run.recipe.epochs,
        "n_seeds": len(networks[CNN]),
    }


def lead(reached: pd.DataFrame, networks: Networks, judged: Judged) -> Numbers:
    """Return accuracies by kind of network, and what of the CNN's lead is left without this or that."""
    accuracy = reached.set_index("network")["mean"]
    kinds = {
        "cnn": "CNN",
        "alike": "MLP, CNN’s recipe",
        "published": "MLP, published recipe",
        "unpadded": "CNN, no padding",
        "frozen": "CNN, frozen filters",
        "shuffled": "CNN, shuffled pixels",
    }
    claims = {"gain": "reads-better", "frozen": "frozen", "gone": "needs-neighbors"}
    shuffled = claimed.gain(networks[claimed.SHUFFLED_MLP], networks[ALIKE])
    low, high = judged["cnn-frozen"].evidence.interval
    return {
        **{f"acc_{key}": accuracy[name] for key, name in kinds.items()},
        "acc_normalized": comparison.accuracy(networks[comparison.NORMALIZED]).mean(),
        "gain": 100 * _effect(judged, "reads-better"),
        "blind": 100 * shuffled.mean(),
        "frozen": _effect(judged, "frozen"),
        "frozen_low": low,
        "frozen_high": high,
        "gone": _effect(judged, "needs-neighbors"),
        **_verdicts(judged, claims),
    }


def moved(frame: pd.DataFrame, judged: Judged) -> Numbers:
    """Return what shifts and turns cost, from `comparison.moved`; costs in points."""
    at = frame.set_index(["network", "way", "by"])["accuracy"]
    cost = {name: 100 * (at[name, "shift", 0] - at[name, "shift", 2]) for name in frame["network"].unique()}
    return {
        "shift_matched": _effect(judged, "shift-at-matched-accuracy"),
        "shift_frozen": _effect(judged, "shift-without-learning"),
        "shift_cost": 100 * _effect(judged, "shift-is-not-free"),
        "shift_mlp": cost["MLP, CNN’s recipe"],
        "shift_norm": cost["MLP, normalized"],
        "four_cnn": at["CNN", "shift", 4],
        "four_mlp": at["MLP, CNN’s recipe", "shift", 4],
        "turn_cnn": at["CNN", "turn", 30],
        "turn_mlp": at["MLP, CNN’s recipe", "turn", 30],
        **_verdicts(
            judged,
            {
                "shift_matched": "shift-at-matched-accuracy",
                "shift_frozen": "shift-without-learning",
                "shift_cost": "shift-is-not-free",
            },
        ),
    }


def channels(run: Run, of_cuts: pd.DataFrame, *, count: int) -> Numbers:
    """Return how much channels see, and how many different digits are among the favorites of each.

    Parameters
    ----------
    run : Run
        The network.
    of_cuts : pandas.DataFrame
        As of `anatomy.favorites`.
    count : int
        Favorites of each channel.
    """
    kinds = of_cuts.groupby("channel")["label"].nunique()
    model, layer = run.model(), kinds.index.str.split(".").str[0]
    return {
        "field1": receptive_fields.receptive_field(model, "relu1").width,
        "field2": receptive_fields.receptive_field(model, "relu2").width,
        "kinds_one": kinds[layer == "1"].mean(),
        "kinds_two": kinds[layer == "2"].mean(),
        "kinds_chance": 10 * (1 - 0.9**count),
    }


def detectors(networks: Networks, judged: Judged) -> Numbers:
    """Return how well parts of a layer tell their best digit, and how many of the last layer are dead."""
    cnn, test = networks[CNN], mnist.load("test")
    places = channel_places.detection(cnn)
    scores, dead = specialization.summary(cnn), comparison.dead(cnn).mean()
    auroc = {
        layer: specialization.over_live(scores, "auroc", layer).mean("seed") for layer in ("relu1", "relu2", "relu3")
    }
    ink = test.pixels.sum(1, keepdim=True).numpy()
    return {
        "auroc_one": auroc["relu1"].sel(state="trained"),
        "auroc_two": auroc["relu2"].sel(state="trained"),
        "auroc_three": auroc["relu3"].sel(state="trained"),
        "auroc_three_untrained": auroc["relu3"].sel(state="untrained"),
        "auroc_ink": selectivity.auroc(ink, test.labels).max(),
        "auroc_little_ink": selectivity.auroc(-ink, test.labels)[1, 0],
        "rises": _effect(judged, "selectivity-rises"),
        **_verdicts(judged, {"rises": "selectivity-rises", "best_place": "best-place-does-not-rise"}),
        "auroc_best_place": places["best"].where(places["live"]).mean(),
        "best_place": _effect(judged, "best-place-does-not-rise"),
        "dead_cnn": dead,
        "dead_alike": comparison.dead(networks[ALIKE]).mean(),
        "dead_units": dead * cnn[0].weights["linear3.bias"].shape[1],
    }


def stages(cnn: Population, pulls: pd.DataFrame) -> Numbers:
    """Return what a line gets from each stage of the CNN, and how hard the loss pulls at its last hidden layer."""
    accuracy = linear_probes.summary(cnn)["accuracy"].mean("seed")
    trained, last = accuracy.sel(state="trained"), pulls[pulls["layer"] == "layer 3"].set_index("epoch")["value"]
    return {
        "stage_pixels": trained.sel(stage="pixels"),
        "stage_one": trained.sel(stage="relu1"),
        "stage_two": trained.sel(stage="relu2"),
        "stage_three": trained.sel(stage="relu3"),
        "stage_two_untrained": accuracy.sel(state="untrained", stage="relu2"),
        "pull_first": last[last.index.min()],
        "pull_last": last[last.index.max()],
    }


def readout_gap(run: Run) -> Numbers:
    """Return the largest difference between a logit's gradient at the last hidden layer and a row of the readout."""
    found = unit_selectivity.gradients(Population(run.recipe, (run,)))
    return {"readout_gap": np.abs(found["own"] - found["readout"]).max()}


def breaking(losses: pd.DataFrame, networks: Networks, judged: Judged) -> Numbers:
    """Return the worst that parts of the protagonist cost a digit, and how many bottlenecks the seeds have."""
    worst = losses.groupby(["layer", "reference"])["lost"].max()
    cnn, alike = networks[CNN], networks[ALIKE]
    layers = {"one": "relu1", "two": "relu2", "three": "relu3"}
    return {
        **{f"worst_{key}_zero": worst[layer, "zero"] for key, layer in layers.items()},
        **{f"worst_{key}_mean": worst[layer, "mean"] for key, layer in layers.items()},
        "worst_one_resample": worst["relu1", "resample"],
        "necks_one_zero": ablation_effects.bottlenecks(cnn, "zero", "relu1").mean(),
        "necks_two": ablation_effects.bottlenecks(cnn, "zero", "relu2").mean(),
        "necks": ablation_effects.bottlenecks(cnn, "zero", "relu3").mean(),
        "necks_mlp": ablation_effects.bottlenecks(alike, "zero", "relu2").mean(),
        "spread": _effect(judged, "spread-beyond-std"),
        **_verdicts(judged, {"spread": "spread-beyond-std"}),
    }


def _hit_hardest(change: xr.DataArray) -> tuple[int, int, float, float]:
    """Return the digit that loses most at zero, where its images go, the share of those lost, and the share lost."""
    at_zero = change.sel(reference="zero").to_numpy()
    digit = int(at_zero.diagonal().argmin())
    to, lost = int(at_zero[digit].argmax()), -at_zero[digit, digit]
    return digit, to, at_zero[digit, to] / lost, lost


def rereadings(mlp: xr.DataArray, channel: xr.DataArray, unit: xr.DataArray) -> Numbers:
    """Return where images go without a part of three, changes as of `ablation_effects.rereadings`."""
    found: Numbers = {}
    for key, change in {"mlp": mlp, "channel": channel, "unit": unit}.items():
        digit, to, share, _ = _hit_hardest(change)
        found |= {f"{key}_digit": digit, f"{key}_to": to, f"{key}_to_share": share}
    ones_at_mean = mlp.sel(reference="mean").isel(true=1)
    return {**found, "unit_lost": _hit_hardest(unit)[-1], "mlp_to_mean": ones_at_mean.max() / -ones_at_mean.min()}


def price(costs: Mapping[str, np.ndarray], cnn: Population, alike: Population, judged: Judged) -> Numbers:
    """Return what sixteenths of layers cost, in points, from `parts.sixteenths`; and when CNNs were stopped."""
    points = {name: 100 * values.mean() for name, values in costs.items()}
    checkpoints = claimed.matched_checkpoints(cnn, alike)
    return {
        "price_mlp": points["MLP, layer 2"],
        "price_first": points["MLP, layer 1"],
        "price_matched": points["CNN matched, channels"],
        "price_end": points["CNN, fully trained, channels"],
        "price_last": points["CNN matched, layer 3"],
        "ratio_last": points["CNN matched, layer 3"] / points["MLP, layer 2"],
        "cheaper": -100 * _effect(judged, "channel-is-cheaper"),
        "matched_step": np.mean([run.steps[one] for run, one in zip(cnn, checkpoints, strict=True)]),
        **_verdicts(judged, {"cheaper": "channel-is-cheaper"}),
    }


def widths(found: pd.DataFrame, judged: Judged) -> Numbers:
    """Return bottlenecks and what 1s lose to one unit, at zero, by width and accuracy, from `parts.by_width`."""
    at = found[found["reference"] == "zero"].set_index(["panel", "network"])["mean"]
    kinds = {
        "mlp16": "MLP, 16 units",
        "mlp32": "MLP, 32 units",
        "cnn16": "CNN, 16 units, equal accuracy",
        "cnn32": "CNN, 32 units, equal accuracy",
        "cnn16_end": "CNN, 16 units, fully trained",
        "cnn32_end": "CNN, 32 units, fully trained",
    }
    claims = {
        "necks16": "bottlenecks-at-equal-width",
        "necks32": "bottlenecks-at-equal-width-32",
        "by_width": "bottlenecks-by-width",
        "ones16": "ones-at-equal-width",
        "ones32": "ones-at-equal-width-32",
    }
    return {
        **{f"{panel}_{key}": at[panel, title] for key, title in kinds.items() for panel in ("bottlenecks", "ones")},
        **{f"{key}_effect": _effect(judged, slug) for key, slug in claims.items()},
        **_verdicts(judged, claims),
    }


def subsets(kept: pd.DataFrame, in_order: pd.DataFrame, by_place: pd.DataFrame) -> Numbers:
    """Return what is left with half of the channels, and what one place costs, from the frames of `parts`."""
    half = kept[kept["kept"] == 4]["accuracy"]
    eight = in_order[in_order["gone"] == 8].set_index("order")["accuracy"]
    return {
        "half_low": half.min(),
        "half_high": half.max(),
        "n_half": len(half),
        "eight_random": eight["at random"],
        "eight_harmful": eight["harmful first"],
        "ones_worst_place": by_place[by_place["digit"] == 1]["lost"].max(),
        "any_worst_place": by_place["lost"].max(),
    }


def favorite(run: Run, mlp: Run, unit: int) -> Numbers:
    """Return how selective for 1s units of the last layer are: the protagonist's favorite, its best, and neuron 0."""
    measured, labels = parts.costs(run, "relu3"), mnist.load("test").labels
    scores = measured["selectivity"].sel(digit=1)
    points = ablation_effects.lost(measured).sel(unit=unit, digit=1) * 100
    values = activations.record_per_unit(run.model(), mnist.load("test").pixels, ["relu3"])["relu3"]
    auroc, lit = selectivity.auroc(values, labels)[1], values[:, unit] > 0
    neurons, few = recordings.points(mlp, "relu2", per_class=800), recordings.labels(per_class=800)
    return {
        "favorite": unit,
        "favorite_score": scores.sel(unit=unit),
        "favorite_auroc": auroc[unit],
        "favorite_zero": points.sel(reference="zero"),
        "favorite_mean": points.sel(reference="mean"),
        "lit": lit[labels == 1].mean(),
        "lit_all": lit[labels != 1].mean(),
        "best_unit": int(auroc.argmax()),
        "best_auroc": auroc.max(),
        "n_for_ones": int((scores >= selectivity.STRONG).sum()),
        "zero_score": parts.costs(mlp, "relu2")["selectivity"].sel(digit=1, unit=0),
        "zero_auroc": selectivity.auroc(neurons, few)[1, 0],
    }


def _selective_and_needed(population: Population, layer: str) -> tuple[int, float]:
    """Return in how many networks the unit most selective for 1s is the one they need most; its mean selectivity."""
    measured = ablation_effects.costs(population, layer)
    scores = measured["selectivity"].sel(digit=1)
    lost = ablation_effects.lost(measured).sel(reference="zero", digit=1)
    return int((scores.argmax("unit") == lost.argmax("unit")).sum()), float(scores.max("unit").mean())


def ones(worst: pd.DataFrame, networks: Networks, judged: Judged) -> Numbers:
    """Return how much 1s need their worst part, from `parts.worst_for_ones_by_reference`, over all seeds."""
    lost = worst.set_index(["network", "reference"])["mean"]
    perceptrons = {
        "published": "MLP, published recipe",
        "alike": "MLP, CNN’s recipe",
        "normalized": "MLP, normalized",
    }
    kinds = {"published": (comparison.PUBLISHED, "relu2"), "alike": (ALIKE, "relu2"), "cnn": (CNN, "relu3")}
    kinds |= {"mlp16": parts.WIDTHS[equal_width.MLP], "cnn16": parts.WIDTHS[equal_width.CNN]}
    both = {key: _selective_and_needed(networks[name], layer) for key, (name, layer) in kinds.items()}
    scores = ablation_effects.costs(networks[CNN], "relu3")["selectivity"].sel(digit=1)
    channels = claimed.a_one_among_channels(networks[CNN])
    return {
        "ones_channels": lost["CNN, channels of layer 2", "zero"],
        "ones_channels_count": int(channels.sum()),
        **_verdicts(judged, {"ones_channels": "share-with-a-one-among-channels"}),
        "ones_units": lost["CNN, units of layer 3", "zero"],
        **{f"ones_{key}": lost[name, "zero"] for key, name in perceptrons.items()},
        **{f"ones_{key}_mean": lost[name, "mean"] for key, name in perceptrons.items()},
        "ones_units_mean": lost["CNN, units of layer 3", "mean"],
        "ones_units_resample": lost["CNN, units of layer 3", "resample"],
        "ones_units_optimal": lost["CNN, units of layer 3", "optimal"],
        "ones_published_optimal": lost["MLP, published recipe", "optimal"],
        "ones_first": lost["CNN, channels of layer 1", "zero"],
        "ones_first_mean": lost["CNN, channels of layer 1", "mean"],
        **{f"both_{key}": count for key, (count, _) in both.items()},
        **{f"best_{key}": score for key, (_, score) in both.items()},
        "best_cnn_of_16": equal_width.best_of_sixteen(scores),
    }


def spaces(run: Run, mlp: Run, networks: Networks, judged: Judged) -> Numbers:
    """Return how the digits lie in the last hidden layers, and how far fives of their units go."""
    found: Numbers = {}
    for name, one, layer in (("cnn", run, "relu3"), ("mlp", mlp, "relu2")):
        scores = subset_scores.against_random(one, layer)
        for kind in ("selective", "random"):
            found[f"five_{kind}_{name}"] = scores[f"{kind}_accuracy"].mean()
            found[f"fivesil_{kind}_{name}"] = scores[f"{kind}_silhouette"].mean()
    return {
        **found,
        "silhouette_cnn": claimed.silhouettes(networks[CNN], "relu3")["silhouette"].mean(),
        "silhouette_mlp": claimed.silhouettes(networks[ALIKE], "relu2")["silhouette"].mean(),
        "clearer": _effect(judged, "digits-clearer-at-equal-width"),
        **_verdicts(judged, {"clearer": "digits-clearer-at-equal-width"}),
        "dimension_cnn": comparison.intrinsic(networks[CNN]).mean(),
        "dimension_mlp": comparison.intrinsic(networks[ALIKE]).mean(),
    }
