"""Maps of layers of one network: what is projected, how good the maps are, and their points as a frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mnist_interp.claims.baseline import PROJECTED_PER_CLASS, projected_labels
from mnist_interp.data import mnist
from mnist_interp.experiments import example_images, recordings
from mnist_interp.methods import projection_quality, projections
from mnist_interp.training.runs import Run

Spaces = Mapping[str, np.ndarray]
Maps = Mapping[str, Mapping[str, np.ndarray]]


def spaces(run: Run) -> dict[str, np.ndarray]:
    """Return what is projected, by name: points of the same test images, (n_images, n_dimensions)."""
    layers = {"layer 2": "relu2", "layer 1": "relu1", "pixels": "pixels"}
    found = recordings.points_of_layers(run, list(layers.values()), per_class=PROJECTED_PER_CLASS)
    untrained = recordings.points(run, "relu2", per_class=PROJECTED_PER_CLASS, checkpoint=0)
    return {name: found[layer] for name, layer in layers.items()} | {"layer 2, untrained": untrained}


def votes(projected: Spaces, maps: Maps) -> pd.DataFrame:
    """Return how often neighbors vote for a point's own digit: one row per space, columns for itself and each map."""
    truth = projected_labels()
    rows = {}
    for name, points in projected.items():
        rows[name] = {"in the space itself": projection_quality.knn_accuracy(points, truth)} | {
            f"on the {kind} map": projection_quality.knn_accuracy(drawn, truth) for kind, drawn in maps[name].items()
        }
    return pd.DataFrame(rows).T.rename_axis(index="what is projected")


def recall(projected: Spaces, maps: Maps) -> pd.DataFrame:
    """Return the share of a point's nearest neighbors that a map keeps: one row per space, one column per map."""
    rows = {
        name: {kind: projection_quality.neighbor_recall(points, drawn) for kind, drawn in maps[name].items()}
        for name, points in projected.items()
    }
    return pd.DataFrame(rows).T.rename_axis(index="what is projected")


def points(maps: Maps, predicted: np.ndarray) -> pd.DataFrame:
    """Return every other point of the maps of each space.

    Parameters
    ----------
    maps : mapping
        From `projections.maps_of`.
    predicted : numpy.ndarray of int, shape (10000,)
        What the network predicts for all test images.

    Returns
    -------
    pandas.DataFrame
        ``space``, ``image``, ``label``, ``predicted``, and ``MAP x``, ``MAP y`` for each map.
    """
    images = mnist.sample("test", PROJECTED_PER_CLASS)[::2]
    frames = []
    for space, drawn in maps.items():
        frame = example_images.rows(images, predicted)
        frame.insert(0, "space", space)
        for kind, placed in drawn.items():
            frame[f"{kind} x"], frame[f"{kind} y"] = projections.on_grid(placed[::2]).T
        frames.append(frame)
    return pd.concat(frames)
