"""One network under the knife: every hidden unit at every dose, laid out for a page's instruments.

Units are numbered through, 0 to 15 those of layer 2 and 16 to 47 those of layer 1, as `UNITS` names them. Doses are
factors of a unit's activation; `MEAN` stands for its mean over training images. The sweep of all 48 units takes about
6 s and is kept by the store.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects, recordings
from mnist_interp.methods import ablation, evaluate
from mnist_interp.runtime import store
from mnist_interp.training.runs import Run

LAYERS = ("relu2", "relu1")
UNITS = {f"layer {layer}, neuron {n}": 16 * (layer == 1) + n for layer in (2, 1) for n in range(16 * (3 - layer))}
FACTORS = tuple(round(0.05 * step, 2) for step in range(61))
MEAN = -1
DOSES = {"zero": 0, "its mean": MEAN, "untouched": 1, "tripled": 3}


@store.cached
def sweeps(run: Run) -> store.Arrays:
    """Scale every hidden unit from 0 to 3 on the test images.

    Returns
    -------
    dict of numpy.ndarray
        By unit and factor: ``accuracy`` of each digit (48, 61, 10), ``logits``, their means over images (48, 61, 10).
    """
    rows = [ablation.sweep(recordings.stage(run, layer), FACTORS) for layer in LAYERS]
    counts, logits = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return {"accuracy": evaluate.accuracies(counts)[..., 1:], "logits": logits}


def responses(run: Run) -> pd.DataFrame:
    """Lay out `sweeps`: columns ``unit``, ``dose``, ``digit``, ``accuracy`` and ``logit``."""
    found = sweeps(run)
    axes = [range(len(UNITS)), FACTORS, range(10)]
    index = pd.MultiIndex.from_product(axes, names=["unit", "dose", "digit"])
    columns = {"accuracy": found["accuracy"].ravel().round(3), "logit": found["logits"].ravel().round(2)}
    return pd.DataFrame(columns, index=index).reset_index()


@store.cached
def readings(run: Run) -> store.Arrays:
    """Return what the network reads with each unit at each of `DOSES`: ``read``, (48, 4, 10,000) digits."""
    found = []
    for layer in LAYERS:
        stage = recordings.stage(run, layer)
        means = ablation.mean(recordings.stage(run, layer, "train"))
        for unit in range(stage.n_units):
            doses = (means if dose == MEAN else ablation.scale(stage, dose) for dose in DOSES.values())
            logits = (ablation.intervene(stage, [unit], replacement) for replacement in doses)
            found.append(np.stack([one.argmax(1).numpy() for one in logits]))
    return {"read": np.stack(found).astype(np.uint8)}


def confusions(run: Run) -> pd.DataFrame:
    """Count images: columns ``unit``, ``dose``, ``true``, ``predicted``, ``count``, and ``change`` from untouched."""
    labels = mnist.load("test").labels
    read = readings(run)["read"].astype(int)
    counts = np.stack([[np.bincount(labels * 10 + one, minlength=100) for one in unit] for unit in read])
    axes = [range(len(UNITS)), DOSES.values(), range(10), range(10)]
    index = pd.MultiIndex.from_product(axes, names=["unit", "dose", "true", "predicted"])
    untouched = counts[:, [list(DOSES).index("untouched")]]
    return pd.DataFrame({"count": counts.ravel(), "change": (counts - untouched).ravel()}, index=index).reset_index()


def flips(run: Run, *, most: int) -> pd.DataFrame:
    """List test images that a dose makes the network read otherwise, at most so many of each kind.

    Parameters
    ----------
    run : Run
        One network.
    most : int
        Images for each unit, dose, true digit and new reading.

    Returns
    -------
    pandas.DataFrame
        Columns ``unit``, ``dose``, ``image``, ``label`` and ``predicted``.
    """
    labels, read = mnist.load("test").labels, readings(run)["read"].astype(int)
    unit, dose, image = np.nonzero(read != read[:, [list(DOSES).index("untouched")]])
    frame = pd.DataFrame({"unit": unit, "dose": np.array(list(DOSES.values()))[dose], "image": image})
    frame = frame.assign(label=labels[image], predicted=read[unit, dose, image])
    return frame.groupby(["unit", "dose", "label", "predicted"]).head(most).reset_index(drop=True)


def losses(networks: dict[str, store.Arrays]) -> pd.DataFrame:
    """Lay out what layer 2's units cost the first network of each population, from `ablation_effects.costs`.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``reference``, ``neuron``, ``digit``, ``lost`` and ``selectivity`` for the digit.
    """
    rows = []
    for name, measured in networks.items():
        lost = ablation_effects.lost(measured)[0, :, :, 1:]
        axes = [ablation_effects.REFERENCES, range(lost.shape[1]), range(10)]
        index = pd.MultiIndex.from_product(axes, names=["reference", "neuron", "digit"])
        scores = np.broadcast_to(measured["selectivity"][0].T, lost.shape)
        columns = {"lost": lost.ravel().round(4), "selectivity": scores.ravel().round(3)}
        rows.append(pd.DataFrame(columns, index=index).reset_index().assign(network=name))
    return pd.concat(rows, ignore_index=True)
