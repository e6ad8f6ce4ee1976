"""Nulls by single images: the same as the slow way gives, one permutation at a time."""

from __future__ import annotations

import numpy as np

from mnist_interp.methods import permutation_null, selectivity

RNG = np.random.default_rng(3)
LABELS = np.tile(np.arange(10), 60)
VALUES = np.maximum(RNG.normal(size=(600, 4)) + (LABELS[:, None] == [1, 2, 3, 4]), 0)
DIGITS = np.array([1, 2, 3, 4])
THRESHOLDS = np.array([0.0, 0.5, 1.0, 9.0])


def _deals(repeats: int, seed: int) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [generator.permutation(LABELS) for _ in range(repeats)]


def test_auroc_under_permuted_labels_is_that_of_each_permutation() -> None:
    slow = np.stack([selectivity.auroc(VALUES, dealt) for dealt in _deals(7, 5)])
    np.testing.assert_allclose(permutation_null.auroc(VALUES, LABELS, repeats=7, seed=5), slow, atol=1e-12)


def test_rates_under_permuted_labels_are_those_of_each_permutation() -> None:
    slow = np.stack([selectivity.rates(VALUES, dealt, DIGITS, THRESHOLDS)[:2] for dealt in _deals(7, 5)])
    np.testing.assert_allclose(
        permutation_null.rates(VALUES, LABELS, DIGITS, THRESHOLDS, repeats=7, seed=5), slow, atol=1e-12
    )
