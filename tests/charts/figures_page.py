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


GAMES = {"mean": [1, 2, 3, 4, 5, 6, 7, 8], "zero": [0, 8, 2, 5, 1, 5, 5, 8]}
N_RIGHT = 10


def own_subset() -> charts.Figure:
    """Return the figure of all subsets of three units, of which the reader's own are 0 and 2 at first."""
    game, own = pd.Series(GAMES["mean"]) / N_RIGHT, ("own_size", "own_score")
    sizes = [place.bit_count() for place in range(8)]
    cells = pd.DataFrame({"size": sizes, "score": game, "score2": game + 0.1, "share": 1.0})
    path = pd.DataFrame(
        {
            "size": [0, 1, 2],
            "score": [0.1, 0.3, 0.7],
            "plan": "greedy",
            "percentile": 50.0,
            "units": [[], ["1"], ["1", "2"]],
        }
    )
    cloud = charts.subsets(
        cells,
        path,
        size="size",
        score="score",
        count="share",
        own=own,
        size_title="kept",
        score_title="right",
        count_title="sets",
        path_name="plan",
        path_tips={"percentile": "percentile"},
    )
    games = {name: np.array(counts) for name, counts in GAMES.items()}
    return charts.figure(
        [cloud, charts.OwnSubset(games, N_RIGHT, units="units", game="held", own=own, bench=("other.html", "relu2"))],
        name="own",
        columns=1,
        controls=[
            charts.ChooseMany("units", {str(unit): str(unit) for unit in range(3)}, initial=["0", "2"]),
            charts.Choose("held", {"mean": "mean", "zero": "zero"}),
        ],
        taps=[charts.Tap(0, {"units": "units"}, initial={"units": ["0", "2"]})],
        caption="All.",
        description="All.",
    )


def readings() -> pd.DataFrame:
    """Tokens of one grid: each takes its own number of token 3, and nothing of others."""
    taken = {str(token): [reader * (token == 3) for reader in range(17)] for token in range(17)}
    return pd.DataFrame({"row": 0, "column": 0, "token": range(17), **taken})


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
            charts.token_grids(
                readings(),
                pd.DataFrame({"ink": [charts.outline(np.eye(28))]}),
                reading=("token", "way"),
                value_title="share",
                named="'head ' + datum.column",
                domain=(0, 17),
            ),
            name="token-grids",
            controls=[charts.Choose("way", {"readers": "readers", "read": "read"}, title="Way")],
            taps=[charts.Tap(0, {"token": "token"}, {"token": 3})],
            **text,
        ),
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
        own_subset(),
    ]
