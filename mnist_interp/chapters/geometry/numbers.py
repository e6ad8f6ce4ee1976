"""The numbers of chapter 5's text, by the keys that its sentences name; a function for each experiment."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters import judgments
from mnist_interp.chapters.geometry import map_frames, named_subsets
from mnist_interp.chapters.judgments import Verdicts
from mnist_interp.experiments import all_subsets, cross_seed_similarity, sequential_ablation
from mnist_interp.methods.projection_quality import SCORES
from mnist_interp.training.runs import Run

Numbers = dict[str, Any]
SILENT = [11, 15]  # neurons of the published network that hardly ever fire


_effect = partial(judgments.effect, "geometry")


def neighbors_kept(kept: pd.DataFrame) -> Numbers:
    """Return how many of its neighbors an image of the baseline keeps on the UMAP."""
    shared = kept.query("map == 'UMAP' and network == 'baseline'")["shared"]
    return {"none_shared": (shared == 0).mean(), "mean_shared": shared.mean(), "n_drawn": len(shared)}


def map_scores(scores: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return silhouettes and votes in spaces and on their UMAPs, and what UMAPs add over seeds."""
    silhouette, vote = (scores["value"].sel(score=score) for score in SCORES[:2])
    pixels = {"map": map_frames.ITSELF, "space": "pixels"}, {"map": "UMAP", "space": "pixels"}
    return {
        "sil_px_native": silhouette.sel(pixels[0]),
        "sil_px_umap": silhouette.sel(pixels[1]),
        "knn_px_native": vote.sel(pixels[0]),
        "knn_px_umap": vote.sel(pixels[1]),
        "sil_nm_native": silhouette.sel(map=map_frames.ITSELF, space="layer 2, normalized"),
        "sil_l2_native": silhouette.sel(map=map_frames.ITSELF, space="layer 2"),
        "gain_full": _effect(judged, "umap-raises-silhouette"),
        "gain_knn": 100 * _effect(judged, "umap-adds-nothing"),
        "gain_selective": _effect(judged, "umap-spares-selective"),
    }


def map_settings(by_setting: pd.DataFrame) -> Numbers:
    """Return how far settings move the silhouette, and the neighbors' vote."""
    silhouettes, votes = (by_setting[by_setting["score"] == score].set_index("map")["value"] for score in SCORES[:2])
    return {
        "sweep_low": silhouettes.drop("layer 2 itself").min(),
        "sweep_high": silhouettes.max(),
        "votes_apart": 100 * (votes.max() - votes.min()),
    }


def published_subsets(run: Run) -> Numbers:
    """Return how near our silhouettes of the notebooks' subsets come to theirs."""
    ours = named_subsets.frame(run)
    random = named_subsets.scored(run)["random"].sel(space="native")
    return {
        "native_apart": np.abs(ours["native"] - named_subsets.published_silhouettes("native")).max(),
        "umap_apart": np.abs(ours["on the map"] - named_subsets.published_silhouettes("on_umap")).max(),
        "n_listed": len(ours),
        "n_mapped": 10 * named_subsets.MAPPED_PER_CLASS,
        "n_mapped_random": 10 * named_subsets.RANDOM_PER_CLASS,
        "random_low": random.min(),
        "random_high": random.max(),
    }


def all_fives(run: Run) -> Numbers:
    """Return where the notebooks' fives stand among all fives, and what the best five by accuracy keeps."""
    every, tried = all_subsets.everything(run), all_subsets.sampled(run)
    ours, fives = named_subsets.frame(run), named_subsets.fives(run)
    good, whole = ours.loc[named_subsets.GOOD], ours.loc[named_subsets.WHOLE]
    selective = [name for name in fives if name.startswith("selective")]
    silhouette = every["silhouette"]
    own = {name: silhouette.sel(subset=all_subsets.label(units)) for name, units in fives.items()}
    below = [float((silhouette < own[name]).mean()) for name in selective]
    probe = tried["accuracy"].sel(reader=all_subsets.PROBE)
    silent = tried["holds"].sel(unit=SILENT).any("unit")
    return {
        "n_fives": silhouette.sizes["subset"],
        "n_asked": probe.sizes["subset"],
        "good_rank": int((silhouette > own[named_subsets.GOOD]).sum()) + 1,
        "good_above": (probe < good["linear probe"]).mean(),
        "good_ratio": good["native"] / whole["native"],
        "good_accuracy": good["accuracy"],
        "good_probe": good["linear probe"],
        "whole_accuracy": whole["accuracy"],
        "most_accuracy": _most_accurate(run)["accuracy"],
        "shuffled_most": np.abs(every["shuffled"]).max(),
        "selective_low": min(below),
        "selective_high": max(below),
        "selective_probe": ours.loc[selective, "linear probe"].mean(),
        "random_probe": probe.mean(),
        "random_silent": silent.mean(),
        "random_probe_loud": probe.where(~silent, drop=True).mean(),
    }


def fives_over_seeds(judged: Verdicts) -> Numbers:
    """Return what the best five and class-selective fives keep, over the networks."""
    return {
        "keep": _effect(judged, "five-keep-silhouette"),
        "lose": _effect(judged, "five-lose-accuracy"),
        "know": 100 * _effect(judged, "five-know-more"),
        "selective_gap": _effect(judged, "selective-like-random"),
        "selective_accuracy_gap": 100 * _effect(judged, "selective-read-like-random"),
    }


def _most_accurate(run: Run) -> xr.Dataset:
    """Return the scores of the five with the best accuracy on training images."""
    every = all_subsets.everything(run)
    return every.sel(subset=every["learned"].idxmax("subset"))


def sizes(run: Run, lines: pd.DataFrame) -> Numbers:
    """Return at which size the grown subset's silhouette is largest, and its accuracy there.

    And the share of the whole layer's silhouette that the most accurate five has.
    """
    grown = lines.query("network == 'protagonist' and chosen == 'grown for silhouette'")
    scores = grown.pivot_table(index="size", columns="score", values="value")
    best = scores["silhouette"].idxmax()
    return {
        "most_silhouette": _most_accurate(run)["silhouette"] / scores["silhouette"].loc[scores.index.max()],
        "size_most": int(best),
        "size_most_silhouette": scores.loc[best, "silhouette"],
        "size_accuracy_there": scores.loc[best, "accuracy"],
    }


def half_gone(lost: pd.DataFrame) -> Numbers:
    """Return accuracy and neighbors' vote with eight neurons of the protagonist at their means."""
    half = lost.query("network == 'protagonist' and gone == 8").set_index(["plan", "score"])["value"]
    plans = {"half": "most harmful first", "half_random": sequential_ablation.AT_RANDOM}
    scores = {"vote": "neighbors vote right", "accuracy": "accuracy"}
    return {f"{key}_{name}": half[plan, score] for key, plan in plans.items() for name, score in scores.items()}


def curves(measured: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return what predicts the position along the curves, and how thin they are, on average over digits."""
    means = measured.mean("digit")
    share = means["share"]
    baseline, normalized = (share.sel(network=f"{name}, trained") for name in ("baseline", "normalized"))
    return {
        "b_all_shapes": baseline.sel(predictor="all shapes"),
        "b_thickness": baseline.sel(predictor="thickness"),
        "b_shuffled": baseline.sel(predictor="shuffled"),
        "b_lead": baseline.sel(predictor="lead"),
        "b_dimension": means["dimension"].sel(network="baseline, trained"),
        "n_all_shapes": normalized.sel(predictor="all shapes"),
        "n_lead": normalized.sel(predictor="lead"),
        "n_dimension": means["dimension"].sel(network="normalized, trained"),
        "n_one_active": means["one_active"].sel(network="normalized, trained"),
        "u_all_shapes": share.sel(network="baseline, untrained", predictor="all shapes"),
        "shapes_baseline": _effect(judged, "shapes-baseline"),
        "shapes_normalized": _effect(judged, "shapes-normalized"),
    }


def dimensions(measured: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return intrinsic dimensions of layers, mean over seeds, and how training changes them."""
    means = measured.mean("seed")
    layer1, layer2 = means.sel(layer="relu1"), means.sel(layer="relu2", state="trained")
    return {
        "dim_1_untrained_dimension": layer1["dimension"].sel(state="untrained"),
        "dim_1_trained_dimension": layer1["dimension"].sel(state="trained"),
        "dim_2_trained_dimension": layer2["dimension"],
        "dim_2_trained_gaussian": layer2["gaussian"],
        "fall1": _effect(judged, "dimension-layer1"),
        "fall2": _effect(judged, "dimension-layer2"),
        "fall2_verdict": judged["geometry-dimension-layer2"].verdict,
    }


def likeness(pairs: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return how alike the layers of two seeds are, mean over pairs."""
    means = pairs.mean("pair")
    return {f"{key}_trained": value for key, value in means.sel(state="trained").items()} | {
        "cka_untrained": means["cka"].sel(state="untrained"),
        "privilege": _effect(judged, "neurons-privileged"),
        "privilege_verdict": judged["geometry-neurons-privileged"].verdict,
    }


def neuron0(run: Run, baseline: xr.Dataset, normalized: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return how much of neuron 0 other networks explain, by their best neuron and by all their neurons.

    Parameters
    ----------
    run : Run
        The protagonist.
    baseline, normalized : xarray.Dataset
        `cross_seed_similarity.counterparts` of its neurons in the two populations.
    judged : mapping
        Of the chapter's claims.
    """
    own, other = (found.sel(unit=0, state="trained") for found in (baseline, normalized))
    digit = cross_seed_similarity.explained_by_digit(run, [0])["share"]
    return {
        "n0_alone": _effect(judged, "neuron0-no-twin"),
        "n0_together": _effect(judged, "neuron0-everywhere"),
        "n0_best": own["alone"].max(),
        "n0_worst": own["alone"].min(),
        "n0_least": own["together"].min(),
        "n0_within": own["within"].mean(),
        "n0_untrained": baseline["together"].sel(unit=0, state="untrained").mean(),
        "n0_normal": other["together"].mean(),
        "n0_normal_alone": other["alone"].mean(),
        "n0_labels": digit.sel(unit=0),
        "n_seeds": own.sizes["seed"],
    }
