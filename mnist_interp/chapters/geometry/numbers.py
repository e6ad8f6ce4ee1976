"""The numbers of chapter 5's text, by the keys that its sentences name; a function for each experiment."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters import judgments
from mnist_interp.chapters.geometry import map_frames, named_subsets, size_lines
from mnist_interp.chapters.judgments import Verdicts
from mnist_interp.experiments import (
    all_subsets,
    cross_seed_similarity,
    interpolation,
    layer_parts,
    map_curves,
    projection_reliability,
    subset_sizes,
    training_moments,
)
from mnist_interp.methods import projection_quality
from mnist_interp.methods.projection_quality import SCORES
from mnist_interp.training.runs import Run

Numbers = dict[str, Any]
MUCH = 0.8  # of the layer's silhouette, about what the notebooks' good five keep
SILENT = [11, 15]  # neurons of the published network that hardly ever fire


_effect = partial(judgments.effect, "geometry")
_verdict = partial(judgments.verdict, "geometry")


def neighbors_kept(kept: pd.DataFrame) -> Numbers:
    """Return how many of its neighbors an image of the baseline keeps on the UMAP."""
    shared = kept.query("map == 'UMAP' and network == 'baseline'")["shared"]
    return {"mean_shared": shared.mean(), "n_drawn": len(shared)}


def lost_neighbors(points: np.ndarray, projected: np.ndarray, labels: np.ndarray) -> Numbers:
    """Return how close lost neighbors of a map still are: the median share of their digit's images that are closer."""
    return {"lost_nearer": np.median(projection_quality.displacement(points, projected, labels, count=6))}


def parts(measured: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return how clearly digits lie apart in the parts of layer 2, mean over networks."""
    means = measured.mean("seed")
    whole, row, null = (means.sel(part=part) for part in layer_parts.PARTS)
    return {
        "part_whole": whole["silhouette"],
        "part_row": row["silhouette"],
        "part_null": _effect(judged, "null-space-knows-nothing"),
        "part_null_vote": null["neighbors"],
        "part_null_variance": null["variance"],
    }


def map_scores(scores: xr.Dataset) -> Numbers:
    """Return silhouettes and votes in spaces and on their UMAPs."""
    silhouette, vote = (scores["value"].sel(score=score) for score in SCORES[:2])
    pixels = {"map": map_frames.ITSELF, "space": "pixels"}, {"map": "UMAP", "space": "pixels"}
    return {
        "sil_px_native": silhouette.sel(pixels[0]),
        "sil_px_umap": silhouette.sel(pixels[1]),
        "knn_px_native": vote.sel(pixels[0]),
        "knn_px_umap": vote.sel(pixels[1]),
        "sil_nm_native": silhouette.sel(map=map_frames.ITSELF, space="layer 2, normalized"),
        "sil_l2_native": silhouette.sel(map=map_frames.ITSELF, space="layer 2"),
    }


def umap_gains(measured: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return what UMAP adds to layer 2 and to its twin, mean over networks."""
    silhouette = measured["silhouette"]
    on_map = silhouette.sel(space=projection_reliability.MAP)
    gain = on_map - silhouette.sel(space=projection_reliability.LAYER_ITSELF)
    real, twin = (gain.sel(cloud=cloud) for cloud in (projection_reliability.REAL, projection_reliability.TWIN))
    return {
        "gain_real": real.mean(),
        "gain_twin": twin.mean(),
        "twins_ahead": int((twin > real).sum()),
        "n_twins": measured.sizes["seed"],
        "along_graph": measured["along_graph"].sel(cloud=projection_reliability.REAL).mean(),
        "on_map": on_map.sel(cloud=projection_reliability.REAL).mean(),
        "twin_verdict": _verdict(judged, "twin-rises-as-much"),
        "graph_verdict": _verdict(judged, "graph-says-so-too"),
        "gain_knn": 100 * _effect(judged, "umap-adds-nothing"),
        "knn_verdict": _verdict(judged, "umap-adds-nothing"),
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
    """Return how close our silhouettes of the notebooks' subsets are to theirs."""
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
        "good_refitted": good["biases refitted"],
        "good_probe": good["linear probe"],
        "whole_accuracy": whole["accuracy"],
        "most_accuracy": _most_accurate(run)["accuracy"],
        "shuffled_low": every["shuffled"].min(),
        "shuffled_high": every["shuffled"].max(),
        "selective_low": min(below),
        "selective_high": max(below),
        "selective_probe": ours.loc[selective, "linear probe"].mean(),
        "random_probe": probe.mean(),
        "random_silent": silent.mean(),
        "random_probe_loud": probe.where(~silent, drop=True).mean(),
    }


def fives_over_seeds(measured: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return what the best five, class-selective fives and random live fives keep, over the networks."""
    means = measured.mean()
    best, random = (100 * (means[f"{one}_probe"] - means[f"{one}_refitted"]) for one in ("best", "random"))
    return {
        "keep": _effect(judged, "five-keep-silhouette"),
        "kept_plain": (measured["best_kept"] / measured["accuracy"]).mean(),
        "lose": _effect(judged, "five-lose-accuracy-refitted"),
        "lose_verdict": _verdict(judged, "five-lose-accuracy-refitted"),
        "know_best": best,
        "know_random": random,
        "know_verdict": _verdict(judged, "five-know-no-more-than-any"),
        "selective_gap": _effect(judged, "selective-like-random-live"),
        "selective_accuracy_gap": 100 * _effect(judged, "selective-accurate-like-random-live"),
        "selective_accuracy_verdict": _verdict(judged, "selective-accurate-like-random-live"),
    }


def selective_keep(run: Run, measured: xr.Dataset) -> Numbers:
    """Return the share of the layer's silhouette that class-selective fives keep, ours, published and over networks.

    Parameters
    ----------
    run : Run
        The published network.
    measured : xarray.Dataset
        `subset_scores.measure` of a population.
    """
    ours = named_subsets.frame(run)["native"]
    cited = pd.Series(named_subsets.published_silhouettes("native"), index=ours.index)
    found: Numbers = {}
    for key, silhouettes in {"": ours, "_published": cited}.items():
        kept = silhouettes[ours.index.str.startswith("selective")] / silhouettes[named_subsets.WHOLE]
        found |= {f"selective_least{key}": kept.min(), f"selective_most{key}": kept.max()}
    over_seeds = measured["selective_silhouette"] / measured["silhouette"]
    return found | {
        "selective_over_seeds": over_seeds.mean(),
        "selective_enough": int((over_seeds >= MUCH).sum()),
    }


def orders(silhouettes: pd.DataFrame) -> Numbers:
    """Return what `size_lines.published_orders` shows: silhouettes of six neurons, and where the orders meet."""
    by_hand, selective = (silhouettes[name] for name in size_lines.ORDERS)
    six, late = 6, silhouettes.loc[12:, "difference"]
    return {
        "six_by_hand": by_hand[six],
        "six_selective": selective[six],
        "six_random": silhouettes.loc[six, size_lines.RANDOM],
        "as_six": int((selective >= by_hand[six]).idxmax()),
        "orders_late": late.abs().max(),
        "n_size_images": 10 * subset_sizes.PER_CLASS,
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
        "size_accuracy_there": scores.loc[best, "accuracy"],
    }


def half_gone(lost: pd.DataFrame) -> Numbers:
    """Return accuracy and neighbors' vote with the eight most harmful neurons of the protagonist at their means."""
    half = lost.query("network == 'protagonist' and gone == 8").set_index(["plan", "score"])["value"]
    scores = {"vote": "neighbors vote right", "accuracy": "accuracy"}
    return {f"half_{name}": half["most harmful first", score] for name, score in scores.items()}


def curves(measured: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return what predicts the position along the curves, and how thin they are, on average over digits."""
    means = measured.mean("digit")
    share = means["share"]
    baseline, normalized = (share.sel(network=f"{name}, trained") for name in ("baseline", "normalized"))
    return {
        "b_all_shapes": baseline.sel(predictor="all shapes"),
        "b_thickness": baseline.sel(predictor="thickness"),
        "b_shuffled": baseline.sel(predictor="shuffled"),
        "b_dimension": means["dimension"].sel(network="baseline, trained"),
        "n_all_shapes": normalized.sel(predictor="all shapes"),
        "n_lead": normalized.sel(predictor="lead"),
        "n_dimension": means["dimension"].sel(network="normalized, trained"),
        "n_one_active": means["one_active"].sel(network="normalized, trained"),
        "u_all_shapes": share.sel(network="baseline, untrained", predictor="all shapes"),
        "shapes_baseline": _effect(judged, "shapes-baseline"),
        "shapes_baseline_least": judged["geometry-shapes-baseline"].evidence.effects.min(),
        "shapes_baseline_verdict": _verdict(judged, "shapes-baseline"),
        "shapes_normalized": _effect(judged, "shapes-normalized"),
        "shapes_curve": _effect(judged, "shapes-along-a-curve"),
        "shapes_held": _effect(judged, "shapes-are-in-the-five"),
        "shapes_held_verdict": _verdict(judged, "shapes-are-in-the-five"),
    }


def shadows(measured: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return how much of digits and of their twins lies along a curve, in the units and on UMAPs."""
    means = measured["share"].mean(["seed", "digit"])
    in_units = measured["share"].sel(space=map_curves.UNITS).mean("digit")
    apart = in_units.sel(cloud=map_curves.REAL) - in_units.sel(cloud=map_curves.TWIN)
    return {
        f"{key}_{space}": means.sel(cloud=cloud, space=space)
        for key, cloud in (("real", map_curves.REAL), ("twin", map_curves.TWIN))
        for space in map_curves.SPACES
    } | {
        "shadow_gap": 100 * _effect(judged, "shadows-of-a-twin"),
        "n_thinner": int((apart > 0).sum()),
        "n_shadowed": measured.sizes["seed"],
    }


def dimensions(measured: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return intrinsic dimensions of layers, mean over seeds, and how training changes them."""
    means = measured.mean("seed")
    layer1, layer2 = means.sel(layer="relu1"), means.sel(layer="relu2", state="trained")
    trained = measured.sel(layer="relu2", state="trained")
    below = trained["dimension"] / trained["twins"] - 1
    return {
        "dim_1_untrained_dimension": layer1["dimension"].sel(state="untrained"),
        "dim_1_trained_dimension": layer1["dimension"].sel(state="trained"),
        "dim_2_trained_dimension": layer2["dimension"],
        "dim_2_trained_twin": layer2["twin"],
        "fall1": _effect(judged, "dimension-layer1"),
        "fall2_verdict": _verdict(judged, "dimension-layer2"),
        "below_twins": below.mean(),
        "n_below_twins": int((below < 0).sum()),
        "n_networks": measured.sizes["seed"],
    }


def likeness(pairs: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return how alike the layers of two seeds are, mean over pairs."""
    means = pairs.mean("pair")
    return {f"{key}_trained": value for key, value in means.sel(state="trained").items() if key != "cka_logits"} | {
        "cka_untrained": means["cka"].sel(state="untrained"),
        "cka_within_untrained": means["cka_within"].sel(state="untrained"),
        "logits_gap": _effect(judged, "logits-as-alike"),
        "logits_verdict": _verdict(judged, "logits-as-alike"),
        "privilege": _effect(judged, "neurons-privileged-live"),
        "privilege_verdict": _verdict(judged, "neurons-privileged-live"),
    }


def paths(measured: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return accuracy halfway between two networks, with units as they come and with units matched."""
    half = measured["accuracy"].sel(share=0.5).mean("pair")
    ends = measured["accuracy"].sel(order=interpolation.MATCHED, share=[0, 1]).mean("share")
    return {
        "half_come": half.sel(order=interpolation.AS_THEY_COME),
        "half_matched": half.sel(order=interpolation.MATCHED),
        "barrier": 100 * _effect(judged, "barrier-stays"),
        "barrier_refitted": 100 * (ends - measured["refitted"].sel(order=interpolation.MATCHED)).mean(),
    }


def neuron0(run: Run, found: xr.Dataset, pixels: xr.Dataset, judged: Verdicts) -> Numbers:
    """Return how much of neuron 0 other networks explain, beside pixels, random directions and the other neurons.

    Parameters
    ----------
    run : Run
        The protagonist.
    found : xarray.Dataset
        `cross_seed_similarity.counterparts` of its neurons.
    pixels : xarray.Dataset
        `cross_seed_similarity.explained_by_pixels` of them.
    judged : mapping
        Of the chapter's claims.
    """
    own = found.sel(unit=0, state="trained")
    digit = cross_seed_similarity.explained_by_digit(run, [0])["share"]
    live = training_moments.live(run, "relu2").tolist()
    together = found["together"].sel(state="trained", unit=live)
    means, beyond = together.mean("seed"), (together - pixels["share"].sel(unit=live)).mean("seed")
    return {
        "n0_alone": _effect(judged, "neuron0-no-twin"),
        "n0_together": own["together"].mean(),
        "n0_pixels": pixels["share"].sel(unit=0),
        "n0_beyond": _effect(judged, "neuron0-beyond-pixels"),
        "n0_beyond_verdict": _verdict(judged, "neuron0-beyond-pixels"),
        "n0_seeds_beyond": int((own["together"] > pixels["share"].sel(unit=0)).sum()),
        "live_beyond": _effect(judged, "neurons-beyond-pixels"),
        "live_beyond_verdict": _verdict(judged, "neurons-beyond-pixels"),
        "n0_rank": int((means > means.sel(unit=0)).sum()) + 1,
        "n0_rank_beyond": int((beyond > beyond.sel(unit=0)).sum()) + 1,
        "n_live": len(live),
        "n0_logits": own["logits"].mean(),
        "n0_directions": own["directions"].mean(),
        "n0_answer": own["answer"].mean(),
        "n0_unheard": own["unheard"].mean(),
        "n0_untrained": found["together"].sel(unit=0, state="untrained").mean(),
        "n0_answer_verdict": _verdict(judged, "neuron0-beyond-the-answer"),
        "n0_best": own["alone"].max(),
        "n0_worst": own["alone"].min(),
        "n0_within": own["within"].mean(),
        "n0_within_pixels": pixels["within"].sel(unit=0),
        "n0_labels": digit.sel(unit=0),
        "n_seeds": own.sizes["seed"],
    }
