"""The figures of chapter 1: panels, controls and taps. Their words stand on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.baseline.training_frames import GROUPS
from mnist_interp.experiments import training_dynamics
from mnist_interp.training.runs import Run

_IMAGES = charts.Choose("group", charts.named(GROUPS), title="Images")
_KINDS = {"standard deviation": "std", "mean": "mean"}
_DIGITS = charts.ChooseMany("digits", charts.digit_options(), title="Digits")
_BY_GROUP = charts.where.equals("digit", "group")
_BY_KIND = charts.where.equals("kind", "kind")
_AT_CHECKPOINT = charts.where.equals("checkpoint", "checkpoint")


def scrub(run: Run, *, last: bool = False) -> charts.Scrub:
    """Return a control of the checkpoint, over the milestones of training, that begins at the first or at the last."""
    checkpoints = training_dynamics.milestones(run)
    moments = [training_dynamics.moment(run, checkpoint) for checkpoint in checkpoints]
    return charts.Scrub("checkpoint", checkpoints, moments, title="Checkpoint", initial=checkpoints[-1 if last else 0])


def ink(by_digit: pd.DataFrame, images: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show how much ink each digit takes, and some of its images."""
    return charts.figure(
        [
            charts.intervals(
                by_digit,
                category="digit",
                value="mean",
                lower="low",
                upper="high",
                x_title="mean pixel value per image",
                category_title="digit",
            ),
            charts.Gallery(images, title="Test images", filters={"label": "digit"}, most=60),
        ],
        name="ink",
        columns=2,
        taps=[charts.Tap(0, {"digit": "digit"})],
        caption=caption,
        description=description,
    )


def training(
    accuracies: pd.DataFrame, losses: pd.DataFrame, published: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Show test accuracy at every checkpoint and training loss in every pass, with the published losses."""
    lines: dict[str, Any] = {"x": "epoch", "y": "middle", "series": "network"}
    return charts.figure(
        [
            charts.curve(
                accuracies,
                band=("low", "high"),
                x_title="epochs of training",
                y_title="test accuracy",
                y_format=".0%",
                y_domain=(0, 1),
                log_x=True,
                **lines,
            ),
            charts.curve(
                losses,
                band=("low", "high"),
                published=published,
                x_title="pass over the training images",
                y_title="training loss, nats",
                **lines,
            ),
        ],
        name="training",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )


def seeds(final: pd.DataFrame, highlight: str, *, caption: str, description: str) -> charts.Figure:
    """Show the final test accuracy of every network, one of them highlighted."""
    return charts.figure(
        charts.intervals(
            final,
            category="network",
            value="accuracy",
            lower="low",
            upper="high",
            highlight=highlight,
            x_title="test accuracy after the last epoch",
            x_format=".1%",
        ),
        name="seeds",
        caption=caption,
        description=description,
    )


def confusion(counts: pd.DataFrame, misread: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show the confusion matrix, and the images of the cell that is tapped."""
    gallery = charts.Gallery(
        misread, title="Misclassified", filters={"label": "true_digit", "predicted": "read_as"}, most=150, height=380
    )
    return charts.figure(
        [charts.confusion(counts, selected=("true_digit", "read_as")), gallery],
        name="confusion",
        columns=2,
        wide=True,
        taps=[charts.Tap(0, {"true": "true_digit", "predicted": "read_as"})],
        caption=caption,
        description=description,
    )


def class_accuracy(by_class: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show accuracy by digit, with its range over seeds."""
    return charts.figure(
        charts.intervals(
            by_class,
            category="digit",
            value="accuracy",
            lower="low",
            upper="high",
            x_title="share of a digit’s test images correctly classified",
            category_title="digit",
            x_format=".0%",
        ),
        name="class-accuracy",
        caption=caption,
        description=description,
    )


def _histogram(layer: str, bins: pd.DataFrame) -> alt.LayerChart:
    trained = bins[(bins["digit"] == GROUPS[0]) & (bins["checkpoint"] > 0)]
    room = 1.0 if layer.startswith("linear") else 0.5  # a ReLU's zeros would leave none for the rest
    return charts.histogram(
        bins,
        start="low",
        end="high",
        count="share",
        x_title=layer,
        y_title="share of values",
        y_format=".0%",
        y_top=float(trained["share"].max() * room),
        where=[_AT_CHECKPOINT, _BY_GROUP],
    )


def layers(
    run: Run, histograms: Mapping[str, pd.DataFrame], drifts: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Show histograms of the values of each layer at a checkpoint, and how three of them spread.

    Parameters
    ----------
    run : Run
        Whose layers they are.
    histograms : mapping of str to pandas.DataFrame
        `training_dynamics.histograms` by layer.
    drifts : pandas.DataFrame
        From `training_frames.drifts`.
    caption, description : str
        The figure's words.
    """
    lines = charts.curve(
        drifts,
        x="epoch",
        y="value",
        series="layer",
        x_title="epochs of training",
        y_title="over all values of a set",
        log_x=True,
        where=[_BY_GROUP, _BY_KIND],
    )
    return charts.figure(
        [*(_histogram(layer, bins) for layer, bins in histograms.items()), lines],
        name="layers",
        columns=3,
        wide=True,
        controls=[scrub(run), _IMAGES, charts.Choose("kind", _KINDS, title="Panel F")],
        taps=[charts.Tap(len(histograms), {"checkpoint": "checkpoint"})],
        caption=caption,
        description=description,
    )


def spread(spreads: Mapping[str, pd.DataFrame], *, caption: str, description: str) -> charts.Figure:
    """Show how the values of three layers spread over all seeds, from `training_frames.spreads` by title."""
    return charts.figure(
        [
            charts.curve(
                frame,
                x="epoch",
                y="middle",
                series="network",
                band=("low", "high"),
                x_title="epochs",
                y_title="over all values of a layer",
                title=title,
                where=[_BY_GROUP, _BY_KIND],
            )
            for title, frame in spreads.items()
        ],
        name="spread",
        columns=3,
        wide=True,
        controls=[_IMAGES, charts.Choose("kind", _KINDS, title="Show")],
        caption=caption,
        description=description,
    )


def tuning(run: Run, means: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show mean activations of layer 2 by neuron at a checkpoint, and of one neuron by checkpoint, in several seeds."""
    cells: dict[str, Any] = {"value": "value", "value_title": "mean activation", "height": 400}
    by_seed = charts.where.equals("seed", "seed")
    neurons, seeds = means["neuron"].unique().tolist(), means["seed"].unique().tolist()
    return charts.figure(
        [
            charts.heatmap(
                means,
                x="digit",
                y="neuron",
                x_title="digit shown",
                y_title="neuron of layer 2",
                where=[by_seed, _AT_CHECKPOINT],
                **cells,
            ),
            charts.heatmap(
                means,
                x="after",
                y="digit",
                x_title="epochs of training",
                y_title="digit shown",
                where=[by_seed, charts.where.equals("neuron", "neuron")],
                **cells,
            ),
        ],
        name="tuning",
        columns=2,
        wide=True,
        controls=[
            scrub(run, last=True),
            charts.Choose("neuron", {str(n): n for n in neurons}, title="Neuron"),
            charts.Choose("seed", charts.named(seeds), title="Seed"),
        ],
        taps=[charts.Tap(0, {"neuron": "neuron"}), charts.Tap(1, {"checkpoint": "checkpoint"})],
        caption=caption,
        description=description,
    )


def neurons(means: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show the mean activation of every hidden neuron through training, from `training_frames.neuron_means`."""
    return charts.figure(
        [
            charts.heatmap(
                means[means["layer"] == number].drop(columns=["layer", "checkpoint"]),
                x="after",
                y="neuron",
                value="value",
                x_title="epochs of training",
                y_title="neuron",
                value_title="mean activation",
                title=f"layer {number}",
                where=_BY_GROUP,
                height=520,
            )
            for number in (1, 2)
        ],
        name="neurons",
        columns=2,
        wide=True,
        controls=[_IMAGES],
        caption=caption,
        description=description,
    )


def sorting(run: Run, placed: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show test images in a plane of layer 2 at a checkpoint, from `training_dynamics.layer2_in_plane`."""
    return charts.figure(
        charts.glyphs(placed, x="x", y="y", where=[_AT_CHECKPOINT, charts.where.among("label", "digits")]),
        name="sorting",
        controls=[scrub(run, last=True), _DIGITS],
        caption=caption,
        description=description,
    )


def maps(points: pd.DataFrame, kinds: Sequence[str], *, caption: str, description: str) -> charts.Figure:
    """Show maps of several kinds of the same points, from `layer_maps.points`."""
    conditions = [charts.where.equals("space", "space"), charts.where.among("label", "digits")]
    spaces = points["space"].unique().tolist()
    return charts.figure(
        [
            charts.scatter(points, x=f"{kind} x", y=f"{kind} y", title=kind, where=conditions, size=14, aspect=1)
            for kind in kinds
        ],
        name="maps",
        columns=2,
        wide=True,
        controls=[charts.Choose("space", charts.named(spaces), title="What is projected"), _DIGITS],
        caption=caption,
        description=description,
    )
