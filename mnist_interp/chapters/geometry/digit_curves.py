"""Frames for the picture of curves: a digit's images in its selective units, beside what is measured on them.

Positions and measures are those of `within_class_variation`; the map is a UMAP of the digit's own images. About 1 s a
digit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp.chapters.geometry import map_frames
from mnist_interp.data import morphology
from mnist_interp.experiments import recordings, subset_scores, within_class_variation
from mnist_interp.methods import evaluate, projections
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Run

MEASURES = (*morphology.SHAPES, "lead")


def _strung_out(run: Run, units: np.ndarray, digit: int, drawn: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the position of a digit's test images in some units, and where their UMAP puts them."""
    fitted = recordings.points(
        run, within_class_variation.LAYER, "train", per_class=within_class_variation.FITTED_PER_CLASS
    ).astype(float)
    own = fitted[recordings.labels("train", per_class=within_class_variation.FITTED_PER_CLASS) == digit][:, units]
    seen = recordings.points(run, within_class_variation.LAYER, per_class=drawn)[
        recordings.labels(per_class=drawn) == digit
    ][:, units]
    along = (seen - own.mean(0)) @ within_class_variation.direction(own)
    if not np.ptp(seen, axis=0).any():
        return along, np.zeros((len(seen), 2), int)
    placed = projections.umap(np.ascontiguousarray(seen), neighbors=15, seed=run.seed, epochs=projections.FOR_THE_EYE)[
        "map"
    ]
    return along, projections.on_grid(placed)


@store.cached
def _all_strung_out(run: Run, drawn: int) -> store.Arrays:
    """Return ``position``, (10, drawn), and ``map``, (10, drawn, 2), of each digit in its five most selective units."""
    units = subset_scores.selective_fives(run)
    positions, maps = zip(*parallel.each(_strung_out, ((run, units[d], d, drawn) for d in range(10))), strict=True)
    return {"position": np.stack(positions), "map": np.stack(maps)}


def frames(run: Run, *, drawn: int, shown: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay out every digit's own images in its five most selective units.

    Parameters
    ----------
    run : Run
        One network.
    drawn : int
        Test images of each digit.
    shown : int
        Of these, how many are picked along the position, from one end to the other.

    Returns
    -------
    dots : pandas.DataFrame
        Columns ``image``, ``label``, ``predicted``, ``x`` and ``y`` (UMAP of these images in the five units),
        ``position`` (along their direction of largest spread, standardized), ``measure`` (of `MEASURES`) and ``rank``
        (from 0 to 100 among the digit's images).
    picked : pandas.DataFrame
        Columns ``image``, ``label``, ``predicted``, in the order of the position.
    """
    images, predicted = map_frames.read(run, drawn)
    labels = recordings.labels(per_class=drawn)
    leads = evaluate.margins(recordings.points(run, "output", per_class=drawn), labels)
    measured = np.column_stack([within_class_variation.shapes("test", drawn), leads])
    found = _all_strung_out(run, drawn)
    dots, picked = [], []
    for digit, (along, grid) in enumerate(zip(found["position"], found["map"], strict=True)):
        mine = labels == digit
        own = pd.DataFrame({"image": images[mine], "label": digit, "predicted": predicted[mine]})
        ends = np.argsort(along, kind="stable")[np.linspace(0, len(along) - 1, shown).round().astype(int)]
        picked.append(own.iloc[ends])
        spread = along.std() or 1.0
        own = own.assign(x=grid[:, 0], y=grid[:, 1], position=(along - along.mean()) / spread)
        for k, name in enumerate(MEASURES):
            order = np.argsort(np.argsort(measured[mine, k], kind="stable"), kind="stable")
            dots.append(own.assign(measure=name, rank=np.rint(100 * order / max(len(order) - 1, 1)).astype(int)))
    return pd.concat(dots, ignore_index=True), pd.concat(picked, ignore_index=True)
