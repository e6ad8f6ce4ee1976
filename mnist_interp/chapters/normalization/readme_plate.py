"""One network on one plate, as the published read-me shows it: drift, a neuron scaled, confusion, a map of layer 2.

Frames for a page, so that two networks can be laid side by side. A few seconds a network, most of them UMAP's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, training_dynamics
from mnist_interp.methods import ablation, activations, evaluate, projections, selectivity
from mnist_interp.runtime import preview
from mnist_interp.training.runs import Population, Run

DOSES = tuple(round(0.1 * step, 1) for step in range(31))
LAYER = "relu2"
MAPPED_PER_CLASS = preview.reduced(100)


@dataclass(frozen=True)
class Plate:
    """What the plate shows of a network.

    Attributes
    ----------
    spread : pandas.DataFrame
        ``epoch``, ``layer``, ``value``: the standard deviation of a hidden layer's values on the test images.
    response : pandas.DataFrame
        ``neuron``, ``dose``, ``digit``, ``accuracy``: as one layer-2 neuron is scaled.
    confusion : pandas.DataFrame
        ``true``, ``predicted``, ``count``.
    map : pandas.DataFrame
        ``image``, ``label``, ``predicted``, ``x``, ``y``: UMAP of layer 2.
    favorites : numpy.ndarray of shape (10,)
        For each digit, the layer-2 neuron most selective for it on training images.
    """

    spread: pd.DataFrame
    response: pd.DataFrame
    confusion: pd.DataFrame
    map: pd.DataFrame
    favorites: np.ndarray


def of(run: Run) -> Plate:
    """Lay out the plate of a network with the layers of `training_dynamics.LAYERS`."""
    stage = recordings.stage(run, LAYER)
    read = stage.finish(stage.read)
    spread = training_dynamics.by_checkpoint(
        run,
        training_dynamics.summary(Population(run.recipe, (run,)))["std_overall"].isel(seed=0),
    )
    values, images = layer2(run, "train"), mnist.sample("test", MAPPED_PER_CLASS)
    means = selectivity.class_means(values, mnist.load("train").labels)
    return Plate(
        spread=spread[spread["layer"] != "output"],
        response=_response(stage),
        confusion=_counted(evaluate.confusion(read, stage.labels)),
        map=_mapped(layer2(run, "test")[images], images, read.argmax(1).numpy()),
        favorites=selectivity.class_selectivity(means).argmax(1),
    )


def layer2(run: Run, split: mnist.Split) -> np.ndarray:
    """Return layer 2's activations on a split of MNIST, (n_images, 16)."""
    return activations.record(run.model(), mnist.load(split).pixels, [LAYER])[LAYER].numpy()


def _response(stage: ablation.Stage) -> pd.DataFrame:
    counts, _ = ablation.sweep(stage, DOSES)
    names = ["neuron", "dose", "digit"]
    index = pd.MultiIndex.from_product([range(stage.n_units), DOSES, range(10)], names=names)
    accuracy = evaluate.accuracies(counts)[..., 1:].round(3)
    return pd.Series(accuracy.ravel(), index=index, name="accuracy").reset_index()


def _counted(counts: np.ndarray) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([range(10), range(10)], names=["true", "predicted"])
    return pd.Series(counts.ravel(), index=index, name="count").reset_index()


def _mapped(values: np.ndarray, images: np.ndarray, read: np.ndarray) -> pd.DataFrame:
    x, y = projections.on_grid(projections.umap(values, neighbors=15, seed=0, epochs=projections.FOR_THE_EYE)["map"]).T
    labels = mnist.load("test").labels[images]
    return pd.DataFrame({"image": images, "label": labels, "predicted": read[images], "x": x, "y": y})
