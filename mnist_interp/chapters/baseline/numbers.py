"""What the text of chapter 1 says in numbers: one function a section, each a mapping from the names in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters import judgments
from mnist_interp.chapters.baseline import published_sentences
from mnist_interp.chapters.baseline.layer_maps import Maps, Spaces
from mnist_interp.claims import Judged, baseline
from mnist_interp.data import mnist, published
from mnist_interp.experiments import class_layouts, neighbor_votes, training_dynamics, unit_spread
from mnist_interp.methods import projection_quality, selectivity
from mnist_interp.training import models, registry
from mnist_interp.training.runs import Population, Run

Numbers = dict[str, Any]


_effects = partial(judgments.effects, "baseline")


def pixels(images: mnist.Digits, ink: pd.DataFrame) -> Numbers:
    """Return what is said of the pixels, and of the ink that each digit takes, from `ink.by_digit`."""
    values = images.pixels.numpy()
    mean = ink.set_index("digit")["mean"]
    return {
        "pixel_mean": values.mean(dtype=float),
        "pixel_std": values.std(dtype=float),
        "image_std": values.std(axis=1, dtype=float, ddof=1).mean(),
        "pixel_max": values.max(),
        "ink_most": mean.idxmax(),
        "ink_least": mean.idxmin(),
        "ink_ratio": mean.max() / mean.min(),
    }


def settings(run: Run) -> Numbers:
    """Return the settings of a run's recipe."""
    return {
        "n_parameters": models.n_parameters(run.model()),
        "seed": registry.PROTAGONIST,
        "rate": run.recipe.learning_rate,
        "batch": run.recipe.batch_size,
        "epochs": run.recipe.epochs,
    }


def trace(compared: pd.DataFrame) -> Numbers:
    """Return by how many training images at most a pass differs from the published run, from `published_trace`."""
    points = np.abs(compared["training accuracy, %"] - compared["published accuracy, %"]).max()
    return {"trace_images": round(len(mnist.load("train")) * float(points) / 100)}


def replication(predicted: np.ndarray, means: np.ndarray) -> Numbers:
    """Return how near the trained network comes to the published one.

    Parameters
    ----------
    predicted : numpy.ndarray of int, shape (10000,)
        What it predicts for all test images.
    means : numpy.ndarray of shape (10, 16)
        Class means of its layer 2.
    """
    labels = mnist.load("test").labels
    correct = predicted == labels
    shares = np.array([correct[labels == digit].mean() for digit in range(10)])
    apart = np.abs(100 * shares - published.figure("class_accuracy")) * np.bincount(labels) / 100
    ours, theirs = selectivity.top_units(means), np.array(published.figure("top3_mean_activation"))
    return {
        "accuracy": correct.mean(),
        "images_apart": int(apart.round().max()),
        "classes_apart": int((apart.round() > 0).sum()),
        "top_same": int((ours == theirs).all(axis=1).sum()),
    }


def populations(population: Population, judged: Mapping[str, Judged]) -> Numbers:
    """Return how many networks there are, and how the claim that seeds differ fared."""
    differ = judged["baseline-seeds-differ-beyond-images"]
    return {
        "n_seeds": len(population),
        "seeds_verdict": differ.verdict,
        "seeds_deviation": 100 * differ.evidence.effect,
    }


def seeds(final: xr.DataArray, own: float) -> Numbers:
    """Return how final accuracies differ, from those of the population, (seed), and the published network's own."""
    deviation = 100 * final.std(ddof=1)
    history = published.figure("more.accuracies_of_unseeded_runs_through_the_history")
    return {
        "n_history": len(history),
        "history_within": sum(final.min().item() <= one / 100 <= final.max().item() for one in history),
        "worst": min(final.min().item(), own),
        "best": max(final.max().item(), own),
        "seed_std": deviation,
        "pair_std": 2**0.5 * deviation,
        "rank": (final < own).sum(),
    }


def mistakes(counts: pd.DataFrame, population: xr.Dataset) -> Numbers:
    """Return the most common mistake of a network, and in how many of a population it is the most common, too.

    Parameters
    ----------
    counts : pandas.DataFrame
        From `training_frames.confusion`.
    population : xarray.Dataset
        `training_dynamics.summary` of the population.
    """
    wrong = counts[counts["true"] != counts["predicted"]].sort_values("count")
    worst = wrong.iloc[-1]
    every = population["confusion"].isel(checkpoint=-1)
    commonest = every.where(every["true"] != every["predicted"], 0).argmax(["true", "predicted"])
    same = (commonest["true"] == worst["true"]) & (commonest["predicted"] == worst["predicted"])
    return {
        "n_misread": wrong["count"].sum(),
        **{f"worst_{key}": worst[key] for key in ("true", "predicted", "count")},
        "same_worst": same.sum(),
    }


def class_accuracies(accuracy: xr.DataArray) -> Numbers:
    """Return which digits are easiest and hardest over the seeds, from final accuracies (seed, digit)."""
    hardest = accuracy.mean("seed").to_numpy().argsort().tolist()
    return {
        "hardest": "{}, {} and {}".format(*sorted(hardest[:3])),
        "easiest": "{} and {}".format(*sorted(hardest[-2:])),
        "n_hardest": len(np.unique(accuracy.argmin("digit"))),
    }


def another_run(compared: pd.DataFrame, cited: Mapping[str, Any], own: xr.Dataset, accuracy: xr.DataArray) -> Numbers:
    """Return how another published run's class accuracies lie among ours, and which digits are lowest in which.

    Parameters
    ----------
    compared : pandas.DataFrame
        From `class_tables.beside`.
    cited : mapping
        The published figures of that run.
    own : xarray.Dataset
        `training_dynamics.summary` of the published network.
    accuracy : xarray.DataArray
        Final accuracies of the population, (seed, digit).
    """
    said = cited["said_to_underperform_on"]
    theirs = published_sentences.lowest(np.array(cited["class_accuracy_of_another_unseeded_run"]), len(said))
    final = training_dynamics.class_accuracy(own).isel(seed=0, checkpoint=-1)
    ours = published_sentences.lowest(final.to_numpy(), len(said))
    every = [published_sentences.lowest(one, len(said)) for one in accuracy.to_numpy()]
    within = int((compared["within"] == "yes").sum())
    return {
        "other_within": "all" if within == len(compared) else within,
        "other_said": _listed(said),
        "own_lowest": _listed(sorted(ours)),
        "same_lowest": every.count(theirs),
        "same_own": every.count(ours),
    }


def _listed(digits: Sequence[int]) -> str:
    *others, last = map(str, digits)
    return f"{', '.join(others)} and {last}"


def sentences(protagonist: Population, population: Population, mapped: Population, accuracy: xr.DataArray) -> Numbers:
    """Return what is said of the sentences in `published_sentences`, those on UMAPs from the seeds of `mapped`.

    Parameters
    ----------
    protagonist, population, mapped : Population
        The published network, alone; other seeds; and those whose maps were drawn.
    accuracy : xarray.DataArray
        Final accuracies of the population, (seed, digit).
    """
    own, others = (class_layouts.on_the_pca(one)["overlap"] for one in (protagonist, population))
    here, there = (class_layouts.to_the_nearest(one)["distance"] for one in (protagonist, mapped))
    places = published_sentences.place(others, published_sentences.PAIR)
    return {
        "n_pairs": own.sizes["pair"],
        "pair_place": published_sentences.place(own, published_sentences.PAIR).item(),
        "pair_first": places.min(),
        "pair_last": places.max(),
        "six_worst": int(published_sentences.are_worst(accuracy.to_numpy()).sum()),
        "far_on_map": int(published_sentences.are_far(there, "UMAP").sum()),
        "far_in_layer": int(published_sentences.are_far(there, "layer 2").sum()),
        "n_drawn": len(mapped),
        "far_here": _listed(sorted(published_sentences.farthest(here.isel(seed=0).sel(space="layer 2")))),
    }


def spread(population: Population, shuffled: Population, judged: Mapping[str, Judged]) -> Numbers:
    """Return how layers spread out in the population, and in the one that was trained on shuffled labels."""
    run = population[0]
    stds = baseline.spread(population, "linear1").mean("seed")
    before, after_one, end = (
        stds.sel(checkpoint=baseline.checkpoint_at(run, when)).item() for when in (0, 1, run.recipe.epochs)
    )
    negative = training_dynamics.below_zero(training_dynamics.summary(population))
    at_five = negative.sel(checkpoint=baseline.checkpoint_at(run, 5))
    slugs = {
        "grow1": "layer1-keeps-growing",
        "grow2": "layer2-stands-still",
        "late": "no-explosion",
        "learning": "growth-is-learning",
    }
    return (
        _effects(judged, slugs)
        | _within(population)
        | {
            "late_variance": ((1 + baseline.late_growth(population)) ** 2 - 1).mean(),
            "grow_out": baseline.growth(population, "output", 5).mean(),
            "grow_relu1": baseline.growth(population, "relu1", 5).mean(),
            "shuffled_grow1": baseline.growth(shuffled, "linear1", 5).mean(),
            "shuffled_grow2": baseline.growth(shuffled, "linear2", 5).mean(),
            "grow_negative": (negative.isel(checkpoint=-1) / at_five - 1).mean(),
            "grow1_all": int((baseline.layer1_growth(population) > 0).sum()),
            "share_first_epoch": (after_one - before) / (end - before),
        }
    )


def _within(population: Population) -> Numbers:
    """Return by how much units spread from epoch 5 to the end, without how far their means lie apart."""
    run = population[0]
    five = baseline.checkpoint_at(run, 5)
    found = unit_spread.measured(population, (five, len(run.steps) - 1))["spread"]
    grown = (found.isel(checkpoint=-1) / found.isel(checkpoint=0) - 1).mean("seed")
    units, digits = (grown.sel(part=part) for part in unit_spread.PARTS)
    return {
        "grow1_within": units.sel(layer="linear1"),
        "grow2_within": units.sel(layer="linear2"),
        "grow_relu1_within": digits.sel(layer="relu1"),
    }


def neuron0(relu2: np.ndarray, means: np.ndarray) -> Numbers:
    """Return what is said of neuron 0 and of its rival for the 1s.

    Parameters
    ----------
    relu2 : numpy.ndarray of shape (10000, 16)
        The published network's layer 2 on the test images.
    means : numpy.ndarray of shape (10, 16)
        Its class means.
    """
    test = mnist.load("test")
    ones = test.labels == 1
    profile = means[:, 0]
    rival = next(int(unit) for unit in means[1].argsort()[::-1] if unit != 0)
    return {
        "n0_ink": np.corrcoef(relu2[ones, 0], test.pixels.numpy()[ones].mean(1))[0, 1],
        "n0_own": profile[1],
        "n0_favorite": int(profile.argmax()),
        "n0_times": profile[1] / np.delete(profile, 1).mean(),
        "rival": rival,
        "rival_own": means[1, rival],
    }


def growth_for_ones(run: Run, own: xr.Dataset) -> Numbers:
    """Return by how much the values of each linear layer spread on 1s after epoch 5, from a network's summary."""
    stds = own["std"].isel(seed=0).sel(digit=1)
    grown = stds.isel(checkpoint=-1) / stds.sel(checkpoint=baseline.checkpoint_at(run, 5)) - 1
    return {f"ones_{layer}": grown.sel(layer=layer) for layer in ("linear1", "linear2", "output")}


def roles(population: Population, accuracy: xr.DataArray, judged: Mapping[str, Judged]) -> Numbers:
    """Return since when neurons have their roles, and how much a neuron for 1s helps with 1s.

    Parameters
    ----------
    population : Population
        The baseline.
    accuracy : xarray.DataArray
        Its final accuracies, (seed, digit).
    judged : mapping of str to Judged
        The chapter's claims.
    """
    run = population[0]
    favorites = baseline.favorites(population)
    final = favorites.isel(checkpoint=-1)
    found: Numbers = {}
    for key, epoch in {"same_early": 1, "same_five": 5, "same_ten": 10}.items():
        then = favorites.sel(checkpoint=baseline.checkpoint_at(run, epoch))
        found[key] = (then == final).where((then >= 0) & (final >= 0)).mean()
    has_one = (final == 1).any("unit")
    of_ones = accuracy.sel(digit=1)
    return (
        found
        | {
            "with_a_one": has_one.sum(),
            "ones_with": of_ones[has_one].mean() if has_one.any() else 0.0,
            "ones_without": of_ones[~has_one].mean() if not has_one.all() else 0.0,
            "roles_birth_verdict": judged["baseline-roles-from-birth"].verdict,
            "profile_birth": baseline.profile_agreement(population, 0).mean(),
            "profile_early": baseline.profile_agreement(population, 1).mean(),
        }
        | _effects(judged, {"roles_early": "roles-come-early", "roles_birth": "roles-from-birth"}, times=100)
    )


def maps(spaces: Spaces, drawn: Maps, votes: pd.DataFrame, recall: pd.DataFrame) -> Numbers:
    """Return what is said of the published network's maps.

    Parameters
    ----------
    spaces, drawn
        As of `layer_maps.votes`.
    votes, recall : pandas.DataFrame
        From `layer_maps.votes` and `layer_maps.recall`.
    """
    kinds = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
    itself, truth = votes["in the space itself"], baseline.projected_labels()
    return (
        {
            "knn_layer2": itself["layer 2"],
            "knn_pixels": itself["pixels"],
            "knn_untrained": itself["layer 2, untrained"],
            "knn_pca": votes.loc["layer 2", "on the PCA map"],
        }
        | {f"recall_{key}": recall.loc["layer 2", kind] for key, kind in kinds.items()}
        | {
            f"centers_{key}": projection_quality.center_agreement(spaces["layer 2"], drawn["layer 2"][kind], truth)
            for key, kind in kinds.items()
        }
    )


def votes_of_training_images(run: Run) -> Numbers:
    """Return how often neighbors among all training images vote for the right digit, in pixels and in layer 2."""
    found = neighbor_votes.of_training_images(run)["accuracy"]
    return {"knn_all_pixels": found.sel(space="pixels"), "knn_all_layer2": found.sel(space="relu2")}


def tsne_recall() -> Numbers:
    """Return the share of true neighbors on a t-SNE that is cut short and on one that is not, over twelve seeds."""
    scores = baseline.map_scores(training.population(*registry.BOOK["twelve of the baseline"]))
    return {"recall_early": scores["recall_short"].mean(), "recall_late": scores["recall"].mean()}


def maps_over_seeds(population: Population, judged: Mapping[str, Judged]) -> Numbers:
    """Return how good maps of layer 2 are over seeds, trained and untrained."""
    few = Population(population.recipe, population[: baseline.UNTRAINED])
    untrained = baseline.map_scores(few, checkpoint=0)
    return (
        tsne_recall()
        | _effects(judged, {"umap_gain": "umap-no-better"}, times=100)
        | {
            "recall_early0": untrained["recall_short"].mean(),
            "recall_late0": untrained["recall"].mean(),
            "umap_gain0": 100 * (untrained["umap"] - untrained["tsne"]).mean(),
            "n_untrained": untrained.sizes["seed"],
        }
    )
