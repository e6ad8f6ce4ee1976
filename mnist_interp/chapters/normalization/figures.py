"""The figures of chapter 4: panels, controls and taps. Captions are in the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.normalization import ladder, selective
from mnist_interp.chapters.normalization.designs import Explored
from mnist_interp.chapters.normalization.five_neurons import Maps
from mnist_interp.chapters.normalization.readme_plate import Plate
from mnist_interp.charts.figure import Panel
from mnist_interp.experiments import factorials
from mnist_interp.methods.references import TITLES

_NEURONS = {str(n): n for n in range(16)}


def _rates(rates: Iterable[float]) -> dict[str, float]:
    return {f"{rate:g}": rate for rate in rates}


def steps(
    by_epoch: pd.DataFrame, gains: pd.DataFrame, initial: Sequence[str], *, caption: str, description: str
) -> charts.Figure:
    """Draw accuracy by epoch on each rung of the ladder, and what each gains over plain pixels."""
    return charts.figure(
        [
            charts.curve(
                ladder.late(by_epoch),
                x="epoch",
                y="accuracy",
                series="rung",
                band=("low", "high"),
                x_title="epoch",
                y_title="test accuracy",
                y_format=".0%",
                where=charts.where.among("rung", "rungs"),
                height=360,
            ),
            charts.intervals(
                gains,
                category="rung",
                value="gain",
                lower="low",
                upper="high",
                x_title="accuracy gained over plain pixels",
                x_format="+.1%",
                reference=0,
            ),
        ],
        name="ladder",
        columns=2,
        wide=True,
        controls=[charts.ChooseMany("rungs", charts.named(by_epoch["rung"].unique()), title="Rungs", initial=initial)],
        caption=caption,
        description=description,
    )


def arms(
    by_epoch: pd.DataFrame, gains: pd.DataFrame, initial: Sequence[str], *, caption: str, description: str
) -> charts.Figure:
    """Draw what each change of the training gains over plain pixels, and its accuracy by epoch."""
    return charts.figure(
        [
            charts.intervals(
                gains,
                category="rung",
                value="gain",
                lower="low",
                upper="high",
                x_title="accuracy gained over plain pixels",
                x_format="+.2%",
                reference=0,
                highlight="standardized",
            ),
            charts.curve(
                ladder.late(by_epoch),
                x="epoch",
                y="accuracy",
                series="rung",
                band=("low", "high"),
                x_title="epoch",
                y_title="test accuracy",
                y_format=".0%",
                where=charts.where.among("rung", "arms"),
                height=320,
            ),
        ],
        name="arms",
        columns=2,
        wide=True,
        controls=[charts.ChooseMany("arms", charts.named(by_epoch["rung"].unique()), title="Panel B", initial=initial)],
        caption=caption,
        description=description,
    )


def inputs(explored: Explored, *, caption: str, description: str) -> charts.Figure:
    """Draw validation accuracy by treatment of pixels and learning rate, and one cell's by epoch."""
    tapped = [charts.where.equals("pixels", "pixels"), charts.where.equals("rate", "rate")]
    return charts.figure(
        [
            charts.heatmap(
                explored.cells,
                x="rate",
                y="pixels",
                value="accuracy",
                x_title="learning rate",
                y_title="pixels",
                value_title="validation accuracy",
                value_format=".2%",
                height=240,
            ),
            charts.curve(
                ladder.late(explored.by_epoch),
                x="epoch",
                y="accuracy",
                x_title="epoch",
                y_title="validation accuracy",
                y_format=".0%",
                where=tapped,
                height=240,
            ),
        ],
        name="inputs-explored",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("pixels", charts.named(explored.cells["pixels"].unique()), title="Pixels"),
            charts.Choose("rate", _rates(factorials.RATES), title="Rate"),
        ],
        taps=[charts.Tap(0, {"pixels": "pixels", "rate": "rate"})],
        caption=caption,
        description=description,
    )


def layers(explored: Explored, *, caption: str, description: str) -> charts.Figure:
    """Draw validation accuracy by kind of normalization and dropout at one rate, and one cell's by epoch."""
    at_rate = charts.where.equals("rate", "rate2")
    return charts.figure(
        [
            charts.heatmap(
                explored.cells,
                x="dropout",
                y="kind",
                value="accuracy",
                x_title="dropout after layer 1",
                y_title="normalization",
                value_title="validation accuracy",
                value_format=".2%",
                where=at_rate,
                height=280,
            ),
            charts.curve(
                explored.by_epoch[explored.by_epoch["epoch"] > 0],
                x="epoch",
                y="accuracy",
                x_title="epoch",
                y_title="validation accuracy",
                y_format=".0%",
                where=[charts.where.equals("kind", "kind"), charts.where.equals("dropout", "dropout"), at_rate],
                height=280,
            ),
        ],
        name="layers-explored",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("rate2", _rates(factorials.FEW_RATES), title="Rate"),
            charts.Choose("kind", charts.named(factorials.KINDS), title="Normalization"),
            charts.Choose("dropout", _rates(factorials.DROPOUTS), title="Dropout"),
        ],
        taps=[charts.Tap(0, {"kind": "kind", "dropout": "dropout"})],
        caption=caption,
        description=description,
    )


def _spread(name: str, plate: Plate, widest: float) -> Panel:
    return charts.curve(
        plate.spread,
        x="epoch",
        y="value",
        series="layer",
        x_title="epoch",
        y_title="standard deviation",
        y_domain=(0, widest),
        log_x=True,
        title=f"{name}: spread of each layer",
        height=240,
    )


def _response(name: str, plate: Plate) -> Panel:
    return charts.digit_lines(
        plate.response,
        x="dose",
        y="accuracy",
        x_title="multiple of its activation",
        y_title="accuracy",
        y_format=".0%",
        y_domain=(0, 1),
        reference=1,
        where=charts.where.equals("neuron", f"{name}_neuron"),
        title=f"{name}: one neuron scaled",
        height=240,
    )


def _map(name: str, plate: Plate) -> Panel:
    shown = plate.map.groupby("label").head(60)
    return charts.glyphs(shown, x="x", y="y", title=f"{name}: UMAP of layer 2", aspect=0.8)


def plate(plates: Mapping[str, Plate], *, caption: str, description: str) -> charts.Figure:
    """Draw the plates of networks side by side: spread, a neuron scaled, confusion, a map of layer 2."""
    widest = max(one.spread["value"].max() for one in plates.values())
    rows = (
        [_spread(name, one, widest) for name, one in plates.items()],
        [_response(name, one) for name, one in plates.items()],
        [charts.confusion(one.confusion, title=f"{name}: confusion matrix") for name, one in plates.items()],
        [_map(name, one) for name, one in plates.items()],
    )
    return charts.figure(
        [panel for row in rows for panel in row],
        name="plate",
        columns=2,
        wide=True,
        controls=[
            charts.Choose(f"{name}_neuron", _NEURONS, title=f"Neuron, {name}", initial=int(one.favorites[1]))
            for name, one in plates.items()
        ],
        caption=caption,
        description=description,
    )


def specialized(scores: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw two selectivity scores of layer 2's neurons on each rung, trained and untrained."""
    titles = {"index": "Morcos selectivity index, layer 2", "auroc": "AUROC for the best digit, layer 2"}
    return charts.figure(
        [
            charts.intervals(
                scores[scores["score"] == score],
                category="rung",
                value="mean",
                lower="low",
                upper="high",
                x_title=title,
                x_format=".2f",
                highlight=selective.IMPOSED,
                where=charts.where.equals("state", "state"),
            )
            for score, title in titles.items()
        ],
        name="specialized",
        columns=2,
        wide=True,
        controls=[charts.Choose("state", charts.named(("trained", "untrained")), title="Networks")],
        caption=caption,
        description=description,
    )


def where_to_cut(costs: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what a neuron of layer 1 costs, at zero and at its mean, by where it is cut."""
    return charts.figure(
        [
            charts.intervals(
                costs[costs["reference"] == reference],
                category="way",
                value="mean",
                lower="low",
                upper="high",
                x_title=f"accuracy lost with a neuron at {title}",
                x_format=".2%",
                reference=0,
            )
            for reference, title in {"zero": "zero", "mean": "its mean"}.items()
        ],
        name="where-to-cut",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )


def who_breaks(losses: pd.DataFrame, necks: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw each digit's loss without each neuron, by network, above the losses of populations."""
    same = charts.where.equals("reference", "reference")
    panels: list[Panel] = [
        charts.heatmap(
            losses[losses["network"] == name],
            x="digit",
            y="neuron",
            value="lost",
            x_title="digit",
            y_title="neuron of layer 2",
            value_title="accuracy lost",
            value_format="+.1%",
            spread="harm",
            domain=(-1, 1),
            where=same,
            title=name,
            height=360,
        )
        for name in losses["network"].unique()
    ]
    for panel, x_title, x_format in (
        ("bottlenecks", "bottlenecks per network", ".3~g"),
        ("ones", "1s lost without the neuron they need most", ".0%"),
    ):
        panels.append(
            charts.intervals(
                necks[necks["panel"] == panel],
                category="network",
                value="mean",
                lower="low",
                upper="high",
                x_title=x_title,
                x_format=x_format,
                reference=0,
                where=same,
            )
        )
    return charts.figure(
        panels,
        name="who-breaks",
        columns=2,
        wide=True,
        controls=[charts.Choose("reference", charts.named(TITLES.values()), title="Replaced by")],
        caption=caption,
        description=description,
    )


def fives(maps: Maps, *, caption: str, description: str) -> charts.Figure:
    """Draw maps by the five neurons most selective for a digit, in each network, with a note below each."""
    points, notes = maps
    names, picked = points["network"].unique(), charts.where.equals("digit", "digit")
    return charts.figure(
        [
            *(
                charts.glyphs(points[points["network"] == name], x="x", y="y", where=picked, title=name, aspect=0.8)
                for name in names
            ),
            *(charts.Note(notes[notes["network"] == name], text="text", filters={"digit": "digit"}) for name in names),
        ],
        name="fives",
        columns=2,
        wide=True,
        controls=[charts.Choose("digit", charts.digit_options(), title="Five neurons most selective for", initial=1)],
        caption=caption,
        description=description,
    )
