"""Frames for the pictures of chapter 5: maps with their neighbors, settings of maps, a layer over training.

Everything here only places and counts what other modules measure; a map's scale is lost (whole numbers, 0 to 1000),
as on a page it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import projection_reliability, recordings, training_dynamics
from mnist_interp.methods import activations, projection_quality, projections, similarity, unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Run

PROJECTED_PER_CLASS = preview.reduced(200)
SCORED_PER_CLASS = preview.reduced(100)
OVER_TRAINING = ("silhouette", "neighbors vote right", "CKA with its final state", "CKA with another seed")


def predictions(run: Run, per_class: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the test images that `recordings.points` takes, and the predicted digits."""
    chosen = mnist.sample("test", per_class)
    logits = activations.record(run.model(), mnist.load("test").pixels[chosen], ["output"])["output"]
    return chosen, logits.argmax(1).numpy()


def spaces(run: Run, normal: Run) -> dict[str, np.ndarray]:
    """Return the spaces that the chapter projects, 2,000 test images each; layer 2 of both networks first."""

    def points(one: Run, layer: str, checkpoint: int = -1) -> np.ndarray:
        return recordings.points(one, layer, per_class=PROJECTED_PER_CLASS, checkpoint=checkpoint)

    return {
        "layer 2": points(run, "relu2"),
        "layer 2, normalized": points(normal, "relu2"),
        "layer 1": points(run, "relu1"),
        "layer 1, normalized": points(normal, "relu1"),
        "pixels": points(run, "pixels"),
        "layer 2, untrained": points(run, "relu2", 0),
    }


def maps(found: Mapping[str, np.ndarray], *, seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Project each space by PCA, t-SNE and UMAP, in parallel: name of the space, then of the map."""
    wanted = ("PCA", "t-SNE", "UMAP")
    made = projections.maps_of(found, seed=seed)
    return {name: {kind: one[kind] for kind in wanted} for name, one in made.items()}


def _scores(points: np.ndarray, projected: dict[str, np.ndarray], labels: np.ndarray) -> np.ndarray:
    return projection_quality.scores(points, projected, labels).to_numpy()


ITSELF = "the space"


@store.cached
def map_scores(
    spaces: Mapping[str, np.ndarray], placed: Mapping[str, Mapping[str, np.ndarray]], labels: np.ndarray
) -> xr.Dataset:
    """Score each space and its maps as `projection_quality.scores` does.

    Returns
    -------
    xarray.Dataset
        ``value`` (space, map, score), where `ITSELF` stands for the map that the space itself is.
    """
    found = parallel.each(_scores, ((points, dict(placed[name]), labels) for name, points in spaces.items()))
    kinds = list(next(iter(placed.values())))
    return xr.Dataset(
        {"value": (("space", "map", "score"), np.stack(found))},
        coords={"space": list(spaces), "map": [ITSELF, *kinds], "score": list(projection_quality.SCORES)},
    )


def neighborhoods(
    points: np.ndarray, projected: Mapping[str, np.ndarray], run: Run, *, drawn_per_class: int, count: int
) -> dict[str, pd.DataFrame]:
    """Lay out a layer's maps with every drawn point's true neighbors and its neighbors on the map.

    Parameters
    ----------
    points : numpy.ndarray of shape (2000, n_units)
        From `recordings.points`, 200 test images of each digit.
    projected : mapping of str to numpy.ndarray of shape (2000, 2)
        Maps by name.
    run : Run
        The network.
    drawn_per_class : int
        Images of each digit that are drawn; neighbors are looked for among all.
    count : int
        Neighbors.

    Returns
    -------
    dict of pandas.DataFrame
        ``dots``: ``map``, ``image``, ``label``, ``predicted``, ``x``, ``y``; ``true``: ``point`` (an image) and its
        neighbors in the layer, nearest first; ``shown``: the same on each ``map``; ``rings``: where on each map the
        point and its true neighbors lie; ``kept``: a sentence for each point and map.
    """
    images, predicted = predictions(run, PROJECTED_PER_CLASS)
    labels = recordings.labels(per_class=PROJECTED_PER_CLASS)
    every = PROJECTED_PER_CLASS // drawn_per_class
    drawn = np.sort(np.concatenate([np.flatnonzero(labels == digit)[::every] for digit in range(10)]))

    def rows(places: np.ndarray) -> pd.DataFrame:
        flat = places.ravel()
        columns = {"image": images[flat], "label": labels[flat], "predicted": predicted[flat]}
        return pd.DataFrame({"point": np.repeat(images[drawn], places.shape[1]), **columns})

    true = projection_quality.nearest(points, drawn, count=count)
    parts: dict[str, list[pd.DataFrame]] = {"dots": [], "shown": [], "rings": [], "kept": []}
    for kind, placed in projected.items():
        grid = projections.on_grid(placed)
        own = pd.DataFrame({"image": images[drawn], "label": labels[drawn], "predicted": predicted[drawn]})
        parts["dots"].append(own.assign(map=kind, x=grid[drawn, 0], y=grid[drawn, 1]))
        there = projection_quality.nearest(placed, drawn, count=count)
        parts["shown"].append(rows(there).assign(map=kind))
        ringed = np.column_stack([drawn, true])
        at = grid[ringed.ravel()]
        parts["rings"].append(
            pd.DataFrame({"map": kind, "point": np.repeat(images[drawn], count + 1), "x": at[:, 0], "y": at[:, 1]})
        )
        shared = [len(np.intersect1d(a, b)) for a, b in zip(true, there, strict=True)]
        text = [
            f"On this map {n} of its {count} nearest neighbors {'is' if n == 1 else 'are'} "
            f"among its {count} in the layer."
            for n in shared
        ]
        parts["kept"].append(pd.DataFrame({"map": kind, "point": images[drawn], "shared": shared, "text": text}))
    return {"true": rows(true)} | {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def by_network(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put frames of several networks below each other, with a column ``network`` for their names."""
    return pd.concat([frame.assign(network=name) for name, frame in frames.items()], ignore_index=True)


def parts_by_network(found: Mapping[str, Mapping[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Put the frames that several networks have by name, as of `neighborhoods`, together as `by_network` does."""
    parts = next(iter(found.values()))
    return {part: by_network({name: frames[part] for name, frames in found.items()}) for part in parts}


def by_setting(
    points: np.ndarray, labels: np.ndarray, settings: dict[str, list[int]], seeds: list[int]
) -> pd.DataFrame:
    """Lay out `projection_reliability.sweep`, and the scores of the points themselves, for intervals.

    Returns
    -------
    pandas.DataFrame
        Columns ``map`` (method and setting, or "layer 2 itself"), ``score``, ``value``, ``low`` and ``high``: mean and
        range over the seeds.
    """
    words = {"t-SNE": "perplexity", "UMAP": "neighbors"}
    swept = projection_reliability.sweep(points, labels, settings, seeds)["scores"]
    names = [f"{method}, {words[method]} {value}" for method, values in settings.items() for value in values]
    columns = {"value": swept.mean("seed"), "low": swept.min("seed"), "high": swept.max("seed")}
    maps = xr.Dataset(columns).drop_vars(["map", "projector", "setting"]).assign_coords(map=names)
    itself = projection_quality.score(points, points, labels)
    own = pd.DataFrame({"map": "layer 2 itself", "score": projection_quality.SCORES} | dict.fromkeys(columns, itself))
    return pd.concat([maps.to_dataframe(["map", "score"]).reset_index()[own.columns], own], ignore_index=True)


@store.cached
def _over_training(run: Run, other: Run, checkpoints: list[int]) -> xr.Dataset:
    labels = recordings.labels(per_class=SCORED_PER_CLASS)
    last = recordings.points(run, "relu2", per_class=SCORED_PER_CLASS)
    rows = []
    for checkpoint in checkpoints:
        now, there = (
            recordings.points(one, "relu2", per_class=SCORED_PER_CLASS, checkpoint=checkpoint) for one in (run, other)
        )
        scores = [unit_subsets.silhouette(now, labels), projection_quality.knn_accuracy(now, labels)]
        rows.append([*scores, similarity.cka(now, last), similarity.cka(now, there)])
    return xr.Dataset(
        {"value": (("checkpoint", "score"), rows)},
        coords={"checkpoint": checkpoints, "score": list(OVER_TRAINING)},
    )


def over_training(run: Run, other: Run, checkpoints: Sequence[int]) -> pd.DataFrame:
    """Score layer 2 at checkpoints, on 1,000 test images.

    Returns
    -------
    pandas.DataFrame
        Columns ``checkpoint``, ``epoch``, ``score`` (of `OVER_TRAINING`) and ``value``.
    """
    frame = _over_training(run, other, list(checkpoints)).to_dataframe().reset_index()
    frame.insert(1, "epoch", np.asarray(run.epochs)[frame["checkpoint"]])
    return frame


def moments(run: Run) -> dict[int, str]:
    """Return the milestones of training: what to call each checkpoint, by its index."""
    return {checkpoint: training_dynamics.moment(run, checkpoint) for checkpoint in training_dynamics.milestones(run)}
