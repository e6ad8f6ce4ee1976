"""The subsets of neurons that the notebooks looked at, scored as they scored them and in ways they did not.

Native silhouettes are on all 10,000 test images, as published, raw and with each neuron standardized. Maps by UMAP are
made of 2,000 test images, those of thirty random fives of 1,000, as forty-four maps of 10,000 would take several
minutes. About a minute and a half on two cores, kept by the store.
"""

from __future__ import annotations

import joblib
import numpy as np
import torch

from mnist_interp import clouds, fives, geometry, intervention, mnist, published, selectivity, store, subspaces
from mnist_interp.training import Run

HAND_PICKED = {
    "all 16": tuple(range(16)),
    "good: 6, 7, 8, 10, 13": (6, 7, 8, 10, 13),
    "most frequent: 5, 6, 7, 8, 0": (5, 6, 7, 8, 0),
    "poor: 2, 0, 3, 11, 15": (2, 0, 3, 11, 15),
}
FIGURES = ("all_16", "6_7_8_10_13", "5_6_7_8_0", "2_0_3_11_15")
SIZE = 5
N_RANDOM = 30
MAPPED_PER_CLASS, RANDOM_PER_CLASS = 200, 100
SCORES = (
    "native",
    "standardized",
    "on the map",
    "neighbors, native",
    "neighbors, on the map",
    "accuracy",
    "linear probe",
)


def subsets(run: Run) -> dict[str, tuple[int, ...]]:
    """Name the published subsets, with the five most selective neurons for each digit on test images, as published."""
    stage = intervention.record(run, "relu2")
    scores = selectivity.class_selectivity(selectivity.class_means(stage.values.numpy(), stage.labels))
    found = {f"selective for {d}": tuple(row) for d, row in enumerate(selectivity.top_units(scores, SIZE).tolist())}
    return HAND_PICKED | found


def printed(place: str) -> np.ndarray:
    """Return the published silhouettes of `subsets`, in order; `place` is ``"native"`` or ``"on_umap"``."""
    table = published.figure(f"silhouette.{place}")
    return np.array([*(table[name] for name in FIGURES), *table["class_selective_top5"]])


def mapped(points: np.ndarray, *, seed: int) -> np.ndarray:
    """Project by UMAP with 15 neighbors; points that all coincide stay at the origin."""
    if not np.ptp(points, axis=0).any():
        return np.zeros((len(points), 2), np.float32)
    return geometry.umap(np.ascontiguousarray(points), neighbors=15, seed=seed)["map"]


def _score(run: Run, units: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    torch.set_num_threads(1)
    chosen = list(units)
    training, test = (intervention.record(run, "relu2", split) for split in ("train", "test"))
    values, sampled = test.values.numpy(), mnist.sample("train", MAPPED_PER_CLASS)
    few = clouds.points(run, "relu2", per_class=MAPPED_PER_CLASS)[:, chosen]
    labels = clouds.labels(per_class=MAPPED_PER_CLASS)
    projected = mapped(few, seed=run.seed)
    scores = [
        subspaces.silhouette(values[:, chosen], test.labels),
        subspaces.silhouette(subspaces.standardized(values[:, chosen]), test.labels),
        subspaces.silhouette(projected, labels),
        geometry.knn_accuracy(few, labels),
        geometry.knn_accuracy(projected, labels),
        float(subspaces.kept_accuracies(test, intervention.mean(training), [chosen])[0]),
        subspaces.probe_accuracy(
            training.values.numpy()[sampled][:, chosen], training.labels[sampled], values[:, chosen], test.labels
        ),
    ]
    return np.array(scores), projected


def _random(run: Run, units: np.ndarray) -> tuple[float, float]:
    values, labels = clouds.points(run, "relu2", per_class=MAPPED_PER_CLASS), clouds.labels(per_class=MAPPED_PER_CLASS)
    few = clouds.points(run, "relu2", per_class=RANDOM_PER_CLASS)[:, units]
    projected = mapped(few, seed=run.seed)
    return (
        subspaces.silhouette(values[:, units], labels),
        subspaces.silhouette(projected, clouds.labels(per_class=RANDOM_PER_CLASS)),
    )


@store.cached
def scored(run: Run) -> store.Arrays:
    """Score every published subset of a network's layer 2.

    Returns
    -------
    dict of numpy.ndarray
        ``scores`` (14 of `subsets`, 7 of `SCORES`); ``maps`` (14, 2000, 2), their UMAPs; ``random`` (30, 2),
        silhouettes of thirty random fives, native and on their UMAPs.
    """
    named = list(subsets(run).values())
    found = joblib.Parallel(n_jobs=-1)(joblib.delayed(_score)(run, units) for units in named)
    drawn = fives.random_fives(16, seed=run.seed, count=N_RANDOM)
    random = joblib.Parallel(n_jobs=-1)(joblib.delayed(_random)(run, units) for units in drawn)
    return {
        "scores": np.stack([scores for scores, _ in found]),
        "maps": np.stack([projected for _, projected in found]),
        "random": np.array(random),
    }


@store.cached
def everything(run: Run) -> store.Arrays:
    """Score all 4,368 fives of a network's layer 2 on test images.

    Returns
    -------
    dict of numpy.ndarray of shape (4368,)
        ``silhouette`` on 1,000 images; ``shuffled``, the same with the labels dealt out at random; ``accuracy`` on
        10,000, all other units at their means over training images.
    """
    training, test = (intervention.record(run, "relu2", split) for split in ("train", "test"))
    points, labels = (
        clouds.points(run, "relu2", per_class=RANDOM_PER_CLASS),
        clouds.labels(per_class=RANDOM_PER_CLASS),
    )
    chosen = subspaces.subsets(points.shape[1], SIZE)
    random = np.random.default_rng(run.seed).permutation(labels)
    return {
        "silhouette": subspaces.silhouettes(points, labels, chosen),
        "shuffled": subspaces.silhouettes(points, random, chosen),
        "accuracy": subspaces.kept_accuracies(test, intervention.mean(training), chosen),
    }


@store.cached
def by_size(run: Run) -> store.Arrays:
    """Score up to 200 random subsets of every size from 2 to 16, and subsets grown greedily on training images.

    Growing starts from the best pair by silhouette and adds the unit that raises it most.

    Returns
    -------
    dict of numpy.ndarray of shape (15, 4, 2)
        For each size: worst, median and best of the random subsets, and the grown one; silhouette on 1,000 test
        images, and accuracy on all with the other units at their means.
    """
    training, test = (intervention.record(run, "relu2", split) for split in ("train", "test"))
    mean = intervention.mean(training)
    seen = {split: clouds.points(run, "relu2", split, per_class=RANDOM_PER_CLASS) for split in ("train", "test")}
    own = {split: clouds.labels(split, per_class=RANDOM_PER_CLASS) for split in ("train", "test")}
    generator = np.random.default_rng(run.seed)
    rows, grown = [], np.empty(0, int)
    for size in range(2, 17):
        tried = subspaces.subsets(16, 2) if size == 2 else _with_one_more(grown)
        grown = tried[subspaces.silhouettes(seen["train"], own["train"], tried).argmax()]
        every = subspaces.subsets(16, size)
        drawn = every[np.sort(generator.choice(len(every), min(len(every), fives.N_RANDOM), replace=False))]
        chosen = np.vstack([drawn, grown])
        found = np.column_stack(
            [
                subspaces.silhouettes(seen["test"], own["test"], chosen),
                subspaces.kept_accuracies(test, mean, chosen),
            ]
        )
        rows.append(np.vstack([np.quantile(found[:-1], (0, 0.5, 1), axis=0), found[-1:]]))
    return {"scores": np.stack(rows)}


def _with_one_more(units: np.ndarray) -> np.ndarray:
    return np.array([[*units, other] for other in range(16) if other not in units])
