"""Ranks: scipy's as the oracle, with many equal values and with none."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from mnist_interp.methods import ranks


def test_ranks_are_scipys() -> None:
    generator = np.random.default_rng(0)
    values = np.maximum(generator.normal(size=(400, 5)), [[-9, 0, 1, 2, 9]]).astype(np.float32)
    np.testing.assert_array_equal(ranks.averaged(values), rankdata(values, axis=0))
