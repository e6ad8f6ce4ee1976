"""Figures of three kinds of networks at equal accuracy: panels and controls. Captions are in the page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.architectures import kinds
from mnist_interp.chapters.architectures.matched_frames import BOTTLENECKS, END, GINI, NOW, WORST
from mnist_interp.charts.where import equals
from mnist_interp.methods.references import TITLES

START = 95.0
_FORMS = {WORST: ".0%", BOTTLENECKS: ".1f", GINI: ".2f"}
_TITLES = {
    WORST: "loss of the digit hit hardest, mean",
    BOTTLENECKS: "units that cost a digit half its images",
    GINI: "Gini coefficient of damage",
}
ONE_BY_ONE = {
    "AUROC": ("AUROC for a unit’s best digit", ".2f"),
    "dead units": ("dead units", ".0%"),
    "privilege": ("correlation with partners, minus rotated axes’", ".2f"),
    "another network": ("of a unit, explained by another network", ".0%"),
    "best unit": ("4s and 9s swapped by the best unit", ".0%"),
    "moved by two pixels": ("accuracy lost to a two-pixel shift", ".0%"),
}


def damage(rows: pd.DataFrame, profiles: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what last units cost, by accuracy, and unit by unit at the reader's accuracy.

    Parameters
    ----------
    rows, profiles : pandas.DataFrame
        As of `matched_frames.by_accuracy` and `matched_frames.unit_by_unit`.
    caption, description : str
        As of `charts.figure`.
    """
    accuracies = sorted(rows["accuracy"].unique().tolist())
    by_reference, here = equals("reference", "reference"), equals("accuracy", "accuracy")
    shared: dict[str, Any] = {"series": "network", "colors": kinds.COLORS, "height": 300, "own_axis": "reference"}
    return charts.figure(
        [
            *(
                charts.curve(
                    rows[rows["measure"] == measure],
                    x="accuracy",
                    y="mean",
                    band=("low", "high"),
                    x_title="test accuracy, %",
                    y_title=title,
                    y_format=_FORMS[measure],
                    where=by_reference,
                    dots=here,
                    **shared,
                )
                for measure, title in _TITLES.items()
            ),
            charts.curve(
                profiles,
                x="unit",
                y="lost",
                x_title="units, costliest first",
                y_title="loss of the digit hit hardest",
                y_format=".0%",
                where=[by_reference, here],
                **shared,
            ),
        ],
        name="equal-accuracy",
        columns=2,
        wide=True,
        controls=[
            charts.Choose(
                "reference",
                {TITLES[name]: name for name in rows["reference"].unique().tolist()},
                title="Replaced by",
                initial="optimal",
            ),
            charts.Scrub(
                "accuracy",
                accuracies,
                [f"{one:g} %" for one in accuracies],
                title="Test accuracy",
                initial=START if START in accuracies else accuracies[0],
            ),
        ],
        caption=caption,
        description=description,
    )


def briefly(rows: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what last units cost under the best constant after short schedules, from `matched_frames.in_the_end`."""
    return charts.figure(
        charts.intervals(
            rows[(rows["measure"] == WORST) & (rows["reference"] == "optimal")],
            category="network",
            value="mean",
            lower="low",
            upper="high",
            x_title=_TITLES[WORST],
            x_format=".0%",
            colors=kinds.COLORS,
        ),
        name="short-schedules",
        columns=1,
        caption=caption,
        description=description,
    )


def one_by_one(compared: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw every measure of every kind, at 95 % accuracy or in the end, from `matched_frames.compared`."""
    return charts.figure(
        [
            charts.intervals(
                compared[compared["measure"] == measure],
                category="network",
                value="mean",
                lower="low",
                upper="high",
                x_title=title,
                x_format=form,
                colors=kinds.COLORS,
                where=equals("moment", "moment"),
            )
            for measure, (title, form) in ONE_BY_ONE.items()
        ],
        name="one-by-one",
        columns=3,
        wide=True,
        controls=[charts.Choose("moment", charts.named([NOW, END]), title="Compare")],
        caption=caption,
        description=description,
    )
