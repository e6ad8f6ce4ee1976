"""Figures of made-up data, one of each kind and each way to move them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp import charts

CHECKPOINTS = [0, 1, 2, 3, 4]
IMAGES = 120
BINS = 12


def projection() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    images = np.arange(IMAGES)
    frames = [
        pd.DataFrame(
            {
                "epoch": epoch,
                "image": images,
                "x": rng.normal(size=IMAGES) + images % 10,
                "y": rng.normal(size=IMAGES),
                "label": images % 10,
                "predicted": (images + 1) % 10,
            }
        )
        for epoch in CHECKPOINTS
    ]
    return pd.concat(frames, ignore_index=True)


def counts() -> pd.DataFrame:
    cells = [(true, read) for true in range(10) for read in range(10)]
    return pd.DataFrame(
        {"true": [t for t, _ in cells], "predicted": [r for _, r in cells], "count": [10 * t + r + 1 for t, r in cells]}
    )


def misread() -> pd.DataFrame:
    images = np.arange(60)
    return pd.DataFrame({"image": images, "label": images % 10, "predicted": (images % 10 + 1 + images // 20) % 10})


def bins() -> pd.DataFrame:
    edges = np.linspace(-3, 3, BINS + 1)
    return pd.concat(
        pd.DataFrame({"epoch": e, "start": edges[:-1], "end": edges[1:], "share": np.arange(BINS) / 66.0})
        for e in CHECKPOINTS
    )


def training() -> pd.DataFrame:
    epochs = np.arange(21)
    frames = []
    for name, best in [("training", 0.96), ("test", 0.95)]:
        mean = best - 0.85 * np.exp(-epochs / 2)
        frames.append(
            pd.DataFrame({"epoch": epochs, "accuracy": mean, "low": mean - 0.01, "high": mean + 0.01, "images": name})
        )
    return pd.concat(frames, ignore_index=True)


def changed() -> pd.DataFrame:
    """Return images that are read otherwise than before: two of few, and three of 1,503."""
    return pd.DataFrame(
        {
            "kind": ["few", "few", "many", "many", "many"],
            "image": [0, 1, 2, 3, 4],
            "label": [1, 1, 2, 3, 4],
            "before": [1, 2, 2, 2, 5],
            "predicted": [3, 1, 6, 3, 6],
            "left_out": [0, 0, 1500, 0, 0],
        }
    )


def make_figures() -> list[charts.Figure]:
    scrub = charts.Scrub("epoch", CHECKPOINTS, [f"epoch {e}" for e in CHECKPOINTS], title="Training")
    digits = charts.ChooseMany(charts.shared("shown"), charts.digit_options(), title="Digits")
    at, shown = charts.where.equals("epoch", "epoch"), charts.where.among("label", "shown")
    last = projection().query("epoch == 4")
    curves = charts.curve(
        training(),
        x="epoch",
        y="accuracy",
        series="images",
        band=("low", "high"),
        x_title="epochs",
        y_title="accuracy",
        published=pd.DataFrame({"epoch": [10, 20], "accuracy": [0.93, 0.948]}),
    )
    bars = charts.histogram(
        bins(), start="start", end="end", count="share", x_title="activation", y_title="share", where=at
    )
    text = {"caption": "What **to see**.", "description": "What it shows."}
    return [
        charts.figure(curves, name="curves", **text),
        charts.figure(
            [
                charts.confusion(counts(), selected=("true_digit", "read_digit")),
                charts.Gallery(misread(), title="Misread", filters={"label": "true_digit", "predicted": "read_digit"}),
            ],
            name="confusion",
            taps=[charts.Tap(0, {"true": "true_digit", "predicted": "read_digit"})],
            **text,
        ),
        charts.figure(
            charts.Gallery(changed(), title="Changed", filters={"kind": "kind"}),
            name="changed",
            controls=[charts.Choose("kind", {"few": "few", "many": "many"}, title="Kind")],
            **text,
        ),
        charts.figure(
            charts.scatter(projection(), x="x", y="y", where=[at, shown]),
            name="projection",
            controls=[scrub, digits],
            **text,
        ),
        charts.figure(charts.glyphs(last, x="x", y="y", where=shown), name="glyphs", controls=[digits], **text),
        charts.figure(bars, name="histogram", controls=[scrub], **text),
        charts.figure(
            charts.heatmap(
                bins(), x="epoch", y="start", value="share", x_title="epoch", y_title="bin", value_title="share"
            ),
            name="heat",
            **text,
        ),
    ]
