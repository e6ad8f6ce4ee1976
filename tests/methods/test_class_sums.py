"""Sums by digit: against numpy, digit by digit."""

from __future__ import annotations

import numpy as np

from mnist_interp.methods import class_sums


def test_sums_are_those_of_each_digits_images() -> None:
    generator = np.random.default_rng(0)
    values, labels = generator.normal(3, 1, (500, 7)).astype(np.float32), generator.integers(0, 10, 500)
    labels[labels == 3] = 4  # so that 3 has no image
    sums, squares = class_sums.of(values, labels)
    for digit in range(10):
        own = values[labels == digit].astype(float)
        np.testing.assert_allclose(sums[digit], own.sum(0), rtol=1e-12)
        np.testing.assert_allclose(squares[digit], np.square(own).sum(0), rtol=1e-12)
