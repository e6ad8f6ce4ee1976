"""A layer that loses its units one by one: where its images go in a plane that stands still, and what is left.

Units go in the orders of the interventions chapter, chosen on training images, and in ten random ones. Each that goes
is set to its mean over training images. Scores are of test images; some 5 s a network, kept by the store.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects, recordings
from mnist_interp.methods import ablation, projection_quality, projections, unit_subsets
from mnist_interp.runtime import preview, store
from mnist_interp.training.runs import Run

LAYER = "relu2"
PER_CLASS = preview.reduced(100)
N_RANDOM = 10
AT_RANDOM = "at random"
_RANDOM = [f"random {seed}" for seed in range(N_RANDOM)]
PLANS = (*ablation_effects.ORDERS, AT_RANDOM)
SCORES = ("silhouette", "neighbors vote right", "accuracy")


@store.cached
def measure(run: Run) -> xr.Dataset:
    """Score layer 2 while its units go.

    Parameters
    ----------
    run : Run
        One network.

    Returns
    -------
    xarray.Dataset
        ``units`` (order, position): the units in the order in which they go, those of `ablation_effects.ORDERS` and
        "random 0", ... ``scores`` (order, gone, score), by how many units are gone: silhouette and vote of the nearest
        neighbors among the units that are left, on 1,000 test images, and the network's accuracy on all test images.
    """
    training, test = ablation_effects.recorded(run, LAYER)
    random = [np.random.default_rng(seed).permutation(test.n_units) for seed in range(N_RANDOM)]
    orders = np.concatenate([ablation_effects.orders(training), random])
    points, labels = recordings.points(run, LAYER, per_class=PER_CLASS), recordings.labels(per_class=PER_CLASS)
    accuracies = ablation.cumulative(test, orders, ablation.mean(training))
    rows = []
    for gone in range(test.n_units):
        left = orders[:, gone:]
        votes = [projection_quality.knn_accuracy(points[:, units], labels) for units in left]
        rows.append([unit_subsets.silhouettes(points, labels, left), votes, accuracies[:, gone]])
    return xr.Dataset(
        {"units": (("order", "position"), orders), "scores": (("gone", "score", "order"), np.array(rows))},
        coords={
            "order": [*ablation_effects.ORDERS, *_RANDOM],
            "gone": range(test.n_units),
            "score": list(SCORES),
        },
    ).transpose("order", "position", "gone", "score")


def scores(run: Run) -> pd.DataFrame:
    """Lay out what is left by plan and number of units gone.

    Returns
    -------
    pandas.DataFrame
        Columns ``plan`` (of `PLANS`), ``gone``, ``score`` (of `SCORES`), ``value``, ``low`` and ``high``: the median,
        least and greatest of the random orders, one and the same number for the others.
    """
    found = measure(run)["scores"]
    named, random = found.sel(order=list(ablation_effects.ORDERS)), found.sel(order=_RANDOM)
    columns = {
        name: xr.concat(
            [named, random.quantile(at, "order").drop_vars("quantile").expand_dims(order=[AT_RANDOM])], "order"
        )
        for name, at in {"value": 0.5, "low": 0, "high": 1}.items()
    }
    frame = xr.Dataset(columns).rename(order="plan").to_dataframe().reset_index()
    return frame[["plan", "gone", "score", *columns]]


def places(run: Run, *, drawn_per_class: int) -> pd.DataFrame:
    """Place test images along the whole layer's linear discriminants while units go.

    The plane is fitted on training images of the whole layer, and stays. At random is the first random order.

    Parameters
    ----------
    run : Run
        One network.
    drawn_per_class : int
        Test images of each digit.

    Returns
    -------
    pandas.DataFrame
        Columns ``plan``, ``gone``, ``image``, ``label``, ``predicted``, ``x``, ``y`` (whole numbers, 0 to 1000).
    """
    units = measure(run)["units"].sel(order=[*ablation_effects.ORDERS, _RANDOM[0]]).to_numpy()
    return placed(run, dict(zip(PLANS, units, strict=True)), drawn_per_class=drawn_per_class)


def placed(run: Run, orders: Mapping[str, np.ndarray], *, drawn_per_class: int) -> pd.DataFrame:
    """Place test images while units go in given orders, (n_units,) by plan; frame as of `places`."""
    training, test = (recordings.stage(run, LAYER, split) for split in ("train", "test"))
    mean = ablation.mean(training)
    basis = projections.discriminant_basis(training.levels, training.labels)
    drawn = mnist.sample("test", drawn_per_class)
    few = test.some(drawn)
    rows, filled = [], []
    for plan, order in orders.items():
        for gone in range(test.n_units):
            out = order[:gone]
            predicted = ablation.intervene(few, out.tolist(), mean).argmax(1).numpy()
            rows.append(
                pd.DataFrame({"plan": plan, "gone": gone, "image": drawn, "label": few.labels, "predicted": predicted})
            )
            left = few.levels.copy()
            left[:, out] = mean.numpy()[out]
            filled.append(left)
    x, y = projections.on_grid(basis.transform(np.concatenate(filled))).T
    return pd.concat(rows, ignore_index=True).assign(x=x, y=y)
