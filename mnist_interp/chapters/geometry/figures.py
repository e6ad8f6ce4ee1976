"""The figures of chapter 5: panels, states and how they are linked. Their words stand on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr

from mnist_interp import charts
from mnist_interp.chapters.geometry import digit_curves, named_subsets
from mnist_interp.charts.where import equals
from mnist_interp.experiments import all_subsets, sequential_ablation
from mnist_interp.experiments.states import STATES
from mnist_interp.methods import projection_quality

NETWORK, MAP, POINT = equals("network", "network"), equals("map", "map"), equals("point", "point")


def neighbors(near: Mapping[str, pd.DataFrame], *, caption: str, description: str) -> charts.Figure:
    """Draw maps of points to tap, with the neighbors of the tapped point: frames of `map_frames.parts_by_network`."""
    kept = near["kept"]
    drawn = kept.query("map == 'UMAP' and network == 'baseline'")
    worst = drawn.loc[drawn["shared"].idxmin(), "point"]
    tapped = {"network": "network", "map": "map", "point": "point"}
    of_layer = {"network": "network", "point": "point"}
    return charts.figure(
        [
            charts.glyphs(
                near["dots"],
                x="x",
                y="y",
                where=[NETWORK, MAP],
                size=10,
                aspect=1,
                ringed=near["rings"],
                ringed_where=[NETWORK, MAP, POINT],
            ),
            charts.Note(kept, text="text", filters=tapped),
            charts.Gallery(near["true"], title="Nearest in the layer", filters=of_layer, height=176),
            charts.Gallery(near["shown"], title="Nearest on the map", filters=tapped, height=176),
        ],
        name="honesty",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("map", charts.named(kept["map"].unique()), title="Map", initial="UMAP"),
            charts.Choose("network", charts.named(kept["network"].unique()), title="Network"),
        ],
        taps=[charts.Tap(0, {"image": "point"}, initial={"point": int(worst)})],
        caption=caption,
        description=description,
    )


def map_scores(scores: xr.Dataset, *, caption: str, description: str) -> charts.Figure:
    """Draw the scores of spaces and their maps, `map_frames.map_scores`, as two tables of colors."""
    rows = scores["value"].to_dataframe().reset_index()
    look: dict[str, Any] = {
        "value": "value",
        "x_title": "",
        "y_title": "",
        "value_title": "score",
        "value_format": ".3f",
    }
    return charts.figure(
        [
            charts.heatmap(rows, x="map", y="score", domain=(0, 1), where=equals("space", "space"), height=230, **look),
            charts.heatmap(rows, x="map", y="space", domain=(0, 1), where=equals("score", "score"), height=260, **look),
        ],
        name="trust",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("space", charts.named(rows["space"].unique()), title="What is projected"),
            charts.Choose("score", charts.named(projection_quality.SCORES), title="Score"),
        ],
        taps=[charts.Tap(0, {"score": "score"}), charts.Tap(1, {"space": "space"})],
        caption=caption,
        description=description,
    )


def parts(scores: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw how clearly digits lie apart in the parts of a layer, `mean_intervals.parts`, a panel a score."""
    return charts.figure(
        [_means(scores[scores["score"] == score], score) for score in scores["score"].unique()],
        name="parts",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )


def umap_gains(scores: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw what UMAP adds to layer 2 and to its twin, `mean_intervals.gains`, a panel a score."""
    return charts.figure(
        [_means(scores[scores["score"] == score], score) for score in scores["score"].unique()],
        name="gains",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )


def _means(frame: pd.DataFrame, title: str) -> Any:
    return charts.intervals(frame, category="which", value="value", lower="low", upper="high", x_title=title)


def map_settings(by_setting: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw the scores of maps at several settings, `map_frames.by_setting`, as intervals."""
    return charts.figure(
        charts.intervals(
            by_setting,
            category="map",
            value="value",
            lower="low",
            upper="high",
            highlight="layer 2 itself",
            x_title="score",
            where=equals("score", "score"),
        ),
        name="settings",
        controls=[charts.Choose("score", charts.named(projection_quality.SCORES), title="Score")],
        caption=caption,
        description=description,
    )


def fives(
    cells: pd.DataFrame, picked: pd.DataFrame, dots: pd.DataFrame, bars: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Draw the notebooks' fives among all, and the UMAP and the scores of a chosen one.

    Parameters
    ----------
    cells, picked : pandas.DataFrame
        From `landscape`.
    dots, bars : pandas.DataFrame
        From `named_subsets`.
    caption, description : str
        Words of the page.
    """
    names, chosen = bars["subset"].unique(), equals("subset", "subset")
    return charts.figure(
        [
            charts.landscape(
                cells,
                picked,
                x="x",
                y="y",
                name="subset",
                short="short",
                selected="subset",
                x_title="silhouette of the five",
                y_title="images correctly classified",
                count="share",
                count_title="fives, relative to the fullest cell",
                named_title="subset",
                where=equals("reader", "reader"),
            ),
            charts.glyphs(dots, x="x", y="y", where=chosen, size=10, aspect=1, title="UMAP of the chosen five"),
            charts.bars(bars, category="score", value="value", x_title="score", x_format=".2f", where=chosen),
        ],
        name="fives",
        columns=2,
        wide=True,
        taps=[charts.Tap(0, {"subset": "subset"}, initial={"subset": named_subsets.GOOD})],
        controls=[
            charts.Choose("reader", charts.named(all_subsets.READERS), title="Classified by"),
            charts.Choose("subset", charts.named(names), title="Five"),
        ],
        caption=caption,
        description=description,
    )


def sizes(lines: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw scores by the size of a subset, `size_lines.lines`, as a chart for each score."""
    shown: dict[str, dict[str, Any]] = {
        "silhouette": {"y_title": "silhouette", "y_format": ".2f"},
        "accuracy": {"y_title": "accuracy, the others at their means", "y_format": ".0%"},
    }
    return charts.figure(
        [
            charts.curve(
                lines[lines["score"] == score],
                x="size",
                y="value",
                series="chosen",
                band=("low", "high"),
                x_title="neurons kept",
                where=NETWORK,
                **titles,
            )
            for score, titles in shown.items()
        ],
        name="sizes",
        columns=2,
        wide=True,
        controls=[charts.Choose("network", charts.named(lines["network"].unique()), title="Network")],
        caption=caption,
        description=description,
    )


def learning(
    places: pd.DataFrame, scores: pd.DataFrame, moments: Mapping[int, str], *, caption: str, description: str
) -> charts.Figure:
    """Draw layers while they learn, from a viewpoint that stays, and their scores: a column for each network.

    Parameters
    ----------
    places : pandas.DataFrame
        `training_dynamics.layer2_in_plane` by network.
    scores : pandas.DataFrame
        `map_frames.over_training` by network.
    moments : mapping of int to str
        The checkpoints and what they are called.
    caption, description : str
        Words of the page.
    """
    at, networks = equals("checkpoint", "checkpoint"), scores["network"].unique()
    planes = [
        charts.glyphs(places[places["network"] == name], x="x", y="y", where=[at], aspect=0.8, size=10, title=name)
        for name in networks
    ]
    curves = [
        charts.curve(
            scores[scores["network"] == name].drop(columns="network"),
            x="epoch",
            y="value",
            series="score",
            x_title="epochs of training",
            y_title="score",
            y_domain=(-0.3, 1),
            log_x=True,
            height=340,
        )
        for name in networks
    ]
    return charts.figure(
        [*planes, *curves],
        name="learning",
        columns=2,
        wide=True,
        controls=[charts.Scrub("checkpoint", list(moments), list(moments.values()), title="Checkpoint")],
        taps=[charts.Tap(len(planes) + n, {"checkpoint": "checkpoint"}) for n in range(len(curves))],
        caption=caption,
        description=description,
    )


def losing_neurons(places: pd.DataFrame, scores: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw a layer that loses its neurons one by one: frames of `sequential_ablation` by network."""
    which = [NETWORK, equals("plan", "plan")]
    return charts.figure(
        [
            charts.glyphs(places, x="x", y="y", where=[*which, equals("gone", "gone")], aspect=0.8, size=10),
            charts.curve(
                scores,
                x="gone",
                y="value",
                series="score",
                band=("low", "high"),
                x_title="neurons at their means",
                y_title="score",
                y_domain=(scores["low"].min() - 0.15, 1),
                where=which,
                height=360,
            ),
        ],
        name="pruning",
        columns=2,
        wide=True,
        controls=[
            charts.Scrub("gone", scores["gone"].unique().tolist(), title="Neurons gone", initial=0),
            charts.Choose("plan", charts.named(sequential_ablation.PLANS), title="Order", initial="most harmful first"),
            charts.Choose("network", charts.named(scores["network"].unique()), title="Network"),
        ],
        taps=[charts.Tap(1, {"gone": "gone"})],
        caption=caption,
        description=description,
    )


def shadows(dots: pd.DataFrame, picked: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw each digit's images in its selective five, shaded by a measure: frames of `digit_curves` by network."""
    own = [equals("label", "digit"), NETWORK, equals("measure", "measure")]
    shade: dict[str, Any] = {
        "value": "rank",
        "value_title": "rank among the digit’s images",
        "where": own,
        "aspect": 0.8,
    }
    return charts.figure(
        [
            charts.shaded(dots, x="x", y="y", title="UMAP of the digit’s five neurons", **shade),
            charts.shaded(
                dots,
                x="rank",
                y="position",
                x_title="rank by the chosen measure →",
                y_title="position",
                title="Position (standardized) by the chosen measure",
                **shade,
            ),
            charts.Gallery(
                picked,
                title="Along the position, from one end to the other",
                filters={"label": "digit", "network": "network"},
                height=190,
            ),
        ],
        name="shadows",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("digit", charts.digit_options(), title="Digit", initial=0),
            charts.Choose("network", charts.named(picked["network"].unique()), title="Network"),
            charts.Choose("measure", charts.named(digit_curves.MEASURES), title="Measured", initial="thickness"),
        ],
        caption=caption,
        description=description,
    )


def twins(dots: pd.DataFrame, sentences: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw a digit's UMAP beside that of its twin: frames of `twin_maps`."""
    own = equals("label", "digit")
    panels = [
        charts.shaded(
            dots[dots["cloud"] == cloud],
            x="x",
            y="y",
            value="rank",
            value_title="rank along the main direction",
            where=[own],
            aspect=0.8,
            title=f"UMAP of {cloud}",
        )
        for cloud in dots["cloud"].unique()
    ]
    return charts.figure(
        [*panels, charts.Note(sentences, text="text", filters={"label": "digit"})],
        name="twins-on-maps",
        columns=2,
        wide=True,
        controls=[charts.Choose("digit", charts.digit_options(), title="Digit", initial=0)],
        caption=caption,
        description=description,
    )


def predicted(shares: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw how much of the position is predicted, `digit_curves.predicted`, by digit and predictor."""
    return charts.figure(
        charts.heatmap(
            shares,
            x="digit",
            y="predictor",
            value="value",
            x_title="digit",
            y_title="predicted by",
            value_title="share of the position",
            value_format=".0%",
            domain=(0, 1),
            where=NETWORK,
            height=230,
        ),
        name="predicted",
        controls=[charts.Choose("network", charts.named(shares["network"].unique()), title="Network")],
        caption=caption,
        description=description,
    )


def dimensions(intervals: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw intrinsic dimensions, `dimension_intervals.intervals`."""
    return charts.figure(
        charts.intervals(
            intervals,
            category="which",
            value="value",
            lower="low",
            upper="high",
            x_title="intrinsic dimension (TwoNN)",
        ),
        name="dimensions",
        caption=caption,
        description=description,
    )


def likeness(intervals: pd.DataFrame, cells: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw how alike the layers of two seeds are: frames of `seed_likeness`."""
    return charts.figure(
        [
            charts.intervals(
                intervals,
                category="which",
                value="value",
                lower="low",
                upper="high",
                x_title="likeness",
                where=equals("state", "state"),
            ),
            charts.heatmap(
                cells,
                x="other",
                y="one",
                value="value",
                x_title="seed",
                y_title="seed",
                value_title="similarity of trained layers",
                value_format=".2f",
                domain=(0, 1),
                where=equals("measure", "measure"),
                height=360,
            ),
        ],
        name="alike",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("state", charts.named(STATES), title="Panel A", initial="trained"),
            charts.Choose("measure", charts.named(cells["measure"].unique()), title="Panel B"),
        ],
        caption=caption,
        description=description,
    )


def path(accuracies: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw accuracy along the way from one network to another, `mean_intervals.paths`."""
    return charts.figure(
        charts.curve(
            accuracies,
            x="share",
            y="value",
            series="order",
            band=("low", "high"),
            x_title="position between the two networks",
            y_title="accuracy",
            y_format=".0%",
        ),
        name="path",
        caption=caption,
        description=description,
    )


def counterparts(means: pd.DataFrame, by_seed: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw how well other networks explain a network's neurons: frames of `seed_likeness`."""
    group = equals("networks", "networks")
    return charts.figure(
        [
            charts.heatmap(
                means,
                x="by",
                y="neuron",
                value="value",
                x_title="share of its variance explained by",
                y_title="neuron of the protagonist",
                value_title="mean over seeds",
                value_format=".0%",
                domain=(0, 1),
                where=group,
                height=480,
            ),
            charts.intervals(
                by_seed,
                category="seed",
                value="together",
                lower="low",
                upper="high",
                x_title="share of the chosen neuron’s variance",
                x_format=".0%",
                where=[group, equals("unit", "unit")],
            ),
        ],
        name="twins",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("unit", {str(unit): unit for unit in means["unit"].unique().tolist()}, title="Neuron"),
            charts.Choose("networks", charts.named(means["networks"].unique()), title="Looked for in"),
        ],
        taps=[charts.Tap(0, {"unit": "unit"})],
        caption=caption,
        description=description,
    )
