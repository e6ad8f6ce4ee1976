"""All fives of layer 2 as a landscape: counted in a grid by silhouette and accuracy, with named ones placed on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp.chapters.geometry import named_subsets
from mnist_interp.experiments import all_subsets
from mnist_interp.training.runs import Run

_BINS = {all_subsets.NETWORK: 40, all_subsets.PROBE: 20, all_subsets.NEIGHBORS: 20}
_SCORES = {
    all_subsets.NETWORK: "accuracy",
    all_subsets.PROBE: "linear probe",
    all_subsets.NEIGHBORS: "neighbors, native",
}


def counted(x: np.ndarray, y: np.ndarray, *, bins: int = 40) -> pd.DataFrame:
    """Count pairs in a grid: columns ``x``, ``x2``, ``y``, ``y2`` (edges) and ``count``, empty cells left out."""
    counts, across, up = np.histogram2d(x, y, bins=bins)
    i, j = np.nonzero(counts)
    edges = {"x": across[i], "x2": across[i + 1], "y": up[j], "y2": up[j + 1]}
    return pd.DataFrame({**edges, "count": counts[i, j].astype(int)})


def cells(run: Run) -> pd.DataFrame:
    """Count fives by silhouette and by the accuracy of each reader on them.

    Returns
    -------
    pandas.DataFrame
        Columns of `counted`, ``reader``, and ``share``, the count over that of the reader's fullest cell.
    """
    silhouette = all_subsets.everything(run)["silhouette"]
    parts = []
    for reader, accuracy in all_subsets.by_reader(run).items():
        across = silhouette.sel(subset=accuracy["subset"])
        parts.append(counted(across.to_numpy(), accuracy.to_numpy(), bins=_BINS[reader]).assign(reader=reader))
    found = pd.concat(parts, ignore_index=True)
    return found.assign(share=found["count"] / found.groupby("reader")["count"].transform("max"))


def picked(run: Run) -> pd.DataFrame:
    """Place the notebooks' fives among all.

    Returns
    -------
    pandas.DataFrame
        Columns ``subset``, ``short`` (one character), ``x``, the silhouette, ``y``, the accuracy, and ``reader``.
    """
    fives, scores = named_subsets.fives(run), named_subsets.frame(run)
    labels = all_subsets.labels(fives.values())
    across = all_subsets.everything(run)["silhouette"].sel(subset=labels).to_numpy()
    short = [name[0] if ":" in name else name[-1] for name in fives]
    rows = [
        pd.DataFrame(
            {"subset": list(fives), "short": short, "x": across, "y": scores.loc[list(fives), score], "reader": reader}
        )
        for reader, score in _SCORES.items()
    ]
    return pd.concat(rows, ignore_index=True)
