"""A layer that loses its units one by one: where its images go in a plane that stands still, and what is left.

Units go in the orders of the interventions chapter, chosen on training images, and in ten random ones. Each that goes
is set to its mean over training images. Scores are of test images; some 5 s a network, kept by the store.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects, recordings
from mnist_interp.methods import ablation, projection_quality, projections, unit_subsets
from mnist_interp.runtime import preview, store
from mnist_interp.training.runs import Run

LAYER = "relu2"
PER_CLASS = preview.reduced(100)
N_RANDOM = 10
AT_RANDOM = "at random"
PLANS = (*ablation_effects.ORDERS, AT_RANDOM)
SCORES = ("silhouette", "neighbors vote right", "accuracy")


@store.cached
def measure(run: Run) -> store.Arrays:
    """Score layer 2 while its units go.

    Parameters
    ----------
    run : Run
        One network.

    Returns
    -------
    dict of numpy.ndarray
        ``orders`` (n_orders, n_units): those of `ablation_effects.ORDERS`, then the random ones. ``scores`` (n_orders,
        n_units, 3 of `SCORES`), by how many units are gone: silhouette and vote of the nearest neighbors among the
        units that are left, on 1,000 test images, and the network's accuracy on all test images.
    """
    training, test = ablation_effects.recorded(run, LAYER)
    random = [np.random.default_rng(seed).permutation(test.n_units) for seed in range(N_RANDOM)]
    orders = np.concatenate([ablation_effects.orders(training), random])
    points, labels = recordings.points(run, LAYER, per_class=PER_CLASS), recordings.labels(per_class=PER_CLASS)
    read = ablation.cumulative(test, orders, ablation.mean(training))
    found = np.empty((len(orders), test.n_units, len(SCORES)))
    for gone in range(test.n_units):
        left = orders[:, gone:]
        found[:, gone, 0] = unit_subsets.silhouettes(points, labels, left)
        found[:, gone, 1] = [projection_quality.knn_accuracy(points[:, units], labels) for units in left]
        found[:, gone, 2] = read[:, gone]
    return {"orders": orders, "scores": found}


def scores(run: Run) -> pd.DataFrame:
    """Lay out what is left by plan and number of units gone.

    Returns
    -------
    pandas.DataFrame
        Columns ``plan`` (of `PLANS`), ``gone``, ``score`` (of `SCORES`), ``value``, ``low`` and ``high``: the median,
        least and greatest of the random orders, one and the same number for the others.
    """
    found = measure(run)["scores"]
    named, random = np.split(found, [len(ablation_effects.ORDERS)])
    parts = [np.stack([one, one, one]) for one in named] + [np.quantile(random, (0.5, 0, 1), axis=0)]
    index = pd.MultiIndex.from_product([PLANS, range(found.shape[1]), SCORES], names=["plan", "gone", "score"])
    columns = {name: np.stack([part[k] for part in parts]).ravel() for k, name in enumerate(("value", "low", "high"))}
    return pd.DataFrame(columns, index=index).reset_index()


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
    training, test = (recordings.stage(run, LAYER, split) for split in ("train", "test"))
    mean = ablation.mean(training)
    basis = projections.discriminant_basis(training.levels, training.labels)
    drawn = mnist.sample("test", drawn_per_class)
    few = test.some(drawn)
    rows, filled = [], []
    for plan, order in zip(PLANS, measure(run)["orders"], strict=False):
        for gone in range(test.n_units):
            out = order[:gone]
            read_as = ablation.intervene(few, out.tolist(), mean).argmax(1).numpy()
            rows.append(
                pd.DataFrame({"plan": plan, "gone": gone, "image": drawn, "label": few.labels, "predicted": read_as})
            )
            left = few.levels.copy()
            left[:, out] = mean.numpy()[out]
            filled.append(left)
    x, y = projections.on_grid(basis.transform(np.concatenate(filled))).T
    return pd.concat(rows, ignore_index=True).assign(x=x, y=y)
