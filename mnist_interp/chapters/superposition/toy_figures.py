"""The figures of the toy model: arrows in a plane over training, features by importance, and what passed the gate."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from mnist_interp import charts
from mnist_interp.charts.where import equals
from mnist_interp.experiments import gate

SPARSITY, STEP, NETWORK = equals("sparsity", "sparsity"), equals("step", "step"), equals("network", "network")


def _percent(values: Iterable[float]) -> dict[str, float]:
    return {f"{100 * value:.0f}%": value for value in values}


def toy(places: pd.DataFrame, importance: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return five features in two dimensions, and twenty in five, as rare as the reader makes them.

    Parameters
    ----------
    places, importance : pandas.DataFrame
        As of `toy_frames.directions` and `toy_frames.by_importance`.
    """
    here = [SPARSITY, STEP, NETWORK]
    steps = places["step"].drop_duplicates().tolist()
    return charts.figure(
        [
            charts.arrows(
                places,
                x="x",
                y="y",
                name="feature",
                x_title="first dimension",
                y_title="second dimension",
                name_title="feature",
                where=here,
                title="five features in two dimensions",
            ),
            charts.bars(
                places,
                category="feature",
                value="dimensionality",
                x_title="share of a dimension",
                x_format=".2f",
                where=here,
                title="share of a dimension each has to itself",
            ),
            charts.curve(
                importance,
                x="feature",
                y="mean",
                series="measure",
                band=("low", "high"),
                x_title="feature, most important first",
                y_title="twenty features in five dimensions",
                y_format=".1f",
                y_domain=(0, 1.3),
                where=SPARSITY,
                height=300,
            ),
        ],
        name="toy",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("sparsity", _percent(places["sparsity"].unique()), title="A feature is absent", initial=0.97),
            charts.Scrub("step", steps, labels=[f"{step:,}" for step in steps], title="Steps of training"),
            charts.Choose("network", charts.named(places["network"].unique().tolist()), title="Network"),
        ],
        caption=caption,
        description=description,
    )


def passed(measures: pd.DataFrame, dictionaries: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return which measures and which dictionaries find the truth about the toy.

    Parameters
    ----------
    measures, dictionaries : pandas.DataFrame
        As of `toy_frames.measures` and `toy_frames.dictionaries`.
    """
    overall = measures[measures["sparsity"] == "all"].dropna()
    return charts.figure(
        [
            charts.intervals(
                overall.assign(low=overall["value"], high=overall["value"]),
                category="measure",
                value="value",
                lower="low",
                upper="high",
                x_title="rank correlation with the truth",
                x_format=".1f",
                reference=gate.PASS,
            ),
            charts.intervals(
                dictionaries,
                category="dictionary",
                value="mean",
                lower="low",
                upper="high",
                x_title="cosine with features’ directions",
                x_format=".1f",
                reference=gate.PASS,
                where=SPARSITY,
            ),
        ],
        name="gate",
        columns=2,
        wide=True,
        controls=[
            charts.Choose(
                "sparsity", _percent(dictionaries["sparsity"].unique()), title="A feature is absent", initial=0.97
            )
        ],
        caption=caption,
        description=description,
    )
