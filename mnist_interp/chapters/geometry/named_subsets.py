"""The subsets of neurons that the notebooks looked at, scored as they scored them and in ways they did not.

Native silhouettes are on all 10,000 test images, as published, raw and with each neuron standardized. Maps by UMAP are
made of 1,000 test images, those of thirty random fives of 500, as forty-four maps of 10,000 would take several
minutes. About 10 s on two cores, kept by the store.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.geometry import map_frames
from mnist_interp.data import published
from mnist_interp.experiments import ablation_effects, all_subsets, recordings, subset_scores
from mnist_interp.methods import projection_quality, projections, selectivity, unit_subsets
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Run

WHOLE, GOOD = "all 16", "good: 6, 7, 8, 10, 13"
HAND_PICKED = {
    WHOLE: tuple(range(16)),
    GOOD: (6, 7, 8, 10, 13),
    "most frequent: 5, 6, 7, 8, 0": (5, 6, 7, 8, 0),
    "poor: 2, 0, 3, 11, 15": (2, 0, 3, 11, 15),
}
FIGURES = ("all_16", "6_7_8_10_13", "5_6_7_8_0", "2_0_3_11_15")
SIZE = subset_scores.SIZE
N_RANDOM = 30
MAPPED_PER_CLASS, RANDOM_PER_CLASS = map(preview.reduced, (100, 50))
SCORES = (
    "native",
    "standardized",
    "on the map",
    "neighbors, native",
    "neighbors, on the map",
    "accuracy",
    "biases refitted",
    "linear probe",
)


def subsets(run: Run) -> dict[str, tuple[int, ...]]:
    """Name the published subsets, with the five most selective neurons for each digit on test images, as published."""
    stage = recordings.stage(run, "relu2")
    scores = selectivity.class_selectivity(selectivity.class_means(stage.levels, stage.labels))
    found = {f"selective for {d}": tuple(row) for d, row in enumerate(selectivity.top_units(scores, SIZE).tolist())}
    return HAND_PICKED | found


def fives(run: Run) -> dict[str, tuple[int, ...]]:
    """Return those of `subsets` that are of five neurons."""
    return {name: units for name, units in subsets(run).items() if len(units) == SIZE}


def published_silhouettes(kind: str) -> np.ndarray:
    """Return the published silhouettes of `subsets`, in order; `kind` is ``"native"`` or ``"on_umap"``."""
    table = published.figure(f"silhouette.{kind}")
    return np.array([*(table[name] for name in FIGURES), *table["class_selective_top5"]])


def mapped(points: np.ndarray, *, seed: int) -> np.ndarray:
    """Project by UMAP with 15 neighbors; points that all coincide stay at the origin."""
    if not np.ptp(points, axis=0).any():
        return np.zeros((len(points), 2), np.float32)
    return projections.umap(np.ascontiguousarray(points), neighbors=15, seed=seed, epochs=projections.FOR_THE_EYE)[
        "map"
    ]


def _score(run: Run, units: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.array([units])
    test = ablation_effects.scored(run, "relu2")
    values = test.levels
    few = recordings.points(run, "relu2", per_class=MAPPED_PER_CLASS)[:, chosen[0]]
    labels = recordings.labels(per_class=MAPPED_PER_CLASS)
    projected = mapped(few, seed=run.seed)
    probe, neighbors = all_subsets.refitted(run, chosen)[0]
    scores = [
        unit_subsets.silhouettes(values, test.labels, chosen)[0],
        unit_subsets.silhouettes(unit_subsets.standardized(values), test.labels, chosen)[0],
        unit_subsets.silhouette(projected, labels),
        neighbors,
        projection_quality.knn_accuracy(projected, labels),
        unit_subsets.kept_accuracies(test, ablation_effects.mean(run, "relu2"), chosen)[0],
        subset_scores.refitted_accuracy(run, chosen[0]),
        probe,
    ]
    return np.array(scores), projected


def _random(run: Run, units: np.ndarray) -> tuple[float, float]:
    seen = all_subsets.READ_PER_CLASS
    values, labels = recordings.points(run, "relu2", per_class=seen), recordings.labels(per_class=seen)
    few = recordings.points(run, "relu2", per_class=RANDOM_PER_CLASS)[:, units]
    projected = mapped(few, seed=run.seed)
    return (
        unit_subsets.silhouette(values[:, units], labels),
        unit_subsets.silhouette(projected, recordings.labels(per_class=RANDOM_PER_CLASS)),
    )


@store.cached
def scored(run: Run) -> xr.Dataset:
    """Score every published subset of a network's layer 2.

    Returns
    -------
    xarray.Dataset
        ``scores`` (subset, score), by name of `subsets` and `SCORES`; ``maps`` (subset, image, axis), their UMAPs;
        ``random`` (draw, space), silhouettes of thirty random fives, native and on their UMAPs.
    """
    named = subsets(run)
    found = parallel.each(_score, ((run, units) for units in named.values()))
    drawn = subset_scores.random_fives(16, seed=run.seed, count=N_RANDOM)
    random = parallel.each(_random, ((run, units) for units in drawn))
    return xr.Dataset(
        {
            "scores": (("subset", "score"), np.stack([scores for scores, _ in found])),
            "maps": (("subset", "image", "axis"), np.stack([projected for _, projected in found])),
            "random": (("draw", "space"), np.array(random)),
        },
        coords={"subset": list(named), "score": list(SCORES), "axis": ["x", "y"], "space": ["native", "on the map"]},
    )


def frame(run: Run) -> pd.DataFrame:
    """Return the scores of `scored`: rows by name of the subset, columns `SCORES`."""
    scores = scored(run)["scores"]
    return pd.DataFrame(
        scores.to_numpy(),
        index=pd.Index(scores["subset"].to_numpy(), name="subset"),
        columns=scores["score"].to_numpy(),
    )


def bars(run: Run) -> pd.DataFrame:
    """Lay out the scores of `fives` for bars: columns ``subset``, ``score`` and ``value``."""
    scores = frame(run).loc[list(fives(run))].drop(columns="standardized")
    titled = scores.rename(columns={"native": "silhouette, native", "on the map": "silhouette, on the map"})
    return titled.reset_index().melt("subset", var_name="score", value_name="value")


def table(run: Run) -> pd.DataFrame:
    """Put every published silhouette beside ours, thirty random fives in the last row."""
    ours, names = frame(run), subsets(run)
    numbers = {
        "native, published": published_silhouettes("native"),
        "native": ours["native"],
        "standardized": ours["standardized"],
        "on UMAP, published": published_silhouettes("on_umap"),
        "on UMAP": ours["on the map"],
    }
    rows = pd.DataFrame(numbers, index=ours.index).map("{:.2f}".format)
    rows.insert(
        0, "neurons", [", ".join(map(str, units)) if len(units) < 16 else "0 to 15" for units in names.values()]
    )
    native, on_the_map = scored(run)["random"].mean("draw").to_numpy()
    theirs = [published.figure(f"silhouette.{kind}.random_5_mean_of_30") for kind in ("native", "on_umap")]
    last = [f"{value:.2f}" for value in (theirs[0], native, theirs[1], on_the_map)]
    rows.loc["random, mean of thirty"] = ["", *last[:2], "", *last[2:]]
    return rows.rename(index=lambda name: name.split(":")[0])


def dots(run: Run, *, every: int) -> pd.DataFrame:
    """Lay out the UMAP of each named subset: columns ``subset``, ``image``, ``label``, ``predicted``, ``x``, ``y``.

    Only one image in `every` is drawn; the map is of all.
    """
    images, predicted = map_frames.predictions(run, MAPPED_PER_CLASS)
    labels, some = recordings.labels(per_class=MAPPED_PER_CLASS), np.arange(0, len(images), every)
    rows = []
    maps = scored(run)["maps"]
    for name in subsets(run):
        x, y = projections.on_grid(maps.sel(subset=name).to_numpy())[some].T
        own = {"image": images[some], "label": labels[some], "predicted": predicted[some], "x": x, "y": y}
        rows.append(pd.DataFrame({"subset": name, **own}))
    return pd.concat(rows, ignore_index=True)
