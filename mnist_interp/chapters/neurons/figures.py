"""The figures of chapter 2: panels, controls and taps. Their words stand on the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp import charts
from mnist_interp.chapters.neurons import changes, clusters, dossier, pixel_maps
from mnist_interp.experiments import example_images
from mnist_interp.training.runs import Run

UNIT = charts.shared("unit")  # set in one figure, followed by others
IMAGE = charts.shared("image")
LAYERS = charts.named(("layer 2", "layer 1"))


def nulls(spread: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show quantiles of the index and of the AUROC, from `unit_selectivity.distributions`."""
    across: dict[str, Any] = {
        "x": "share",
        "series": "network",
        "x_title": "share of neurons below",
        "y_format": ".1f",
    }
    by_layer = charts.where.equals("layer", "layer")
    measures: dict[str, dict[str, Any]] = {
        "index": {"y_title": "selectivity index", "title": "By means"},
        "auroc": {"y_title": "AUROC of the best digit", "title": "Image by image"},
    }
    return charts.figure(
        [charts.curve(spread, y=name, **across, **titles, where=by_layer) for name, titles in measures.items()],
        name="nulls",
        columns=2,
        wide=True,
        controls=[charts.Choose("layer", LAYERS, title="Layer")],
        caption=caption,
        description=description,
    )


def scores(run: Run, cells: pd.DataFrame, reports: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show the tables of `score_tables.by_digit`, and what `score_tables.reports` says of the chosen neuron."""
    first = dossier.shared_numbers(run)["relu2", 0]
    table = charts.heatmap(
        cells,
        x="digit",
        y="neuron",
        value="value",
        x_title="digit",
        y_title="neuron of layer 2",
        value_title="score; AUROC is stretched to the same range",
        spread="diverging",
        domain=(-1, 1),
        where=charts.where.equals("table", "table"),
        height=440,
    )
    return charts.figure(
        [table, charts.Note(reports, text="text", filters={"unit": UNIT})],
        name="selectivity",
        columns=1,
        controls=[charts.Choose("table", charts.named(cells["table"].unique().tolist()), title="Table")],
        taps=[charts.Tap(0, {"unit": UNIT}, initial={UNIT: first})],
        caption=caption,
        description=description,
    )


def _pictures(book: dossier.Dossier) -> charts.Pictures:
    by_number = sorted(book.names, key=lambda name: book.names[name])
    label = [name.replace("layer ", "L").replace(", neuron ", " · ") for name in by_number]
    rows = pd.DataFrame({"unit": range(len(label)), "label": label})
    return charts.Pictures(book.maps, rows, title="Weights over the pixels", filters={"unit": UNIT}, size=224)


def _galleries(book: dossier.Dossier) -> list[charts.Gallery]:
    return [
        charts.Gallery(
            book.images[book.images["end"] == end].drop(columns="end"),
            title=title,
            filters={"unit": UNIT},
            most=dossier.SHOWN,
            height=290,
        )
        for end, title in {"most": "Drive it most", "least": "Drive it least"}.items()
    ]


def dossiers(book: dossier.Dossier, *, caption: str, description: str) -> charts.Figure:
    """Show all that a dossier holds of the chosen neuron."""
    at = charts.where.equals("unit", UNIT)
    ends: dict[str, Any] = {"lower": "low", "upper": "high", "where": at}
    votes = book.votes.assign(low=book.votes["value"].clip(upper=0), high=book.votes["value"].clip(lower=0))
    return charts.figure(
        [
            charts.Note(book.words, text="text", filters={"unit": UNIT}),
            _pictures(book),
            charts.intervals(
                book.spread,
                category="digit",
                value="mean",
                x_title="activation, as a share of its maximum",
                category_title="digit",
                x_format=".0%",
                title="Tuning",
                **ends,
            ),
            charts.intervals(
                votes,
                category="digit",
                value="value",
                x_title="effect on the logit, per unit",
                category_title="logit",
                reference=0,
                title="Readout",
                **ends,
            ),
            charts.heatmap(
                book.counts,
                x="bin",
                y="digit",
                value="value",
                x_title="activation, tenths of its maximum (0: silent)",
                y_title="digit",
                value_title="share of the digit’s images",
                domain=(0, 0.5),
                where=at,
                title="Histogram by class",
                height=330,
            ),
            charts.heatmap(
                book.history,
                x="checkpoint",
                y="digit",
                value="value",
                x_title="checkpoint",
                y_title="digit",
                value_title="mean activation, as a share of its highest",
                where=at,
                title="History",
                height=330,
            ),
            *_galleries(book),
        ],
        name="dossier",
        columns=2,
        wide=True,
        controls=[charts.Choose(UNIT, book.names, title="Neuron", addresses=book.addresses)],
        caption=caption,
        description=description,
    )


def two_clusters(parts: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show which digits are in each cluster, and how well its template tells each, from `clusters.tables`."""
    return charts.figure(
        [
            charts.heatmap(
                parts[parts["table"] == name],
                x="digit",
                y="cluster",
                value="value",
                x_title="digit",
                y_title="",
                value_title=name,
                domain=(0, 1),
                title=name,
                where=charts.where.equals("neuron", "neuron"),
                height=200,
            )
            for name in clusters.TITLES.values()
        ],
        name="clusters",
        columns=2,
        wide=True,
        controls=[
            charts.Choose("neuron", {f"neuron {n}": n for n in parts["neuron"].unique().tolist()}, title="Neuron")
        ],
        caption=caption,
        description=description,
    )


def gradients(losses: pd.DataFrame, weights: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show the table of loss gradients beside that of readout weights."""
    across: dict[str, Any] = {
        "x": "neuron",
        "y": "digit",
        "value": "value",
        "x_title": "neuron of layer 2",
        "spread": "diverging",
    }
    return charts.figure(
        [
            charts.heatmap(
                losses,
                y_title="true digit",
                value_title="mean gradient, as a share of the largest",
                domain=(-1, 1),
                where=charts.where.equals("table", "table"),
                title="From the loss",
                **across,
            ),
            charts.heatmap(
                weights, y_title="logit", value_title="weight minus its mean", title="From the weights", **across
            ),
        ],
        name="gradients",
        columns=2,
        wide=True,
        controls=[charts.Choose("table", charts.named(losses["table"].unique().tolist()), title="Panel A")],
        caption=caption,
        description=description,
    )


def precision(curves: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show how precision falls as a neuron finds more of its digit, from `detection_curves.of`."""
    return charts.figure(
        charts.curve(
            curves,
            x="recall",
            y="precision",
            series="line",
            x_title="share of the digit’s images found",
            y_title="share of reports that are right",
            y_format=".0%",
            y_domain=(0, 1),
            where=charts.where.equals("neuron", "neuron"),
            height=300,
        ),
        name="precision",
        controls=[charts.Choose("neuron", {str(n): int(n) for n in curves["neuron"].unique()}, title="Neuron")],
        caption=caption,
        description=description,
    )


def pull(by_layer: pd.DataFrame, by_neuron: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show the size of the loss gradients through training, by layer and by neuron."""
    lines = charts.curve(
        by_layer,
        x="epoch",
        y="value",
        series="layer",
        x_title="epochs of training",
        y_title="mean norm of the gradient",
        log_x=True,
        height=380,
    )
    return charts.figure(
        [
            lines,
            *(
                charts.heatmap(
                    by_neuron[by_neuron["layer"] == name],
                    x="checkpoint",
                    y="neuron",
                    value="value",
                    x_title="checkpoint",
                    y_title="neuron",
                    value_title="mean |gradient|",
                    title=name,
                    height=380,
                )
                for name in LAYERS
            ),
        ],
        name="pull",
        columns=3,
        wide=True,
        caption=caption,
        description=description,
    )


def likeness(alike: pd.DataFrame, misread: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show how alike the rows of two digits are, and the images of one that were taken for the other."""
    return charts.figure(
        [
            charts.heatmap(
                alike,
                x="other",
                y="label",
                value="value",
                x_title="digit",
                y_title="digit",
                value_title="cosine of the two rows",
                spread="diverging",
                domain=(-1, 1),
                where=charts.where.equals("table", "table"),
                height=400,
            ),
            charts.Gallery(
                misread,
                title="Misclassified",
                filters={"label": "digit_a", "predicted": "digit_b"},
                most=80,
                height=380,
            ),
        ],
        name="likeness",
        columns=2,
        wide=True,
        controls=[charts.Choose("table", charts.named(alike["table"].unique().tolist()), title="Rows compared")],
        taps=[charts.Tap(0, {"label": "digit_a", "other": "digit_b"})],
        caption=caption,
        description=description,
    )


def saliency(found: xr.Dataset, predicted: np.ndarray, *, caption: str, description: str) -> charts.Figure:
    """Show an image and, for each neuron of layer 2, a map over the pixels, from `pixel_maps.of`."""
    images = found["image"].to_numpy()
    maps = charts.Pictures(
        found["maps"].to_numpy().reshape(-1, 28, 28),
        pixel_maps.labels(found),
        title=f"All {found.sizes['neuron']} neurons, with their pre-activations",
        filters={"image": IMAGE, "method": "method"},
        size=70,
    )
    shown = charts.Gallery(
        example_images.rows(images, predicted), title="The image", filters={"image": IMAGE}, most=1, height=90
    )
    return charts.figure(
        [shown, maps],
        name="saliency",
        columns=1,
        controls=[
            charts.Choose(IMAGE, pixel_maps.names(images, predicted), title="Image"),
            charts.Choose("method", charts.named(found["method"].to_numpy().tolist()), title="Method"),
        ],
        caption=caption,
        description=description,
    )


def nearest_digits(
    found: xr.Dataset, run: Run, predicted: np.ndarray, *, caption: str, description: str
) -> charts.Figure:
    """Show the nearest change that makes an image another digit, and noise, from `nearest_digits.measured`."""
    follow = {"image": IMAGE}
    arrays, reads = changes.pictures(found, run)
    return charts.figure(
        [
            charts.Note(changes.sentences(found), text="text", filters=follow),
            charts.Pictures(
                found["change"].to_numpy().reshape(-1, 28, 28),
                changes.lengths(found),
                title="The change",
                filters=follow,
                size=92,
            ),
            charts.Pictures(arrays, reads, title="With the change, and with noise", filters=follow, size=92, ink=True),
        ],
        name="nearest-digits",
        columns=3,
        controls=[charts.Choose(IMAGE, pixel_maps.names(found["image"].to_numpy(), predicted), title="Image")],
        caption=caption,
        description=description,
    )


def completeness(gaps: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show the gap of integrated gradients by number of steps, from `pixel_maps.gaps`."""
    long = gaps.melt("steps", var_name="which", value_name="share").replace({"gap": "mean"})
    return charts.figure(
        charts.curve(
            long,
            x="steps",
            y="share",
            series="which",
            x_title="steps from blank to image",
            y_title="gap, as a share of the mean gain",
            y_format=".1%",
        ),
        name="completeness",
        caption=caption,
        description=description,
    )


def statuses(counts: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show how many neurons are of each kind through training, from `kinds.over_training`."""
    return charts.figure(
        [
            charts.curve(
                part,
                x="epoch",
                y="middle",
                band=("low", "high"),
                x_title="epochs of training",
                y_title="neurons",
                title=kind,
                log_x=True,
                where=charts.where.equals("layer", "layer"),
            )
            for kind, part in counts.groupby("kind", sort=False)
        ],
        name="statuses",
        columns=3,
        wide=True,
        controls=[charts.Choose("layer", LAYERS, title="Layer")],
        caption=caption,
        description=description,
    )


def roles(living: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Show how well each neuron is matched in other seeds, from `kinds.living_matches`."""
    return charts.figure(
        charts.intervals(
            living,
            category="neuron",
            value="match",
            lower="low",
            upper="high",
            x_title="correlation with its partner in another seed",
            reference=float(living["rotated"].mean()),
        ),
        name="roles",
        caption=caption,
        description=description,
    )
