"""How many units are needed: scores of subsets by their size, as lines with bands."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mnist_interp.experiments import subset_sizes
from mnist_interp.runtime import parallel
from mnist_interp.training.runs import Run


def lines(runs: Mapping[str, Run]) -> pd.DataFrame:
    """Lay out networks by size, as lines with bands.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``size``, ``score`` (of `SCORES`), ``chosen`` ("random" or "grown for silhouette"),
        ``value``, and ``low`` and ``high``, worst and best of the random ones.
    """
    found = parallel.each(subset_sizes.measure, ((run,) for run in runs.values()))
    rows = [
        {
            "network": name,
            "size": size,
            "score": score,
            "chosen": chosen,
            "value": one[at],
            "low": one[low],
            "high": one[high],
        }
        for name, each in zip(runs, found, strict=True)
        for size, by_score in zip(subset_sizes.SIZES, each["scores"], strict=True)
        for score, one in zip(subset_sizes.SCORES, by_score.T, strict=True)
        for chosen, at, low, high in (("random", 1, 0, 2), ("grown for silhouette", 3, 3, 3))
    ]
    return pd.DataFrame(rows)
