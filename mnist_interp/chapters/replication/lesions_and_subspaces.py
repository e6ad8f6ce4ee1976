"""Figures of the second notebook, continued: the table of neuron 14, and silhouettes of subsets of layer 2."""

from __future__ import annotations

import numpy as np

from mnist_interp.chapters.geometry import named_subsets
from mnist_interp.chapters.interventions import bytes_table
from mnist_interp.chapters.replication import rows
from mnist_interp.chapters.replication.rows import IMAGES, Row
from mnist_interp.data import mnist, published
from mnist_interp.training.runs import Run

TABLE14, FIVES = "interventions.html#the-table-of-neuron-14", "geometry.html#five-of-sixteen"
ROUNDED = 0.0015  # beyond half of the last digit: a silhouette's own rounding, at ten thousand images


def neuron14(run: Run) -> list[Row]:
    """Compare the accuracies of the table of neuron 14, on bytes, as it was computed."""
    table, labels = bytes_table.table(run), mnist.load("test").labels
    found = []
    for digit in bytes_table.DIGITS:
        image = 100 / (labels == digit).sum()
        for factor in bytes_table.FACTORS:
            name = f"digit {digit}, neuron {bytes_table.NEURON} times {factor:.0f}"
            path = f"neuron14_scaling|class{digit}|{factor}"
            what = f"accuracy on {digit}s, %, neuron {bytes_table.NEURON} times {factor:.0f}"
            own = table.loc[name, "on bytes, %"]
            found.append(rows.of_a_run(path, what, TABLE14, own, form=".2f", most=IMAGES * image, unit=image))
    return found


def silhouettes(run: Run) -> list[Row]:
    """Compare silhouettes of the published subsets, in the layer and on their UMAPs."""
    ours, found = named_subsets.frame(run), []
    paths = [*named_subsets.FIGURES, *(f"class_selective_top5.{digit}" for digit in range(10))]
    for name, path in zip(ours.index, paths, strict=True):
        what = name.replace("selective for", "five most selective for")
        own = ours.loc[name, "native"]
        most = 0.005 + ROUNDED
        found.append(
            rows.of_a_run(f"silhouette.native.{path}", f"silhouette, {what}", FIVES, own, form=".2f", most=most)
        )
    native, on_the_map = (named_subsets.scored(run)["random"].sel(space=space) for space in ("native", "on the map"))
    found.append(_random(native.to_numpy()))
    for name, path in zip(ours.index, paths, strict=True):
        what = name.replace("selective for", "five most selective for")
        own = ours.loc[name, "on the map"]
        found.append(rows.of_unknown(f"silhouette.on_umap.{path}", f"on its UMAP, {what}", FIVES, own, form=".2f"))
    own = float(on_the_map.mean())
    path = "silhouette.on_umap.random_5_mean_of_30"
    return [*found, rows.of_unknown(path, "on their UMAPs, random fives, mean", FIVES, own, form=".2f")]


def _random(drawn: np.ndarray) -> Row:
    """Compare means of thirty random fives, each mean uncertain by its own draw: within two standard errors."""
    path, own = "silhouette.native.random_5_mean_of_30", drawn
    cited = float(published.figure(path))
    error = own.std(ddof=1) * (2 / len(own)) ** 0.5
    return Row(
        (path,),
        f"silhouette, random fives, mean of {len(own)}",
        FIVES,
        f"{cited:.2f}",
        f"{own.mean():.2f} ± {error:.2f}",
        rows.signed(own.mean() - cited, ".2f"),
        "seeds" if abs(own.mean() - cited) <= 2 * error else "apart",
    )
