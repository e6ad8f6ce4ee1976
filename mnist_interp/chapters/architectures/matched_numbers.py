"""What chapter 9 says of networks at equal accuracy: a function a section, each a mapping from keys to numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mnist_interp.chapters.architectures import kinds
from mnist_interp.chapters.architectures.carried import Row
from mnist_interp.chapters.architectures.matched_frames import BOTTLENECKS, END, GINI, NOW, WORST
from mnist_interp.experiments import matched_architectures

Numbers = dict[str, Any]
SHORT = {kinds.MLP: "mlp", kinds.CNN: "cnn", kinds.TRANSFORMER: "vit"}
EVERY = SHORT | {kinds.DEEPER: "deeper", kinds.NORMED: "normed"}
_DAMAGE = {WORST: "worst", BOTTLENECKS: "necks", GINI: "gini"}
_OTHERS = {
    "test accuracy": "acc",
    f"{WORST}, optimal": "lost",
    "AUROC": "auroc",
    "average precision": "ap",
    "dead units": "dead",
    "privilege": "privilege",
    "partner": "partner",
    "another network": "other",
    "its logits": "logits",
    "the pixels": "pixels",
    "CKA within digits": "cka",
    "CKA with pixels": "cka_pixels",
    "best unit": "unit",
    "fitted direction": "direction",
    "moved by two pixels": "shift",
    "turned by 20 degrees": "turn",
    "linear readout, first stage": "first",
    "linear readout, before the last": "before",
    "linear readout, last layer": "last",
}
_MATCHED = 100 * matched_architectures.MATCHED


def damage(rows: pd.DataFrame) -> Numbers:
    """Return what last units cost where all kinds are equally accurate.

    Parameters
    ----------
    rows : pandas.DataFrame
        As of `matched_frames.by_accuracy`.

    Returns
    -------
    dict
        ``worst_mlp_optimal`` and so on: damage, bottlenecks (``necks``) and inequality (``gini``) of each kind
        (``mlp``, ``cnn``, ``vit``, and ``deeper`` and ``normed`` if they are there) by reference at 95 %;
        ``ratio_cnn_zero`` and so on, damage over the perceptron's;
        ``top_mlp`` and so on, the highest accuracy in percent that all networks of a kind reach.
    """
    found = rows.set_index(["network", "accuracy", "measure", "reference"])["mean"]
    there = {name: short for name, short in EVERY.items() if name in found.index}
    numbers: Numbers = {
        f"top_{short}": float(rows.loc[rows["network"] == name, "accuracy"].max()) for name, short in there.items()
    }
    for reference in matched_architectures.REFERENCES:
        for name, short in there.items():
            for measure, key in _DAMAGE.items():
                numbers[f"{key}_{short}_{reference}"] = float(found[name, _MATCHED, measure, reference])
            whole = max(numbers[f"worst_mlp_{reference}"], 1e-9)
            numbers[f"ratio_{short}_{reference}"] = numbers[f"worst_{short}_{reference}"] / whole
    return numbers


def capacity(rows: pd.DataFrame) -> Numbers:
    """Return what last units cost in networks that can do no better: a narrow CNN and the perceptron, in the end.

    Parameters
    ----------
    rows : pandas.DataFrame
        As of `matched_frames.in_the_end`, of networks named ``"narrow CNN"`` and `kinds.MLP`.
    """
    found = rows.set_index(["network", "measure", "reference"])["mean"]
    numbers: Numbers = {}
    for name, short in {"narrow CNN": "narrow", kinds.MLP: "whole"}.items():
        numbers[f"acc_{short}"] = float(found[name, "test accuracy", ""])
        for measure, key in _DAMAGE.items():
            for reference in matched_architectures.REFERENCES:
                numbers[f"{key}_{short}_{reference}"] = float(found[name, measure, reference])
    for reference in matched_architectures.REFERENCES:
        whole = max(numbers[f"worst_whole_{reference}"], 1e-9)
        numbers[f"ratio_narrow_{reference}"] = numbers[f"worst_narrow_{reference}"] / whole
    return numbers


def briefly(rows: pd.DataFrame) -> Numbers:
    """Return what last units cost, under the best constant, in networks whose schedule ends near 95 %.

    Parameters
    ----------
    rows : pandas.DataFrame
        As of `matched_frames.in_the_end`, of networks named as in `kinds.BRIEF`.

    Returns
    -------
    dict
        ``brief_mlp`` and so on (of `SHORT`, ``large`` and ``both``), with the ends of its interval, ``brief_mlp_low``
        and ``brief_mlp_high``; ``brief_ratio_cnn`` and so on, over the perceptron's; ``brief_least`` and
        ``brief_most``, the accuracies of the least and the most accurate of the kinds.
    """
    found = rows.set_index(["network", "measure", "reference"])
    accuracies = [float(found.loc[(name, "test accuracy", ""), "mean"]) for name in kinds.BRIEF]
    numbers: Numbers = {"brief_least": min(accuracies), "brief_most": max(accuracies)}
    whole = max(float(found.loc[(kinds.MLP, WORST, "optimal"), "mean"]), 1e-9)
    for name, short in {**SHORT, kinds.LARGE: "large", kinds.BOTH: "both"}.items():
        mean, low, high = found.loc[(name, WORST, "optimal"), ["mean", "low", "high"]].astype(float)
        numbers |= {f"brief_{short}": mean, f"brief_{short}_low": low, f"brief_{short}_high": high}
        numbers[f"brief_ratio_{short}"] = mean / whole
    return numbers


def by_live(rows: pd.DataFrame) -> Numbers:
    """Return how many units live at 95 %, and damage over the perceptron's, as it is and at equally many live units.

    Parameters
    ----------
    rows : pandas.DataFrame
        As of `matched_frames.by_live`.

    Returns
    -------
    dict
        ``live_mlp``, and of all others (of `EVERY`) ``live_cnn``, ``raw_cnn``, ``equal_cnn`` with
        the ends of its interval, ``equal_cnn_low`` and ``equal_cnn_high``; ``slope``, the exponent of live units.
    """
    numbers: Numbers = {"slope": float(rows["slope"].iloc[0])}
    for row in rows.to_dict("records"):
        short = EVERY[row["network"]]
        numbers[f"live_{short}"] = row["live"]
        if row["network"] != kinds.MLP:
            ends = {
                f"equal_{short}": row["ratio"],
                f"equal_{short}_low": row["low"],
                f"equal_{short}_high": row["high"],
            }
            numbers |= {f"raw_{short}": row["raw"], **ends}
    return numbers


def one_by_one(compared: pd.DataFrame) -> Numbers:
    """Return means of each measure: ``auroc_mlp`` and so on at 95 % accuracy, ``auroc_mlp_end`` in the end.

    Parameters
    ----------
    compared : pandas.DataFrame
        As of `matched_frames.compared`.
    """
    found = compared.set_index(["network", "moment", "measure"])["mean"]
    return {
        f"{key}_{short}{suffix}": float(found[name, moment, measure])
        for name, short in SHORT.items()
        for moment, suffix in {NOW: "", END: "_end"}.items()
        for measure, key in _OTHERS.items()
        if (name, moment, measure) in found.index
    }


def carried(rows: Sequence[Row]) -> Numbers:
    """Return how many findings there are (``n_findings``), and how many carried over, in part, or not.

    ``n_open`` are those whose chapter left them open; ``n_mlp`` those whose verdict the tuned perceptron shares, and
    ``n_recipe`` those that did not carry over whole while the perceptron does not share it either: there the recipe,
    or the accuracy, may be the reason.
    """
    said = [row.carried for row in rows]
    return {
        "n_findings": len(said),
        "n_carried": said.count("yes"),
        "n_partly": said.count("partly"),
        "n_not": said.count("no"),
        "n_open": said.count("open there"),
        "n_mlp": sum(row.here[kinds.MLP].side == row.there.verdict for row in rows),
        "n_recipe": sum(
            row.carried in {"no", "partly"} and row.here[kinds.MLP].side != row.there.verdict for row in rows
        ),
    }


def votes(found: Mapping[tuple[str, str], tuple[float, float]]) -> Numbers:
    """Return, of `carried.of_votes`, ``push_mlp_zero``, ``vote_mlp_zero`` and so on."""
    return {
        f"{what}_{SHORT[name]}_{reference}": value
        for (name, reference), pair in found.items()
        for what, value in zip(("push", "vote"), pair, strict=True)
    }
