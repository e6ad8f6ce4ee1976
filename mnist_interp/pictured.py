"""Frames for the pictures of chapter 5: maps with their neighbors, a layer over training, a layer losing its neurons.

Everything here only places and counts what other modules measure; a map's scale is lost (whole numbers, 0 to 1000),
as on a page it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import joblib
import numpy as np
import pandas as pd

from mnist_interp import (
    clouds,
    damage,
    drift,
    geometry,
    intervention,
    mnist,
    probe,
    similarity,
    store,
    subspaces,
    trust,
)
from mnist_interp.training import Run

PROJECTED_PER_CLASS = 200
SCORED_PER_CLASS = 100
PLANS = {"most selective first": 0, "most harmful first": 3, "most active first": 1}


def read(run: Run, per_class: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which test images `clouds.points` takes, and what the network reads them as."""
    chosen = mnist.sample("test", per_class)
    logits = probe.activations(run.model(), mnist.load("test").pixels[chosen], ["output"])["output"]
    return chosen, logits.argmax(1).numpy()


def maps(spaces: Mapping[str, np.ndarray], *, seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Project each space by PCA, t-SNE and UMAP, in parallel: name of the space, then of the map."""
    found = joblib.Parallel(n_jobs=-1)(joblib.delayed(geometry.maps)(points, seed=seed) for points in spaces.values())
    wanted = ("PCA", "t-SNE", "UMAP")
    return {name: {kind: one[kind] for kind in wanted} for name, one in zip(spaces, found, strict=True)}


@store.cached
def _map_scores(points: np.ndarray, projected: dict[str, np.ndarray], labels: np.ndarray) -> store.Arrays:
    return {"scores": trust.scores(points, projected, labels).to_numpy()}


def map_scores(
    spaces: Mapping[str, np.ndarray], placed: Mapping[str, Mapping[str, np.ndarray]], labels: np.ndarray
) -> dict[str, pd.DataFrame]:
    """Score each space and its maps as `trust.scores` does: a table a space."""
    jobs = [joblib.delayed(_map_scores)(points, dict(placed[name]), labels) for name, points in spaces.items()]
    found = joblib.Parallel(n_jobs=-1)(jobs)
    return {
        name: pd.DataFrame(one["scores"], index=["in the space itself", *placed[name]], columns=list(trust.SCORES))
        for name, one in zip(spaces, found, strict=True)
    }


def neighborhoods(
    points: np.ndarray, projected: Mapping[str, np.ndarray], run: Run, *, drawn_per_class: int, count: int
) -> dict[str, pd.DataFrame]:
    """Lay out a layer's maps with every drawn point's true neighbors and its neighbors on the map.

    Parameters
    ----------
    points : numpy.ndarray of shape (2000, n_units)
        From `clouds.points`, 200 test images of each digit.
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
    images, predicted = read(run, PROJECTED_PER_CLASS)
    labels = clouds.labels(per_class=PROJECTED_PER_CLASS)
    every = PROJECTED_PER_CLASS // drawn_per_class
    drawn = np.sort(np.concatenate([np.flatnonzero(labels == digit)[::every] for digit in range(10)]))

    def rows(places: np.ndarray) -> pd.DataFrame:
        flat = places.ravel()
        columns = {"image": images[flat], "label": labels[flat], "predicted": predicted[flat]}
        return pd.DataFrame({"point": np.repeat(images[drawn], places.shape[1]), **columns})

    true = trust.nearest(points, drawn, count=count)
    parts: dict[str, list[pd.DataFrame]] = {"dots": [], "shown": [], "rings": [], "kept": []}
    for kind, placed in projected.items():
        grid = geometry.on_grid(placed)
        own = pd.DataFrame({"image": images[drawn], "label": labels[drawn], "predicted": predicted[drawn]})
        parts["dots"].append(own.assign(map=kind, x=grid[drawn, 0], y=grid[drawn, 1]))
        there = trust.nearest(placed, drawn, count=count)
        parts["shown"].append(rows(there).assign(map=kind))
        ringed = np.column_stack([drawn, true])
        at = grid[ringed.ravel()]
        parts["rings"].append(
            pd.DataFrame({"map": kind, "point": np.repeat(images[drawn], count + 1), "x": at[:, 0], "y": at[:, 1]})
        )
        shared = [len(np.intersect1d(a, b)) for a, b in zip(true, there, strict=True)]
        text = [f"On this map {n} of its {count} nearest neighbors are among its {count} in the layer." for n in shared]
        parts["kept"].append(pd.DataFrame({"map": kind, "point": images[drawn], "shared": shared, "text": text}))
    return {"true": rows(true)} | {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


@store.cached
def _over_training(run: Run, other: Run, places: list[int]) -> store.Arrays:
    labels = clouds.labels(per_class=SCORED_PER_CLASS)
    last = clouds.points(run, "relu2", per_class=SCORED_PER_CLASS)
    rows = []
    for place in places:
        now, there = (clouds.points(one, "relu2", per_class=SCORED_PER_CLASS, checkpoint=place) for one in (run, other))
        scores = [subspaces.silhouette(now, labels), geometry.knn_accuracy(now, labels)]
        rows.append([*scores, similarity.cka(now, last), similarity.cka(now, there)])
    return {"scores": np.array(rows)}


OVER_TRAINING = ("silhouette", "neighbors vote right", "CKA with its own end", "CKA with another seed")


def over_training(run: Run, other: Run, places: Sequence[int]) -> pd.DataFrame:
    """Score layer 2 at checkpoints, on 1,000 test images.

    Returns
    -------
    pandas.DataFrame
        Columns ``checkpoint``, ``epoch``, ``score`` (of `OVER_TRAINING`) and ``value``.
    """
    values = _over_training(run, other, list(places))["scores"]
    index = pd.MultiIndex.from_product([places, OVER_TRAINING], names=["checkpoint", "score"])
    frame = pd.Series(values.ravel(), index=index, name="value").reset_index()
    frame.insert(1, "epoch", np.asarray(run.epochs)[frame["checkpoint"]])
    return frame


def pruned(run: Run, *, drawn_per_class: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take layer 2's neurons away one by one, set to their means, in the orders of `PLANS`.

    The plane is that of the whole layer's linear discriminants, fitted on training images, and stays.

    Parameters
    ----------
    run : Run
        One network.
    drawn_per_class : int
        Test images of each digit that are placed.

    Returns
    -------
    places : pandas.DataFrame
        Columns ``plan``, ``gone`` (neurons), ``image``, ``label``, ``predicted``, ``x``, ``y``.
    scores : pandas.DataFrame
        Columns ``plan``, ``gone``, ``score`` ("silhouette", "neighbors vote right", "accuracy"), ``value``; the first
        two of the neurons that are left, on 1,000 test images.
    """
    training, test = (intervention.record(run, "relu2", split) for split in ("train", "test"))
    mean, values = intervention.mean(training), test.values.numpy()  # noqa: PD011
    basis = geometry.discriminant_basis(training.values.numpy(), training.labels)  # noqa: PD011
    orders = damage.orders(training)
    drawn, scored = (mnist.sample("test", count) for count in (drawn_per_class, SCORED_PER_CLASS))
    places, rows = [], []
    for plan, place in PLANS.items():
        for gone in range(test.n_units):
            out, left = orders[place][:gone], orders[place][gone:]
            read_as = intervention.intervene(test, out.tolist(), mean).argmax(1).numpy()
            filled = values.copy()
            filled[:, out] = mean.numpy()[out]
            x, y = basis.transform(filled[drawn]).T
            own = {"image": drawn, "label": test.labels[drawn], "predicted": read_as[drawn], "x": x, "y": y}
            places.append(pd.DataFrame({"plan": plan, "gone": gone, **own}))
            kept, labels = values[scored][:, left], test.labels[scored]
            found = {
                "silhouette": subspaces.silhouette(kept, labels),
                "neighbors vote right": geometry.knn_accuracy(kept, labels),
                "accuracy": (read_as == test.labels).mean(),
            }
            rows += [{"plan": plan, "gone": gone, "score": name, "value": value} for name, value in found.items()]
    return pd.concat(places, ignore_index=True), pd.DataFrame(rows)


def counted(x: np.ndarray, y: np.ndarray, *, bins: int = 40) -> pd.DataFrame:
    """Count pairs in a grid: columns ``x``, ``x2``, ``y``, ``y2`` (edges) and ``count``, empty cells left out."""
    counts, across, up = np.histogram2d(x, y, bins=bins)
    i, j = np.nonzero(counts)
    edges = {"x": across[i], "x2": across[i + 1], "y": up[j], "y2": up[j + 1]}
    return pd.DataFrame({**edges, "count": counts[i, j].astype(int)})


def moments(run: Run) -> tuple[list[int], list[str]]:
    """Return the milestones of training, and what to call them."""
    places = drift.milestones(run)
    return places, [drift.moment(run, place) for place in places]
