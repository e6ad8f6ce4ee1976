"""What the published notebooks see in three single-pixel maps, each made checkable on the maps of a whole layer.

"Near the center": on average, the strongest twentieth of the pixels lies within a quarter of the image's width of it.
"Horizontal": the map changes more from row to row than from column to column. "Traces a 0": of the ten digits' mean
images it correlates most with that of the 0.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp.chapters import sentences
from mnist_interp.chapters.sentences import Checked
from mnist_interp.data import mnist
from mnist_interp.methods import attribution, map_shapes
from mnist_interp.methods.selectivity import class_means
from mnist_interp.training.runs import Run

CENTERED, HORIZONTAL, ZERO = 0, 14, 6
NEAR = map_shapes.SIDE / 4


def _rank(values: np.ndarray, unit: int) -> int:
    """Return which place a unit's value takes, 1 for the smallest."""
    return int((values < values[unit]).sum()) + 1


def checked(maps: np.ndarray, means: np.ndarray) -> list[Checked]:
    """Check the three sentences on single-pixel maps, (16, 784), and mean images of the ten digits, (10, 784)."""
    away, striped, alike = map_shapes.from_the_center(maps), map_shapes.striped(maps), map_shapes.likeness(maps, means)
    nearest, n = alike.argmax(1), len(maps)
    return [
        Checked(
            sentences.text("The single-pixel map of neuron 0"),
            "true" if away[CENTERED] < NEAR else "false",
            f"{away[CENTERED]:.1f} pixels from it, place {_rank(away, CENTERED)} of {n}",
            f"{(away < NEAR).sum()} of {n}",
        ),
        Checked(
            sentences.text("that of neuron 14"),
            "true" if striped[HORIZONTAL] > 1 else "false",
            f"{striped[HORIZONTAL]:.1f} times as much change by row, place {_rank(-striped, HORIZONTAL)} of {n}",
            f"{(striped > 1).sum()} of {n}",
        ),
        Checked(
            sentences.text("that of neuron 6"),
            "true" if nearest[ZERO] == 0 else "false",
            f"{alike[ZERO, 0]:.2f}, place {_rank(-alike[:, 0], ZERO)} of {n}; next digit "
            f"{np.delete(alike[ZERO], 0).max():.2f}",
            f"{(nearest == 0).sum()} of {n}",
        ),
    ]


def table(run: Run) -> pd.DataFrame:
    """Check the sentences on a network's single-pixel maps of layer 2, before the ReLU."""
    train = mnist.load("train")
    means = class_means(train.pixels.numpy(), train.labels)
    rows = checked(attribution.one_hot_maps(run.model(), "linear2"), means)
    return sentences.table(rows, here="this neuron", elsewhere="true of how many neurons")
