"""The figures of chapter 6, one function each: panels, controls and taps. The page has captions and descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp import charts
from mnist_interp.chapters.cnn import anatomy
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.charts import where
from mnist_interp.charts.figure import Panel
from mnist_interp.methods.references import REFERENCES, TITLES
from mnist_interp.training.runs import Run

INTERVAL: dict[str, Any] = {"value": "mean", "lower": "low", "upper": "high"}
BY_REFERENCE = where.equals("reference", "reference")
PARTS = {"relu1": "layer 1, channels", "relu2": "layer 2, channels", "relu3": "layer 3, units"}
MEASURES = {
    "test accuracy": ".0%",
    "shifted by two pixels": ".0%",
    "AUROC": ".2f",
    "dead units": ".0%",
    "intrinsic dimension": ".1f",
}


def _replaced_by(title: str = "Replaced by", references: Iterable[str] = REFERENCES) -> charts.Choose:
    return charts.Choose("reference", {TITLES[name]: name for name in references}, title=title)


def filters(run: Run, *, description: str) -> charts.Picture:
    """Return the filters of the first convolution as pictures."""
    weights = run.weights["conv1.weight"][-1, :, 0]
    return charts.weights(
        weights, columns=8, titles=[str(number) for number in range(len(weights))], description=description
    )


def accuracies(reached: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return test accuracy by kind of network, from `comparison.accuracies`."""
    return charts.figure(
        charts.intervals(
            reached, category="network", **INTERVAL, x_title="test accuracy", x_format=".1%", highlight="CNN"
        ),
        name="arms",
        columns=1,
        caption=caption,
        description=description,
    )


def moved(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return accuracy as digits are shifted and turned, from `comparison.moved`."""
    return charts.figure(
        [
            charts.curve(
                frame[frame["way"] == way],
                x="by",
                y="accuracy",
                series="network",
                band=("low", "high"),
                x_title=title,
                y_title="test accuracy",
                y_format=".0%",
                height=330,
            )
            for way, title in {"shift": "shift, pixels", "turn": "rotation, degrees"}.items()
        ],
        name="moved",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )


def through(pair: Mapping[str, Run], chosen: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return a test image on its way through two networks, the image to be chosen.

    Parameters
    ----------
    pair : mapping of str to Run
        The perceptron and the CNN, by name.
    chosen : pandas.DataFrame
        Images, as `example_images.choose` returns them; of one digit and kind the first.
    """
    options = {f"{row.label}, {row.kind}": row.image for row in chosen.drop_duplicates(["label", "kind"]).itertuples()}
    images = list(options.values())
    shown = chosen[chosen["image"].isin(images)].assign(predicted=lambda rows: rows["cnn"])
    why, which = anatomy.evidence(pair, images)
    logits = anatomy.logits(pair, images).astype({"digit": str})
    titles = {
        "relu1": "layer 1: where each filter found something",
        "relu2": "layer 2: what those maps combine into",
    }
    maps = {title: anatomy.feature_maps(pair["CNN"], images, layer) for layer, title in titles.items()}
    by_image = {"image": "image"}
    return charts.figure(
        [
            charts.Gallery(shown, title="The image, and the CNN’s prediction", filters=by_image, most=1, height=90),
            charts.Pictures(
                why, which, title="Evidence for the answer", filters={"image": "image", "method": "method"}, size=150
            ),
            *(
                charts.Pictures(arrays, frame, title=title, filters=by_image, size=64)
                for title, (arrays, frame) in maps.items()
            ),
            *(
                charts.bars(
                    logits[logits["network"] == name],
                    category="digit",
                    value="logit",
                    x_title="logit minus the mean of all ten",
                    x_format=".1f",
                    where=where.equals("image", "image"),
                    title=f"what the {name} says",
                )
                for name in pair
            ),
        ],
        name="through",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("image", options, title="Image", initial=int(chosen["image"].iloc[1])),
            charts.Choose("method", charts.named(anatomy.METHODS), title="Evidence", initial="integrated gradients"),
        ],
        caption=caption,
        description=description,
    )


def likes(
    cuts: np.ndarray, of_cuts: pd.DataFrame, tuning: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Return what channels answer to, and the places that the chosen channel likes best.

    Parameters
    ----------
    cuts, of_cuts
        As of `anatomy.favorites`.
    tuning : pandas.DataFrame
        As of `anatomy.tuning_both_ways`.
    """
    names = {"layer {}, channel {}".format(*name.split(".")): name for name in of_cuts["channel"].unique()}
    by_kind, by_channel = where.equals("kind", "kind"), where.equals("channel", "channel")
    share = "share of its best digit"
    return charts.figure(
        [
            *(
                charts.heatmap(
                    rows.assign(number=rows["channel"].str.partition(".")[2].astype(int)),
                    x="digit",
                    y="number",
                    value="value",
                    x_title="digit",
                    y_title="channel",
                    domain=(0, 1),
                    value_title=share,
                    where=by_kind,
                    title=f"layer {str(layer)[-1]}",
                    height=340,
                )
                for layer, rows in tuning.groupby("layer")
            ),
            charts.Pictures(
                cuts,
                of_cuts.astype({"label": str}),
                title="Where the chosen channel is most active: it sees the dark middle",
                filters={"channel": "channel"},
                size=72,
            ),
            charts.bars(
                tuning.astype({"digit": str}),
                category="digit",
                value="value",
                x_title=share,
                x_format=".2f",
                where=[by_channel, by_kind],
                title="the chosen channel, by digit",
            ),
        ],
        name="likes",
        columns=2,
        wide=True,
        controls=[
            charts.Choose(
                "kind",
                {"mean over the map": "mean", "largest value of the map": "max"},
                title="A channel’s response is the",
            ),
            charts.Choose("channel", names, title="Channel", initial="2.0"),
        ],
        taps=[charts.Tap(panel, {"channel": "channel"}) for panel in (0, 1)],
        caption=caption,
        description=description,
    )


def stages(
    readers: pd.DataFrame, spreads: pd.DataFrame, pulls: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Return a linear readout's accuracy by stage, and how layers change in training."""
    over_training: dict[str, Any] = {
        "x": "epoch",
        "y": "value",
        "series": "layer",
        "x_title": "epochs of training",
        "log_x": True,
        "title": "CNN",
        "height": 320,
    }
    return charts.figure(
        [
            *(
                charts.curve(
                    rows.reset_index(drop=True),
                    x="stage",
                    y="accuracy",
                    series="state",
                    band=("low", "high"),
                    x_title="stage (0: pixels, then each layer)",
                    y_title="accuracy of a linear readout",
                    y_format=".0%",
                    y_domain=(0.4, 1),
                    title=str(name),
                    height=320,
                )
                for name, rows in readers.groupby("network")
            ),
            charts.curve(spreads, **over_training, y_title="standard deviation of a layer’s values"),
            charts.curve(pulls, **over_training, y_title="mean norm of the loss gradient"),
        ],
        name="stages",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )


def who_breaks(losses: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return what each digit loses without each part, from `parts.losses`."""
    return charts.figure(
        [
            charts.heatmap(
                losses[losses["layer"] == layer],
                x="unit",
                y="digit",
                value="lost",
                x_title=title,
                y_title="digit",
                value_title="accuracy lost",
                value_format="+.1%",
                spread="harm",
                domain=(-1, 1),
                where=BY_REFERENCE,
                title=title,
                height=260,
            )
            for layer, title in PARTS.items()
        ],
        name="who-breaks",
        columns=1,
        wide=True,
        controls=[_replaced_by()],
        caption=caption,
        description=description,
    )


def rereadings(changes: Mapping[str, xr.DataArray], *, caption: str, description: str) -> charts.Figure:
    """Return where images go without one part, from changes of `ablation_effects.rereadings` by title."""
    panels = []
    for title, change in changes.items():
        end = float(np.ceil(10 * np.abs(change).max()) / 10)
        panels.append(
            charts.heatmap(
                change.rename("change").round(4).to_dataframe().reset_index(),
                x="predicted",
                y="true",
                value="change",
                x_title="predicted digit",
                y_title="true digit",
                value_title="share of the digit’s images",
                value_format="+.1%",
                spread="diverging",
                domain=(-end, end),
                where=BY_REFERENCE,
                title=title,
                height=290,
            )
        )
    references = next(iter(changes.values()))["reference"].to_numpy().tolist()
    return charts.figure(
        panels,
        name="rereadings",
        columns=3,
        wide=True,
        controls=[_replaced_by(references=references)],
        caption=caption,
        description=description,
    )


def price(costs: Mapping[str, np.ndarray], *, caption: str, description: str) -> charts.Figure:
    """Return what a sixteenth of a layer costs, from `parts.sixteenths`."""
    return charts.figure(
        charts.intervals(
            with_interval(({"part": part}, values) for part, values in costs.items()),
            category="part",
            **INTERVAL,
            x_title="accuracy lost with a sixteenth of a layer at its mean",
            x_format=".1%",
            reference=0,
            highlight="CNN matched, channels",
        ),
        name="price",
        columns=1,
        caption=caption,
        description=description,
    )


def width(found: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return what width and accuracy make of bottlenecks and of the 1s, from `parts.by_width`."""

    def forest(panel: str, x_title: str, x_format: str) -> Panel:
        return charts.intervals(
            found[found["panel"] == panel],
            category="network",
            **INTERVAL,
            x_title=x_title,
            x_format=x_format,
            reference=0,
            where=BY_REFERENCE,
        )

    return charts.figure(
        [
            forest("bottlenecks", "bottlenecks in the last hidden layer", ".3~g"),
            forest("ones", "1s lost without the unit they need most", ".0%"),
        ],
        name="width",
        columns=2,
        wide=True,
        controls=[_replaced_by()],
        caption=caption,
        description=description,
    )


def subsets(
    kept: pd.DataFrame, in_order: pd.DataFrame, by_place: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Return what sets of parts cost, from the functions of `parts` of the same names, up to twelve in order."""
    accuracy: dict[str, Any] = {"y_title": "test accuracy", "y_format": ".0%", "height": 300}
    return charts.figure(
        [
            charts.curve(
                kept.groupby("kept")["accuracy"].agg(["mean", "min", "max"]).reset_index(),
                x="kept",
                y="mean",
                band=("min", "max"),
                x_title="channels of layer 1 kept",
                **accuracy,
            ),
            charts.curve(
                in_order[in_order["gone"] <= 12],
                x="gone",
                y="accuracy",
                series="order",
                x_title="channels of layer 2 replaced",
                **accuracy,
            ),
            charts.heatmap(
                by_place,
                x="column",
                y="row",
                value="lost",
                x_title="column of the map",
                y_title="row of the map",
                value_title="accuracy lost",
                value_format="+.1%",
                spread="harm",
                where=where.equals("digit", "digit"),
                title="one place of layer 2, all channels",
                height=300,
            ),
        ],
        name="subsets",
        columns=3,
        wide=True,
        controls=[charts.Choose("digit", charts.digit_options(), title="Digit in C", initial=1)],
        caption=caption,
        description=description,
    )


def ones(
    worst: pd.DataFrame, responses: pd.DataFrame, *, initial: int, caption: str, description: str
) -> charts.Figure:
    """Return the search for a unit that is the "1".

    Parameters
    ----------
    worst : pandas.DataFrame
        As `parts.worst_for_ones_by_reference` returns it.
    responses : pandas.DataFrame
        As `parts.dose_responses` returns it.
    initial : int
        The unit whose doses are shown first.
    """
    units = {f"unit {number}": number for number in responses["unit"].unique().tolist()}
    return charts.figure(
        [
            charts.intervals(
                worst,
                category="network",
                **INTERVAL,
                x_title="1s lost without the part they need most",
                x_format=".0%",
                reference=0,
                where=BY_REFERENCE,
            ),
            charts.digit_lines(
                responses,
                x="dose",
                y="accuracy",
                x_title="layer-3 unit, multiple of its activation",
                y_title="test accuracy",
                y_format=".0%",
                reference=1,
                where=where.equals("unit", "unit"),
                height=330,
            ),
        ],
        name="ones",
        columns=2,
        wide=True,
        controls=[_replaced_by("In A, replaced by"), charts.Choose("unit", units, title="Panel B", initial=initial)],
        caption=caption,
        description=description,
    )


def spaces(placed: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return test images placed by layers, from `anatomy.placed`."""
    return charts.figure(
        [
            charts.glyphs(rows, x="x", y="y", title=str(name), aspect=0.8)
            for name, rows in placed.groupby("space", sort=False)
        ],
        name="spaces",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )


def comparison(measured: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return the measures of several kinds of networks, from `comparison.measured`."""
    return charts.figure(
        [
            *(
                charts.intervals(
                    measured[measured["measure"] == name],
                    category="network",
                    **INTERVAL,
                    x_title=name,
                    x_format=form,
                    highlight="CNN",
                )
                for name, form in MEASURES.items()
            ),
            *(
                charts.intervals(
                    measured[measured["measure"] == name],
                    category="network",
                    **INTERVAL,
                    x_title=f"{name} (as chosen above)",
                    x_format=".0%",
                    highlight="CNN",
                    where=BY_REFERENCE,
                )
                for name in ("bottlenecks", "1s lost with one unit")
            ),
        ],
        name="comparison",
        columns=2,
        wide=True,
        controls=[_replaced_by("Bottlenecks, 1s: replaced by")],
        caption=caption,
        description=description,
    )
