"""Frames for the picture of curves: a digit's images in its selective units, beside measures of their shape.

Positions and measures are those of `within_class_variation`; the map is a UMAP of the digit's own images. About 1 s a
digit.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.geometry import map_frames
from mnist_interp.data import morphology
from mnist_interp.experiments import recordings, subset_scores, within_class_variation
from mnist_interp.experiments.states import STATES
from mnist_interp.methods import evaluate, projections
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

MEASURES = (*morphology.SHAPES, "lead")


def _positions(run: Run, units: np.ndarray, digit: int, drawn: int) -> tuple[np.ndarray, np.ndarray]:
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
def _all_positions(run: Run, drawn: int) -> xr.Dataset:
    """Return ``position`` (digit, image) and ``map`` (digit, image, axis) of images in their digit's selective five."""
    units = subset_scores.selective_fives(run)
    positions, maps = zip(*parallel.each(_positions, ((run, units[d], d, drawn) for d in range(10))), strict=True)
    return xr.Dataset(
        {"position": (("digit", "image"), np.stack(positions)), "map": (("digit", "image", "axis"), np.stack(maps))},
        coords={"digit": range(10), "axis": ["x", "y"]},
    )


def frames(run: Run, *, drawn: int, shown: int) -> dict[str, pd.DataFrame]:
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
    dict of pandas.DataFrame
        ``dots``: columns ``image``, ``label``, ``predicted``, ``x`` and ``y`` (UMAP of these images in the five units),
        ``position`` (along their direction of largest spread, standardized), ``measure`` (of `MEASURES`) and ``rank``
        (from 0 to 100 among the digit's images).
        ``picked``: columns ``image``, ``label``, ``predicted``, in the order of the position.
    """
    images, predicted = map_frames.predictions(run, drawn)
    labels = recordings.labels(per_class=drawn)
    leads = evaluate.margins(recordings.points(run, "output", per_class=drawn), labels)
    measured = np.column_stack([within_class_variation.shapes("test", drawn), leads])
    found = _all_positions(run, drawn)
    dots, picked = [], []
    for digit in range(10):
        along, grid = found["position"].sel(digit=digit).to_numpy(), found["map"].sel(digit=digit)
        mine = labels == digit
        own = pd.DataFrame({"image": images[mine], "label": digit, "predicted": predicted[mine]})
        ends = np.argsort(along, kind="stable")[np.linspace(0, len(along) - 1, shown).round().astype(int)]
        picked.append(own.iloc[ends])
        spread = along.std() or 1.0
        own = own.assign(x=grid.sel(axis="x"), y=grid.sel(axis="y"), position=(along - along.mean()) / spread)
        for k, name in enumerate(MEASURES):
            order = np.argsort(np.argsort(measured[mine, k], kind="stable"), kind="stable")
            dots.append(own.assign(measure=name, rank=np.rint(100 * order / max(len(order) - 1, 1)).astype(int)))
    return {"dots": pd.concat(dots, ignore_index=True), "picked": pd.concat(picked, ignore_index=True)}


def variation(runs: Mapping[str, Run]) -> xr.Dataset:
    """Measure the curves of networks, trained and untrained: `within_class_variation.measure` by ``network``.

    Networks are called by their name and state, such as "baseline, trained".
    """
    found = {
        f"{name}, {state}": within_class_variation.measure(Population(run.recipe, (run,)), checkpoint).isel(seed=0)
        for name, run in runs.items()
        for state, checkpoint in reversed(STATES.items())
    }
    return xr.concat(found.values(), pd.Index(found, name="network"), coords="minimal", compat="override")


def predicted(measured: xr.Dataset) -> pd.DataFrame:
    """Lay out the predicted shares of `variation`: columns ``network``, ``digit`` (text), ``predictor``, ``value``."""
    rows = measured["share"].rename("value").to_dataframe().reset_index()
    return rows[["network", "digit", "predictor", "value"]].astype({"digit": str})
