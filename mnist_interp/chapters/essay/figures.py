"""The figures of the essay, one gesture each. Their words stand on the page."""

from __future__ import annotations

import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.architectures import kinds, matched_frames
from mnist_interp.chapters.essay import thresholds
from mnist_interp.chapters.interventions import votes
from mnist_interp.charts.controls import Control
from mnist_interp.charts.figure import Panel


def _figure(panels: list[Panel], name: str, control: Control, caption: str, description: str) -> charts.Figure:
    """Return a figure of panels below each other, with one control."""
    return charts.figure(panels, name=name, columns=1, controls=[control], caption=caption, description=description)


def threshold(histograms: pd.DataFrame, reports: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw the activations of one neuron on 1s and on the rest, with a threshold to move: frames of `thresholds`."""
    here = charts.where.equals("threshold", "threshold")
    by_group = [
        charts.histogram(
            histograms[histograms["group"] == group],
            start="start",
            end="end",
            count="images",
            x_title="activation of neuron 0",
            y_title="test images",
            y_top=450,
            mean="threshold",
            faint="below",
            where=here,
            title=group,
            height=170,
        )
        for group in (thresholds.ONES, thresholds.REST)
    ]
    return _figure(
        [*by_group, charts.Note(reports, text="text", filters={"threshold": "threshold"})],
        "threshold",
        charts.Scrub("threshold", reports["threshold"].tolist(), title="Report a 1 above", initial=thresholds.INITIAL),
        caption,
        description,
    )


def logits(mean_logits: pd.DataFrame, says: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw the mean logits of 1s without neuron 0, with a number to add to the logit for 1: frames of `race`."""
    return _figure(
        [
            charts.bars(
                mean_logits,
                category="digit",
                value="logit",
                x_title="mean logit of 1s, without neuron 0",
                x_format=".1f",
                where=charts.where.equals("bias", "bias"),
                title="mean logits of the 1s, without neuron 0",
            ),
            charts.Note(says, text="text", filters={"bias": "bias"}),
        ],
        "race",
        charts.Scrub("bias", says["bias"].tolist(), title="Head start of the 1", initial=0.0),
        caption,
        description,
    )


def worst_for_ones(counts: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw how many networks lose what share of their 1s without one neuron: `populations.worst_for_ones`."""
    return _figure(
        [
            charts.histogram(
                counts,
                start="start",
                end="end",
                count="networks",
                x_title="share of 1s lost without the neuron they need most",
                y_title="networks",
                y_format="d",
                where=charts.where.equals("reference", "reference"),
                height=220,
            )
        ],
        "populations",
        charts.Choose("reference", charts.named(counts["reference"].unique()), title="Replaced by"),
        caption,
        description,
    )


def explained(shares: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw how much of a neuron other networks explain, by what explains it: `populations.explained`."""
    return _figure(
        [
            charts.intervals(
                shares,
                category="by",
                value="mean",
                lower="low",
                upper="high",
                x_title="share of the neuron’s variance explained",
                x_format=".0%",
                reference=0,
                where=charts.where.equals("neuron", "neuron"),
            )
        ],
        "elsewhere",
        charts.Choose("neuron", charts.named(shares["neuron"].unique()), title="Neuron"),
        caption,
        description,
    )


def cells(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw selectivity against damage for each neuron and digit, with either kind of vote to hide: `votes.cells`."""
    return _figure(
        [
            charts.points(
                frame,
                x="selectivity",
                y="lost",
                named="neuron",
                x_title="how much it prefers the digit (selectivity)",
                y_title="accuracy the digit loses",
                named_title="neuron",
                y_format="+.0%",
                y_linear_within=0.01,
                where=charts.where.among("vote", "votes"),
            )
        ],
        "cells",
        charts.ChooseMany("votes", charts.named((votes.FOR, votes.AGAINST)), title="Show"),
        caption,
        description,
    )


def networks(damage: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what losing a last unit costs the digit hit hardest, by kind of network, at an accuracy to choose.

    Parameters
    ----------
    damage : pandas.DataFrame
        As of `matched_frames.by_accuracy`; drawn is the best constant.
    """
    damage = damage[damage["measure"].eq(matched_frames.WORST) & damage["reference"].eq("optimal")]
    accuracies = sorted(damage["accuracy"].unique().tolist())
    return _figure(
        [
            charts.intervals(
                damage,
                category="network",
                value="mean",
                lower="low",
                upper="high",
                x_title="accuracy lost by the digit hit hardest",
                x_format=".0%",
                reference=0,
                colors=kinds.COLORS,
                where=charts.where.equals("accuracy", "accuracy"),
            )
        ],
        "networks",
        charts.Scrub(
            "accuracy",
            accuracies,
            [f"{one:g}%" for one in accuracies],
            title="Accuracy of all",
            initial=95.0,
        ),
        caption,
        description,
    )


def predicted(correlations: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw how well two guesses predict who is hurt, by kind of network: `predictions.of`."""
    return _figure(
        [
            charts.intervals(
                correlations,
                category="network",
                value="mean",
                lower="low",
                upper="high",
                x_title="rank correlation with what digits lose",
                reference=0,
                colors=kinds.COLORS,
                where=charts.where.equals("guess", "guess"),
            )
        ],
        "predicted",
        charts.Choose("guess", charts.named(correlations["guess"].unique()), title="Guess by"),
        caption,
        description,
    )
