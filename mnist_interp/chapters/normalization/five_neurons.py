"""Test images laid out by the five neurons of layer 2 most selective for a digit, in several networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import silhouette_score

from mnist_interp.chapters.normalization import readme_plate
from mnist_interp.chapters.normalization.readme_plate import Plate
from mnist_interp.data import mnist
from mnist_interp.experiments import subset_scores
from mnist_interp.methods import projection_quality, projections
from mnist_interp.training.runs import Run

SHOWN = 60  # images of each digit


class Maps(NamedTuple):
    """Maps, and what may be said of each.

    Attributes
    ----------
    points : pandas.DataFrame
        Columns ``network``, ``digit``, ``image``, ``label``, ``predicted``, ``x`` and ``y``.
    notes : pandas.DataFrame
        Columns ``network``, ``digit``; silhouettes, ``native`` and on the ``map``; shares of images for which their
        neighbors name the right digit, ``knn`` and ``knn_map``; ``text``, which says all four.
    """

    points: pd.DataFrame
    notes: pd.DataFrame


def maps(pair: Mapping[str, Run], plates: Mapping[str, Plate]) -> Maps:
    """Lay out the same test images for each network and digit by UMAP, and score neurons and map."""
    images = mnist.sample("test", readme_plate.MAPPED_PER_CLASS)
    labels = mnist.load("test").labels[images]
    spaces = {}
    for name, run in pair.items():
        seen = readme_plate.layer2(run, "test")[images]
        for digit, units in enumerate(subset_scores.selective_fives(run)):
            spaces[name, digit] = seen[:, units]
    placed = projections.umaps_of(spaces.values(), neighbors=15, seed=0)
    points, notes = [], []
    for ((name, digit), five), laid_out in zip(spaces.items(), placed, strict=True):
        x, y = projections.on_grid(laid_out).T
        predicted = plates[name].map["predicted"].to_numpy()
        columns = {"image": images, "label": labels, "predicted": predicted, "x": x, "y": y}
        points.append(pd.DataFrame({"network": name, "digit": digit, **columns}).groupby("label").head(SHOWN))
        notes.append({"network": name, "digit": digit, **_scored(name, five, laid_out, labels)})
    return Maps(pd.concat(points, ignore_index=True), pd.DataFrame(notes))


def _scored(name: str, five: np.ndarray, laid_out: np.ndarray, labels: np.ndarray) -> dict[str, float | str]:
    scores = {
        "native": silhouette_score(five, labels),
        "map": silhouette_score(laid_out, labels),
        "knn": projection_quality.knn_accuracy(five, labels),
        "knn_map": projection_quality.knn_accuracy(laid_out, labels),
    }
    text = (
        "silhouette {native:+.2f} in the five neurons, {map:+.2f} on the map; "
        "neighbors name the right digit for {knn:.0%} and {knn_map:.0%}."
    ).format(**scores)
    return {**scores, "text": f"**{name}**: {text}"}
