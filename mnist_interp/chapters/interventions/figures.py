"""The figures of chapter 3: panels, controls and taps. Their words stand in the page."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.interventions import doses, votes
from mnist_interp.charts.controls import Control
from mnist_interp.charts.figure import Panel
from mnist_interp.experiments.ablation_effects import ORDERS
from mnist_interp.methods.references import TITLES

_UNIT = charts.shared("unit")
_NEURONS = {str(n): n for n in range(16)}
_AT_NETWORK = charts.where.equals("network", "network")
_AT_REFERENCE = charts.where.equals("reference", "reference")
_AT_LAYER = charts.where.equals("layer", "layer")


def _replaced_by(titles: Iterable[str] = TITLES.values(), initial: str = "zero") -> charts.Choose:
    return charts.Choose("reference", charts.named(titles), title="Replaced by", initial=initial)


def _seed(frame: pd.DataFrame, title: str) -> charts.Choose:
    return charts.Choose("network", charts.named(frame["network"].unique()), title=title)


def references(losses: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what each digit loses without each neuron under one reference, beside one neuron under each."""

    def lost(y: str, y_title: str, where: str, height: int) -> Panel:
        return charts.heatmap(
            losses,
            x="digit",
            y=y,
            value="lost",
            x_title="digit",
            y_title=y_title,
            value_title="accuracy lost",
            value_format="+.1%",
            spread="harm",
            domain=(-1, 1),
            where=[_AT_NETWORK, where],
            height=height,
        )

    return charts.figure(
        [
            lost("neuron", "neuron taken out of layer 2", _AT_REFERENCE, 400),
            lost("reference", "", charts.where.equals("neuron", "neuron"), 230),
        ],
        name="references",
        columns=2,
        wide=True,
        controls=[
            _replaced_by(),
            charts.Choose("neuron", _NEURONS, title="Neuron"),
            _seed(losses, "Seed"),
        ],
        taps=[charts.Tap(0, {"neuron": "neuron"}), charts.Tap(1, {"reference": "reference"})],
        caption=caption,
        description=description,
    )


def dose_response(response: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw accuracy and mean logit of each digit as one neuron is scaled."""
    some = [charts.where.equals("unit", "unit"), charts.where.among("digit", "digits")]
    scaled = "times its activation"
    return charts.figure(
        [
            charts.digit_lines(
                response,
                x="dose",
                y="accuracy",
                x_title=scaled,
                y_title="accuracy",
                y_format=".0%",
                y_domain=(0, 1),
                reference=1,
                where=some,
            ),
            charts.digit_lines(
                response, x="dose", y="logit", x_title=scaled, y_title="mean logit, all images", reference=1, where=some
            ),
        ],
        name="doses",
        columns=2,
        wide=True,
        controls=[
            charts.Choose(_UNIT, doses.UNITS, title="Neuron"),
            charts.ChooseMany("digits", charts.digit_options(), title="Digits"),
        ],
        caption=caption,
        description=description,
    )


def flips(counts: pd.DataFrame, flipped: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw the confusion matrix at a dose, its change, and the images whose prediction changed."""
    chosen = [charts.where.equals("unit", "unit"), charts.where.equals("dose", "dose")]
    filters = {"unit": "unit", "dose": "dose", "label": "true_digit", "predicted": "read_as"}
    return charts.figure(
        [
            charts.confusion(counts, selected=("true_digit", "read_as"), where=chosen, title="images, with the lesion"),
            charts.heatmap(
                counts,
                x="predicted",
                y="true",
                value="change",
                x_title="predicted",
                y_title="true digit",
                value_title="change",
                value_format="+d",
                spread="diverging",
                domain=(-300, 300),
                where=chosen,
                title="change from untouched",
                height=304,
            ),
            charts.Gallery(flipped, title="Answer changed", filters=filters, most=120, height=300),
        ],
        name="flips",
        columns=3,
        wide=True,
        controls=[
            charts.Choose(_UNIT, doses.UNITS, title="Neuron"),
            charts.Choose("dose", charts.named(doses.DOSES), title="Set to"),
        ],
        taps=[charts.Tap(panel, {"true": "true_digit", "predicted": "read_as"}) for panel in (0, 1)],
        caption=caption,
        description=description,
    )


def habits(found: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what one neuron costs, and how many bottlenecks a network has, over networks."""
    panels = [
        charts.intervals(
            found[found["panel"] == panel],
            category="reference",
            value="mean",
            lower="low",
            upper="high",
            x_title=x_title,
            x_format=x_format,
            where=_AT_LAYER,
            reference=0,
        )
        for panel, x_title, x_format in (
            ("lost", "accuracy lost per neuron", ".1%"),
            ("bottlenecks", "bottlenecks per network", ".3~g"),
        )
    ]
    return charts.figure(
        panels,
        name="habits",
        columns=2,
        wide=True,
        controls=[charts.Choose("layer", charts.named(found["layer"].unique()), title="Layer")],
        caption=caption,
        description=description,
    )


def _cells(cells: pd.DataFrame, x: str, x_title: str) -> Panel:
    return charts.points(
        cells,
        x=x,
        y="lost",
        named="neuron",
        x_title=x_title,
        y_title="accuracy the digit loses",
        named_title="replaced",
        y_format="+.0%",
        y_linear_within=0.01,
        where=[_AT_NETWORK, _AT_REFERENCE, charts.where.among("vote", "votes")],
        title="one network",
    )


def _beside(cells: pd.DataFrame, initial: str) -> list[Control]:
    return [
        _replaced_by(initial=TITLES[initial]),
        charts.ChooseMany("votes", charts.named((votes.FOR, votes.AGAINST)), title="Cells"),
        _seed(cells, "Seed, A"),
    ]


def cancellation(cells: pd.DataFrame, correlations: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw selectivity against damage for each neuron and digit, and their correlation, by the sign of the vote."""
    return charts.figure(
        [
            _cells(cells, "selectivity", "selectivity for the digit"),
            charts.intervals(
                correlations,
                category="cells",
                value="mean",
                lower="low",
                upper="high",
                title="across networks",
                x_title="rank correlation",
                reference=0,
                where=_AT_REFERENCE,
            ),
        ],
        name="cancellation",
        columns=2,
        wide=True,
        controls=_beside(cells, "mean"),
        caption=caption,
        description=description,
    )


def pushes(cells: pd.DataFrame, correlations: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw the signed push against damage for each neuron and digit, and how well each predictor does over networks."""
    return charts.figure(
        [
            _cells(cells, "push", "signed push on the digit’s logit"),
            charts.intervals(
                correlations,
                category="predictor",
                value="mean",
                lower="low",
                upper="high",
                title="across networks",
                x_title="rank correlation",
                reference=0,
                where=[_AT_REFERENCE, _AT_LAYER],
            ),
        ],
        name="pushes",
        columns=2,
        wide=True,
        controls=[
            *_beside(cells, "mean"),
            charts.Choose("layer", charts.named(correlations["layer"].unique()), title="Layer, B"),
        ],
        caption=caption,
        description=description,
    )


def axes(costs: pd.DataFrame, swaps: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what neurons and other axes cost, and how often swapping one thing changes the answer, over networks."""

    def forest(frame: pd.DataFrame, category: str, x_title: str, where: list[str], title: str) -> Panel:
        return charts.intervals(
            frame,
            title=title,
            category=category,
            value="mean",
            lower="low",
            upper="high",
            x_title=x_title,
            x_format=".0%",
            reference=0,
            where=where,
        )

    states = charts.named(swaps["state"].unique())
    return charts.figure(
        [
            forest(costs, "held", "accuracy lost", [], "held at its mean"),
            forest(
                swaps,
                "swapped",
                "answers changed to the other digit",
                [charts.where.equals("state", "state")],
                "swapped",
            ),
        ],
        name="axes",
        columns=2,
        wide=True,
        controls=[charts.Choose("state", states, title="Hidden layers, B")],
        caption=caption,
        description=description,
    )


def orders(curves: pd.DataFrame, plans: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw accuracy as neurons go by a plan, in one network, and each plan against random orders over networks."""
    return charts.figure(
        [
            charts.curve(
                curves,
                x="gone",
                y="accuracy",
                series="order",
                band=("low", "high"),
                x_title="neurons of layer 2 replaced",
                y_title="test accuracy",
                y_format=".0%",
                y_domain=(0, 1),
                where=[_AT_NETWORK, _AT_REFERENCE, charts.where.equals("plan", "plan")],
                height=320,
            ),
            charts.intervals(
                plans,
                category="plan",
                value="mean",
                lower="low",
                upper="high",
                x_title="accuracy minus random orders",
                x_format="+.0%",
                reference=0,
                where=_AT_REFERENCE,
            ),
        ],
        name="orders",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("plan", charts.named(ORDERS), title="Plan"),
            _replaced_by(plans["reference"].unique(), initial="mean"),
            _seed(curves, "Seed in A"),
        ],
        taps=[charts.Tap(1, {"plan": "plan"})],
        caption=caption,
        description=description,
    )


def pairs(beyond: pd.DataFrame, losses: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what pairs cost beyond their two neurons alone, and what each digit loses without the chosen pair."""
    chosen = [charts.where.equals("one", "one"), charts.where.equals("other", "other")]
    return charts.figure(
        [
            charts.heatmap(
                beyond,
                x="other",
                y="one",
                value="beyond",
                x_title="neuron",
                y_title="neuron",
                value_title="cost beyond the two alone",
                value_format="+.1%",
                spread="harm",
                domain=(-0.1, 0.1),
                where=[_AT_REFERENCE, charts.where.equals("digit", "group")],
                height=420,
            ),
            charts.heatmap(
                losses,
                x="digit",
                y="which",
                value="lost",
                x_title="digit",
                y_title="",
                value_title="accuracy lost",
                value_format="+.1%",
                spread="harm",
                domain=(-0.5, 0.5),
                where=[_AT_REFERENCE, *chosen],
                height=150,
            ),
        ],
        name="pairs",
        columns=2,
        wide=True,
        controls=[
            _replaced_by(beyond["reference"].unique(), initial="mean"),
            charts.Choose("group", charts.named(beyond["digit"].unique()), title="Images"),
            charts.Choose("one", _NEURONS, title="Neuron", initial=7),
            charts.Choose("other", _NEURONS, title="and neuron", initial=14),
        ],
        taps=[charts.Tap(0, {"one": "one", "other": "other"})],
        caption=caption,
        description=description,
    )


def attribution(pushes: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw the mean push of every neuron on every logit for one digit, and of one neuron for every digit."""

    def pushed(y: str, y_title: str, at: str) -> Panel:
        return charts.heatmap(
            pushes,
            x="logit",
            y=y,
            value="push",
            x_title="logit pushed",
            y_title=y_title,
            value_title="mean push",
            spread="diverging",
            where=charts.where.equals(at, at),
            height=400,
        )

    return charts.figure(
        [pushed("neuron", "neuron of layer 2", "shown"), pushed("shown", "digit shown", "neuron")],
        name="attribution",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("shown", charts.digit_options(), title="Digit shown", initial=1),
            charts.Choose("neuron", _NEURONS, title="Neuron"),
        ],
        taps=[charts.Tap(0, {"neuron": "neuron"}), charts.Tap(1, {"shown": "shown"})],
        caption=caption,
        description=description,
    )
