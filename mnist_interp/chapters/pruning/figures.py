"""The figures of chapter 8: panels, states and how they are linked. Captions are in the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.pruning import film
from mnist_interp.chapters.pruning.oracle_frames import REFERENCES
from mnist_interp.chapters.pruning.plan_frames import ENDS, SIZES
from mnist_interp.chapters.pruning.recovery_frames import FROM
from mnist_interp.chapters.pruning.value_frames import MEASURES, VALUES
from mnist_interp.charts.where import equals

REFERENCE = equals("reference", "reference")
OWN = ("own_size", "own_accuracy")
BENCH = ("interventions.html", "relu2")  # has the published network
_MEAN: dict[str, Any] = {"value": "mean", "lower": "low", "upper": "high"}


def _reference() -> charts.Choose:
    return charts.Choose("reference", REFERENCES, title="The others at")


def every_subset(
    games: dict[str, np.ndarray],
    n_images: int,
    cells: pd.DataFrame,
    chosen: pd.DataFrame,
    *,
    first: tuple[str, int],
    caption: str,
    description: str,
) -> charts.Figure:
    """Draw all subsets of layer 2 by size and accuracy, a plan's choices among them, and the reader's own.

    Parameters
    ----------
    games, cells, chosen
        From `oracle_frames`.
    n_images : int
        Of how many images `games` counts.
    first : (str, int)
        Plan and size of the subset that is the reader's own at first.
    caption, description : str
        Words of the page.
    """
    plan, size = first
    of_plan = chosen[(chosen["reference"] == "mean") & (chosen["plan"] == plan)]
    start = of_plan.set_index("size")["units"][size]
    n_units = int(cells["size"].max())
    return charts.figure(
        [
            charts.subsets(
                cells,
                chosen,
                size="size",
                score="accuracy",
                count="share",
                own=OWN,
                size_title="neurons kept",
                score_title="test images classified correctly",
                count_title="sets, as a share of the fullest cell of that size",
                path_name="plan",
                path_tips={"percentile": "percentile"},
                where=REFERENCE,
                path_where=[REFERENCE, equals("plan", "plan")],
            ),
            charts.OwnSubset(games, n_images, units="units", game="reference", own=OWN, bench=BENCH),
        ],
        name="every-subset",
        columns=1,
        wide=True,
        controls=[
            charts.ChooseMany("units", {str(u): str(u) for u in range(n_units)}, title="Keep neurons", initial=start),
            charts.Choose("plan", charts.named(chosen["plan"].unique()), title="Plan", initial=plan),
            _reference(),
        ],
        taps=[charts.Tap(0, {"units": "units"}, initial={"units": start})],
        caption=caption,
        description=description,
    )


def plans(by_plan: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw percentile and regret by plan, `plan_frames.by_plan`."""
    which = [REFERENCE, equals("size", "size"), equals("kept", "kept")]
    shown = {"percentile": "percentile among all sets of that size", "regret": "points short of the best"}
    return charts.figure(
        [
            charts.intervals(
                by_plan[by_plan["score"] == score],
                category="plan",
                x_title=title,
                x_format=".0f",
                where=which,
                reference=50 if score == "percentile" else None,
                **_MEAN,
            )
            for score, title in shown.items()
        ],
        name="plans",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("size", charts.named(SIZES), title="Neurons kept", initial=8),
            charts.Choose("kept", charts.named(ENDS), title="Keep those scoring"),
            _reference(),
        ],
        caption=caption,
        description=description,
    )


def recovery(
    epochs: pd.DataFrame, plans: pd.DataFrame, arms: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Draw accuracy over epochs of fine-tuning, at the end by plan, and by way of recovery: `recovery_frames`."""
    return charts.figure(
        [
            charts.curve(
                epochs,
                x="epoch",
                y="mean",
                series="plan",
                band=("low", "high"),
                x_title="epochs of fine-tuning",
                y_title="test accuracy",
                y_format=".3~p",
                where=equals("since", "since"),
                own_axis="since",
                height=360,
            ),
            charts.intervals(plans, category="plan", x_title="accuracy at the end", x_format=".1%", **_MEAN),
            *(
                charts.intervals(
                    arms[arms["learns"] == learns], category="way", x_title="test accuracy", x_format=".1%", **_MEAN
                )
                for learns in (False, True)
            ),
        ],
        name="recovery",
        columns=2,
        wide=True,
        controls=[charts.Choose("since", FROM, title="Curves from")],
        caption=caption,
        description=description,
    )


def masks(masks: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw the effects of masks on the readout, `recovery_frames.masks`."""
    return charts.figure(
        [
            charts.intervals(
                masks[masks["score"] == score], category="mask", x_title=title, x_format=form, reference=at, **_MEAN
            )
            for score, title, form, at in [
                ("rise in selectivity", "rise in the pairs’ selectivity", ".2f", 0),
                ("accuracy", "accuracy at the end", ".1%", None),
            ]
        ],
        name="masks",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )


def survivors(changes: pd.DataFrame, beside: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw how single units change, and how they end beside networks from scratch: `recovery_frames`."""
    of_score = equals("score", "score")
    return charts.figure(
        [
            charts.intervals(
                changes,
                category="kept",
                x_title="change within a neuron",
                x_format="+.3~f",
                where=of_score,
                reference=0,
                **_MEAN,
            ),
            charts.intervals(beside, category="network", x_title="at the end", where=of_score, **_MEAN),
        ],
        name="survivors",
        columns=2,
        wide=True,
        controls=[charts.Choose("score", charts.named(changes["score"].unique()), title="Score")],
        caption=caption,
        description=description,
    )


def values(units: pd.DataFrame, sentences: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw the value of each unit against scores of the unit alone, `value_frames.units`, one panel per score."""
    which = [REFERENCE, equals("worth", "worth")]
    return charts.figure(
        [
            *(
                charts.numbered(
                    units[units["measure"] == measure],
                    x="x",
                    y="y",
                    number="unit",
                    x_title=measure,
                    y_title="value, points",
                    number_title="neuron",
                    y_format=".0f",
                    where=which,
                )
                for measure in MEASURES
            ),
            charts.Note(sentences, text="text", filters={"reference": "reference", "worth": "worth"}),
        ],
        name="values",
        columns=2,
        wide=True,
        controls=[charts.Choose("worth", charts.named(VALUES), title="Value"), _reference()],
        caption=caption,
        description=description,
    )


def losing_neurons(
    places: pd.DataFrame, scores: pd.DataFrame, published: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Draw the map while neurons go, its scores, and the silhouette graph of the notebooks: frames of `film`."""
    of_order = equals("order", "order")
    left = sorted(scores["left"].unique().tolist(), reverse=True)
    curve: dict[str, Any] = {"x": "left", "y": "value", "x_title": "neurons left", "height": 300, "y_format": ".2f"}
    return charts.figure(
        [
            charts.glyphs(places, x="x", y="y", where=[of_order, equals("left", "left")], aspect=0.8, size=10),
            charts.curve(scores, where=of_order, series="score", y_title="score", **curve),
            charts.curve(scores[scores["score"] == "silhouette"], series="order", y_title="silhouette", **curve),
            charts.curve(published, series="order", y_title="silhouette", **curve),
        ],
        name="losing-neurons",
        columns=2,
        wide=True,
        controls=[
            charts.Scrub("left", left, title="Neurons left", initial=left[0]),
            charts.Choose("order", charts.named(scores["order"].unique()), title="Order", initial=film.WORTH),
        ],
        taps=[charts.Tap(1, {"left": "left"})],
        caption=caption,
        description=description,
    )
