"""All fives of layer 2 as a landscape: counted in a grid by silhouette and accuracy, with named ones placed on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mnist_interp.experiments import all_subsets
from mnist_interp.training.runs import Run

_BINS = {"the network": 40, "a linear probe": 20, "nearest neighbors": 20}


def counted(x: np.ndarray, y: np.ndarray, *, bins: int = 40) -> pd.DataFrame:
    """Count pairs in a grid: columns ``x``, ``x2``, ``y``, ``y2`` (edges) and ``count``, empty cells left out."""
    counts, across, up = np.histogram2d(x, y, bins=bins)
    i, j = np.nonzero(counts)
    edges = {"x": across[i], "x2": across[i + 1], "y": up[j], "y2": up[j + 1]}
    return pd.DataFrame({**edges, "count": counts[i, j].astype(int)})


def cells(run: Run) -> pd.DataFrame:
    """Count fives by silhouette and by how well each reader reads them: columns of `counted`, and ``reader``."""
    silhouette = all_subsets.everything(run)["silhouette"]
    parts = [
        counted(silhouette[at], right, bins=_BINS[reader]).assign(reader=reader)
        for reader, (at, right) in all_subsets.by_reader(run).items()
    ]
    return pd.concat(parts, ignore_index=True)


def picked(run: Run, subsets: Mapping[str, tuple[int, ...]], scores: pd.DataFrame) -> pd.DataFrame:
    """Place named fives on the ground.

    Parameters
    ----------
    run : Run
        The network.
    subsets : mapping of str to tuple of int
        Fives by name.
    scores : pandas.DataFrame
        Their scores, rows by name, with the columns that `READERS` names.

    Returns
    -------
    pandas.DataFrame
        Columns ``subset``, ``short`` (one character), ``x``, the silhouette, ``y``, how often right, and ``reader``.
    """
    x = all_subsets.everything(run)["silhouette"][all_subsets.place(np.array(list(subsets.values())))]
    short = [name[0] if ":" in name else name[-1] for name in subsets]
    rows = [
        pd.DataFrame(
            {"subset": list(subsets), "short": short, "x": x, "y": scores.loc[list(subsets), score], "reader": reader}
        )
        for reader, score in all_subsets.READERS.items()
    ]
    return pd.concat(rows, ignore_index=True)
