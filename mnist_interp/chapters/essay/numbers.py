"""What the essay says in numbers: mappings from the names in its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from sklearn.metrics import roc_auc_score

from mnist_interp import claims
from mnist_interp.chapters import judgments
from mnist_interp.chapters.architectures import kinds, matched_frames, matched_numbers
from mnist_interp.chapters.essay import estimate, populations, race, thresholds
from mnist_interp.chapters.index.lesions import DIGIT, NEURON
from mnist_interp.claims import editions
from mnist_interp.experiments import ablation_effects, matched_architectures
from mnist_interp.training.runs import Population, Run

Numbers = dict[str, Any]
CLAIMED = {
    "blind": ("neurons", "precise-means-blind"),
    "noticed": ("neurons", "null-is-low"),
    "offset": ("interventions", "offset"),
    "votes_for": ("interventions", "selectivity-where-it-votes-for"),
    "votes_against": ("interventions", "selectivity-where-it-votes-against"),
    "within": ("geometry", "same-geometry-within"),
}

WORTH = (
    "ratio_cnn_optimal",
    "ratio_vit_optimal",
    *(f"worst_{short}_optimal" for short in ("mlp", "vit", "deeper", "normed")),
    "live_cnn",
)


def watched(run: Run) -> Numbers:
    """Return how well neuron 0 tells 1s from the rest of the test images, and on how many it is silent."""
    ones, rest = thresholds.activations(run).values()
    both = np.concatenate([ones, rest])
    return {
        "auroc": roc_auc_score(np.arange(len(both)) < len(ones), both),
        "silent": (both <= 0).mean(),
        "silent_ones": (ones <= 0).mean(),
    }


def taken_out(found: xr.Dataset, run: Run) -> Numbers:
    """Return how many 1s are right without neuron 0, from `lesions.of_neuron0`, and how many once one number is added.

    And what the other digits lose: ``eights_lost``, and ``others_lost``, the most that one of the eight others loses;
    and what is left of the 6s without neuron 8.
    """
    own = ablation_effects.costs(Population(run.recipe, (run,))).sel(seed=run.seed)
    lost = ablation_effects.lost(own).sel(reference="zero", unit=NEURON)
    six = own["accuracy"].sel(unit=8, digit=6)
    added = race.right(run)
    best = added["all"].argmax("bias")
    return {
        **{f"ones_{way}": found["right"].sel(way=way).item() for way in found["way"].to_numpy()},
        "instead": int(found["instead"].sel(way="zero")),
        "instead_share": float(found["instead_share"].sel(way="zero")),
        **{f"sixes_{way}": six.sel(reference=way).item() for way in ("mean", "refit")},
        "eights_lost": lost.sel(digit=8).item(),
        "others_lost": lost.drop_sel(digit=[DIGIT, 8]).max().item(),
        "precision": float(added["precision"][best]),
        "ones_from_pixels": estimate.ones_from_pixels(run),
        "ones_one_number": float(added["ones"][best]),
        "rest_one_number": float(added["rest"][best]),
        "rest_zero": float(added["rest"][0]),
    }


def elsewhere(population: Population, shares: pd.DataFrame, neuron: str) -> Numbers:
    """Return how many networks have a neuron that their 1s need, and how much of one neuron others explain."""
    worst = {name: ablation_effects.worst_for_ones(population, name) for name in ("zero", "mean", "optimal", "refit")}
    by = shares[shares["neuron"] == neuron].set_index("by")["mean"]
    return {
        "n_networks": len(population),
        **populations.detectors(population),
        **{f"n_{name}": int((values >= ablation_effects.HALF).sum()) for name, values in worst.items()},
        "alone": by[populations.ALONE],
        "together": by[populations.TOGETHER],
        "pixels": by[populations.PIXELS],
        "untrained": by[populations.UNTRAINED],
    }


def withdrawn() -> Numbers:
    """Return how many claims of the first edition are withdrawn, and how many of these had replicated."""
    gone = [claim for name, claim in editions.first().items() if editions.outcome(name) == "withdrawn"]
    return {
        "first_withdrawn": len(gone),
        "withdrawn_replicated": sum(map(editions.same_again, gone)),
    }


def worth(networks: Mapping[str, Population], damage: pd.DataFrame) -> Numbers:
    """Return what losing a last unit costs in each kind of network at equal accuracy.

    Parameters
    ----------
    networks : mapping of str to Population
        As of `kinds.populations`.
    damage : pandas.DataFrame
        As of `matched_frames.by_accuracy`.

    Returns
    -------
    dict
        Of `matched_numbers` ``ratio_cnn_optimal``, ``ratio_vit_optimal``, ``worst_mlp_optimal`` and so on, and
        ``live_cnn``; and ``push_least``, how well pushes predict damage (rank correlation, mean over networks) in the
        kind, and under the reference, where they do worst.
    """
    pushes = (
        matched_architectures.matched(networks[kind], matched_architectures.push_predicts) for kind in kinds.KINDS
    )
    found = matched_numbers.damage(damage) | matched_numbers.by_live(matched_frames.by_live(networks))
    return {key: found[key] for key in WORTH} | {"push_least": min(one.mean("seed").min().item() for one in pushes)}


def judged() -> Numbers:
    """Return the effects of the claims that the essay mentions, by the keys of its text."""
    by_page = {page: claims.judge(page) for page in {page for page, _ in CLAIMED.values()}}
    return {key: judgments.effect(page, by_page[page], slug) for key, (page, slug) in CLAIMED.items()}
