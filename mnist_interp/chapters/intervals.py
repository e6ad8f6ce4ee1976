"""Means over seeds with their intervals, as rows of a frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mnist_interp.methods.statistics import interval


def with_interval(rows: Iterable[tuple[Mapping[str, Any], np.ndarray]]) -> pd.DataFrame:
    """Return a frame of means over seeds: the row's names, then ``mean``, ``low`` and ``high``, its 95 % interval.

    Parameters
    ----------
    rows : iterable of (mapping, numpy.ndarray of shape (n_seeds,))
        What names a row, and its values.
    """
    laid_out = []
    for names, values in rows:
        low, high = interval(values)
        laid_out.append({**names, "mean": values.mean(), "low": low, "high": high})
    return pd.DataFrame(laid_out)
