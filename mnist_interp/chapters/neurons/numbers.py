"""What the text of chapter 2 says in numbers: one function a section, each a mapping from the names in the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters import judgments
from mnist_interp.claims import Judged, neurons
from mnist_interp.data import mnist, published
from mnist_interp.experiments import (
    detectors,
    digit_likeness,
    nearest_digits,
    randomized_maps,
    revival,
    unit_selectivity,
)
from mnist_interp.methods import attribution, selectivity
from mnist_interp.runtime import preview
from mnist_interp.training.runs import Population, Run

Numbers = dict[str, Any]
# Which numbers of `_portrait` the text gives of each neuron of layer 2.
PORTRAYED = {
    0: ("is", "last"),
    2: ("is",),
    6: ("false", "first", "is", "ratio", "second"),
    7: ("first", "is", "last", "last2", "score", "second"),
    8: ("false", "first", "is"),
    11: ("is",),
    14: ("first", "is", "score", "score2", "second"),
    15: ("active_share", "auroc_best", "false", "finds", "is", "score"),
}


def _agreeing(table: np.ndarray, name: str, *, count: int = 3) -> int:
    """Count the digits whose top units in a table, (10, n_units), are the published ones, in order."""
    pairs = zip(selectivity.top_units(table, count).tolist(), published.figure(name), strict=True)
    return sum(ours == theirs for ours, theirs in pairs)


def _as_often_among_top3(top: np.ndarray) -> int:
    """Count the units that are among the top three of as many digits as was published."""
    said = published.figure("more.times_among_top3_selective")
    return sum(int((top == int(unit)).sum()) == times for unit, times in said.items())


RHO = ("layer2", "permuted", "beyond_images")
OFTEN = 0.05  # a unit that is active on so many images is no sparse one

_effects = partial(judgments.effects, "neurons")


def top_lists(means: np.ndarray, own: xr.Dataset, every: xr.Dataset) -> Numbers:
    """Return what is said of the three top neurons of each digit.

    Parameters
    ----------
    means : numpy.ndarray of shape (10, 16)
        Class means of the published network's layer 2 on test images.
    own : xarray.Dataset
        Its part of `unit_selectivity.summary`.
    every : xarray.Dataset
        `unit_selectivity.summary` of the population.
    """
    scores = selectivity.class_selectivity(means)
    active, selective = selectivity.top_units(means), selectivity.top_units(scores)
    others = every["test_means"].sel(state="trained", layer="relu2").to_numpy()
    distinct = [len(np.unique(selectivity.top_units(one))) for one in others]
    return {
        "same_active": _agreeing(means, "top3_mean_activation"),
        "same_selective": _agreeing(scores, "top3_selectivity"),
        "same_top5": _agreeing(scores, "more.top5_selective_by_class", count=5),
        "same_times": _as_often_among_top3(selective),
        "distinct_active": len(np.unique(active)),
        "distinct_selective": len(np.unique(selective)),
        "distinct_low": min(distinct),
        "distinct_high": max(distinct),
        "neuron2_lists": int((active == 2).any(1).sum()),
        "neuron2_kept": int((selective == 2).any(1).sum()),
        "neuron2_active": own["active"].sel(state="trained", layer="relu2", unit=2),
        "n_seeds": every.sizes["seed"],
    }


def nulls(every: xr.Dataset, judged: Mapping[str, Judged]) -> Numbers:
    """Return what is said of the index and the AUROC against both nulls, over the population."""
    layer2 = every.sel(layer="relu2")
    found: Numbers = {}
    for state in unit_selectivity.STATES:
        index = unit_selectivity.index(layer2["test_means"]).sel(state=state)
        found[f"strong_{state}"] = (index >= selectivity.STRONG).sum("unit").mean()
        live = layer2["active"].sel(state=state) > 0
        found[f"auroc_{state}"] = layer2["auroc"].sel(state=state).max("digit").where(live).median()
    slugs = {
        "beyond_null": "null-is-low",
        "gained": "training-selects",
        "several": "most-are-shared",
    }
    return found | _effects(judged, slugs)


def reports(own: xr.Dataset, every: xr.Dataset) -> Numbers:
    """Return what is said of the reports of neuron 0, and of those of the population's layer 2."""
    zero = own.sel(state="trained", layer="relu2", unit=0)
    digit = int(zero["favorite"])
    layer2 = every.sel(layer="relu2")
    trained = layer2.sel(state="trained")
    for_ones = trained["auroc"].sel(digit=1)
    best_ones, either_way = for_ones.max("unit"), (abs(for_ones - 0.5) + 0.5).max("unit")
    active = layer2["active"] > 0
    gain = layer2["hits"] - layer2["false_alarms"]
    bar = (layer2["null_hits"] - layer2["null_false_alarms"]).quantile(0.95, "permutation")
    found: Numbers = {
        "n0_digit": digit,
        "n0_hits": zero["hits"],
        "n0_wrong": zero["false_share"],
        "n0_auroc": zero["auroc"].sel(digit=digit),
        "n0_index": unit_selectivity.index(own["test_means"]).sel(state="trained", layer="relu2", unit=0),
        "n0_active": zero["active"],
        "n0_beaten": (best_ones > zero["auroc"].sel(digit=1)).sum(),
        "n0_beaten_either_way": (either_way > zero["auroc"].sel(digit=1)).sum(),
    }
    for state in unit_selectivity.STATES:
        found[f"rates_beyond_{state}"] = (gain > bar).where(active).sel(state=state).mean()
        found[f"gain_{state}"] = 100 * gain.where(active).sel(state=state).median()
    return found


def _portrait(one: xr.Dataset) -> Numbers:
    """Return what may be said of one trained unit, from its part of `unit_selectivity.summary` with ``score``."""
    profile = one["train_means"].to_numpy()
    first, second, *_, last2, last = (int(digit) for digit in profile.argsort()[::-1])
    return {
        "first": first,
        "second": second,
        "last": last,
        "last2": last2,
        "active_share": one["active"],
        "score": one["score"].sel(digit=first),
        "score2": one["score"].sel(digit=second),
        "ratio": profile[second] / max(profile[first], 1e-9),
        "auroc_best": one["auroc"].sel(digit=first),
        "finds": one["hits"],
        "false": one["false_share"],
    }


def portraits(own: xr.Dataset, every: xr.Dataset) -> Numbers:
    """Return what is said of single neurons of layer 2, and of how many are selective."""
    layer2 = own.sel(state="trained", layer="relu2")
    layer2 = layer2.assign(score=unit_selectivity.scores(layer2["train_means"]))
    words = unit_selectivity.statuses(layer2["train_means"], layer2["active"])
    others = every.sel(state="trained", layer="relu2")
    other_words = unit_selectivity.statuses(others["train_means"], others["active"])
    found: Numbers = {}
    found["typical_selective"] = (other_words == "selective").sum("unit").mean()
    found["own_selective"] = (words == "selective").sum()
    for unit, told in PORTRAYED.items():
        portrait = _portrait(layer2.sel(unit=unit)) | {"is": str(words.sel(unit=unit).item())}
        found |= {f"n{unit}_{key}": portrait[key] for key in told}
    return found


def votes_and_chance(run: Run, every: xr.Dataset) -> Numbers:
    """Return which logit neuron 0 raises most, and how many neurons their permutation null explains."""
    trained = every.sel(state="trained", layer="relu2")
    active = trained["active"].where(trained["active"] > 0)
    bar = trained["null_index"].quantile(0.95, "permutation")
    weak = active.where(unit_selectivity.index(trained["test_means"]) <= bar)
    first = run.weights["output.weight"][-1][:, 0].argmax()
    n_weak = int(weak.count())
    return {
        "n0_vote": first,
        "at_null": f"{n_weak} of {int(active.count())}",
        "at_null_active": weak.median() if n_weak else 0.0,
    }


def clusters(clustered: Mapping[int, xr.Dataset], nulls: Mapping[int, xr.Dataset]) -> Numbers:
    """Return what is said of the clusters of neurons 14 and 0.

    Parameters
    ----------
    clustered, nulls : mapping of int to xarray.Dataset
        What `feature_clusters.two_features` and `feature_clusters.splits_of_one` returned, by neuron.
    """
    seven, nine = _with_most(clustered[14]["share"], 7)
    ones, mixture = _with_most(clustered[0]["share"], 1)
    share, area = clustered[14]["share"], clustered[14]["auroc"]
    of_a_digit = nulls[14]["one_digit"]
    others = clustered[0]["share"].sel(cluster=mixture).to_series().nlargest(3).index
    return {
        "share_77": share.sel(cluster=seven, digit=7),
        "share_99": share.sel(cluster=nine, digit=9),
        "area_77": area.sel(cluster=seven, digit=7),
        "area_79": area.sel(cluster=seven, digit=9),
        "area_97": area.sel(cluster=nine, digit=7),
        "area_99": area.sel(cluster=nine, digit=9),
        "cosine14": clustered[14]["cosine"],
        "cosine0": clustered[0]["cosine"],
        "halves14": nulls[14]["halves"].min(),
        "clouds14_low": nulls[14]["clouds"].min(),
        "clouds0_low": nulls[0]["clouds"].min(),
        "digits14": of_a_digit.min() if of_a_digit.count() else 1.0,
        "n_clouds": nulls[14].sizes["repeat"],
        "other_0": "{}s, {}s and {}s".format(*others),
        "share_11": clustered[0]["share"].sel(cluster=ones, digit=1),
    }


def _with_most(share: xr.DataArray, digit: int) -> list[str]:
    """Return the labels of the two clusters, the one with more of a digit first."""
    clusters = share["cluster"].to_numpy()
    first = int(share.sel(digit=digit).to_numpy().argmax())
    return [str(clusters[first]), str(clusters[1 - first])]


def gradients(found: xr.Dataset, judged: Mapping[str, Judged]) -> Numbers:
    """Return what is said of the two tables of gradients, from one network's part of `unit_selectivity.gradients`."""
    return {
        "difference": np.abs(found["own"] - found["readout"]).max(),
        "same_own": _agreeing(found["own"].to_numpy(), "top3_mean_gradient_of_own_logit"),
        "same_loss": _agreeing(found["loss"].to_numpy(), "top3_mean_gradient_of_loss"),
    } | _effects(judged, {"against_all": "loss-gradient-sign"})


def gradients_untrained(population: Population) -> Numbers:
    """Return the share of the top places held, before training, by neurons that vote against the digit."""
    first = [{name: values[:1] for name, values in run.weights.items()} for run in population]
    pairs = zip(population, first, strict=True)
    untrained = [replace(run, weights=weights, trained=False) for run, weights in pairs]
    return {"against_untrained": neurons.top_gradient_hurts(Population(population.recipe, untrained)).mean()}


def gradient_gap(every: xr.Dataset) -> Numbers:
    """Return the largest difference of the table of own-logit gradients and the readout, over the population."""
    return {"gap_all": abs(every["own"] - every["readout"]).max()}


def confusions(population: Population, judged: Mapping[str, Judged]) -> Numbers:
    """Return how the similarity of digits goes with their confusion: rank correlations, and verdicts."""
    slugs = {
        "opposed": "confusion-opposes-at-logits",
        "hidden": "readout-hides-opposition",
        "shares": "confusion-shares-readout",
        "own_or_other": "readout-likeness-is-generic",
        "own_or_images": "images-predict-confusion",
    }
    found = digit_likeness.measured(population).mean("seed")
    verdicts = {f"{key}_verdict": judgments.verdict("neurons", judged, slug) for key, slug in slugs.items()}
    rho = {f"rho_{name}": found[name].item() for name in RHO}
    return _effects(judged, slugs) | rho | verdicts


def detection(population: Population, judged: Mapping[str, Judged]) -> Numbers:
    """Return how well strongly selective neurons detect their digit, and how well their index implies they would."""
    found = detectors.measured(population)
    slugs = {"recall": "precise-means-blind", "beyond_index": "detects-beyond-index"}
    verdicts = {f"{key}_verdict": judgments.verdict("neurons", judged, slug) for key, slug in slugs.items()}
    return (
        _effects(judged, slugs)
        | verdicts
        | {
            "average_precision": detectors.over_strong(found, "average_precision").mean(),
            "implied": detectors.over_strong(found, "implied").mean(),
        }
        | _by_activity(population, found)
    )


def _by_activity(population: Population, found: xr.Dataset) -> Numbers:
    """Return average precision beyond the index, of strong units that are often active, and of those that are not."""
    trained = unit_selectivity.summary(population).sel(state="trained", layer="relu2")
    gap = (found["average_precision"] - found["implied"]).where(found["score"] >= selectivity.STRONG)
    often = (trained["active"] >= OFTEN).to_numpy()
    groups = {"often": gap.to_numpy()[often], "seldom": gap.to_numpy()[~often]}
    present = {key: values[~np.isnan(values)] for key, values in groups.items()}
    return {f"beyond_{key}": values.mean() if len(values) else np.nan for key, values in present.items()} | {
        f"n_{key}": len(values) for key, values in present.items()
    }


def precision_of_one(protagonist: Population, unit: int) -> Numbers:
    """Return how well a neuron of the published network detects its favorite digit."""
    one = detectors.measured(protagonist).isel(seed=0).sel(unit=unit)
    return {f"n{unit}_recall": one["recall"]}


def randomized(population: Population, judged: Mapping[str, Judged]) -> Numbers:
    """Return how alike maps are once layer 1 is randomized, and verdicts."""
    slugs = {"slopes_kept": "gradient-needs-weights", "ink_kept": "attribution-keeps-the-ink"}
    verdicts = {f"{key}_verdict": judgments.verdict("neurons", judged, slug) for key, slug in slugs.items()}
    rho = randomized_maps.likeness(population)["rho"].mean("seed")
    nulls = {"noise_kept": "noise times the image", "signed_kept": "integrated gradients, signed"}
    return _effects(judged, slugs) | verdicts | {key: rho.sel(kind=kind) for key, kind in nulls.items()}


def dead(population: Population, judged: Mapping[str, Judged]) -> Numbers:
    """Return how many neurons of layer 2 die, what they were before training, and how many come back."""
    found = revival.measured(population)
    gone = found["dead"]
    return {
        "n_dead": int(gone.sum()),
        "n_revived": int(found["revived"].sum()),
        "n_alone": int(found["alone"].sum()),
        "n_born_dead": int(found["born_dead"].sum()),
        "n_woken": int((found["born_dead"] & ~gone).sum()),
        "dead_from_birth": int((found["born_dead"] & gone).sum()),
        "initial_dead": found["initial"].where(gone).mean() if gone.any() else 0.0,
        "initial_live": found["initial"].where(~gone).mean(),
        "revived_verdict": judgments.verdict("neurons", judged, "dead-revive"),
    }


def pull(run: Run) -> Numbers:
    """Return how much the norm of layer 2's readout grows over training."""
    readout = run.weights["output.weight"]
    return {"readout_growth": np.linalg.norm(readout[-1]) / np.linalg.norm(readout[0])}


def weights_over_images(found: xr.Dataset, predicted: np.ndarray) -> Numbers:
    """Return how alike a neuron's weights are on images of two digits, and how strong where there is no ink.

    Parameters
    ----------
    found : xarray.Dataset
        From `pixel_maps.of`.
    predicted : numpy.ndarray of int, shape (10000,)
        What the network predicts for all test images.
    """
    images, test = found["image"].to_numpy(), mnist.load("test")
    weights = found["maps"].sel({"method": "weights (signed)"}).to_numpy()
    correct = weights[predicted[images] == test.labels[images]]
    scaled = correct / np.maximum(np.linalg.norm(correct, axis=2, keepdims=True), 1e-12)
    cosines = np.einsum("ind,jnd->nij", scaled, scaled)[:, *np.triu_indices(len(scaled), 1)]
    inked = np.broadcast_to(test.pixels.numpy()[images][:, None, :] > 0, weights.shape)
    strength = np.abs(weights)
    return {"cosine_weights": cosines.mean(), "empty_ratio": strength[~inked].mean() / strength[inked].mean()}


def completeness(gaps: pd.DataFrame) -> Numbers:
    """Return how far the attributions miss the gain, with the fewest steps and with the most."""
    few, *_, many = gaps["gap"]
    return {"gap_few": few, "gap_many": many}


def nearest(run: Run, shuffled: Run, others: Population) -> Numbers:
    """Return how far away the nearest other digit is, also along noise, in untrained networks and for other seeds.

    Parameters
    ----------
    run : Run
        The published network.
    shuffled : Run
        One that was trained on shuffled labels.
    others : Population
        Networks that are shown its changes.
    """
    images, few = (mnist.sample("test", preview.reduced(count)) for count in (100, 10))
    found = nearest_digits.measured(run, images)
    far = found.median("image")
    before = nearest_digits.measured(run, few, 0)
    shown = nearest_digits.followed(run, images, others).mean("image")
    return {
        "near": far["distance"],
        "near_noise": far["noise"],
        "near_image": far["other_image"],
        "near_free": far["free"],
        "near_free_noise": far["free_noise"],
        "near_second": (found["to"] == found["second"]).mean(),
        "near_untrained": before["distance"].median(),
        "near_shuffled": nearest_digits.measured(shuffled, few)["distance"].median(),
        "near_cosine": _cosine_with_means(found),
        "near_cosine_untrained": _cosine_with_means(before),
        "near_followed": shown["change"],
        "near_followed_noise": shown["noise"],
        "near_images": len(images),
    }


def _cosine_with_means(found: xr.Dataset) -> float:
    """Return the mean cosine of the changes from `nearest_digits.measured` with the difference of two mean images."""
    found, train = found.isel(image=found["to"].to_numpy() >= 0), mnist.load("train")
    digits = selectivity.class_means(train.pixels.numpy(), train.labels)
    differ, change = digits[found["to"].to_numpy()] - digits[found["read"].to_numpy()], found["change"].to_numpy()
    lengths = np.linalg.norm(change, axis=1) * np.linalg.norm(differ, axis=1)
    return float(((change * differ).sum(1) / lengths).mean()) if len(lengths) else 0.0


def blank_maps(run: Run) -> Numbers:
    """Return how many neurons of layer 2 no single pixel turns on."""
    return {"n_blank": int((np.abs(attribution.one_hot_maps(run.model(), "relu2")).max(1) == 0).sum())}


def matches(found: xr.Dataset, judged: Mapping[str, Judged]) -> Numbers:
    """Return how well neurons are matched, from `unit_selectivity.matches`."""
    return {
        "beyond_likeness": judgments.effect("neurons", judged, "cast-beyond-likeness"),
        "beyond_likeness_verdict": judgments.verdict("neurons", judged, "cast-beyond-likeness"),
        "match": found["trained"].mean(),
        "match_rotated": found["rotated"].mean(),
        "match_renamed": found["renamed"].mean(),
        "match_untrained": found["untrained"].mean(),
        "n0_match": found["trained"].sel(unit=0).mean(),
        "n0_rotated": found["rotated"].sel(unit=0).mean(),
    }
