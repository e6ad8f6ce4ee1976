"""Gaussian twins: the same moments, and nothing else of a cloud that is bent."""

from __future__ import annotations

import numpy as np

from mnist_interp.methods import gaussian_twins, intrinsic_dimension

GENERATOR = np.random.default_rng(5)
SHEET = GENERATOR.random((4_000, 2))
CURVED = np.column_stack([SHEET, (SHEET**2).sum(1), SHEET.prod(1)])


def test_the_twin_has_the_same_moments_and_full_dimension() -> None:
    twin = gaussian_twins.twin(CURVED, seed=1)
    np.testing.assert_allclose(np.cov(twin, rowvar=False), np.cov(CURVED, rowvar=False), atol=0.02)
    np.testing.assert_allclose(twin.mean(0), CURVED.mean(0), atol=0.03)
    assert intrinsic_dimension.intrinsic(twin) > intrinsic_dimension.intrinsic(CURVED) + 0.5
    np.testing.assert_array_equal(twin, gaussian_twins.twin(CURVED, seed=1))


def test_the_rectified_twin_is_the_twin_through_a_relu() -> None:
    moved = CURVED - 0.5
    twin = gaussian_twins.rectified(moved, seed=1)
    np.testing.assert_array_equal(twin, gaussian_twins.twin(moved, seed=1).clip(0))
    assert 0.1 < (twin == 0).mean() < 0.9


def test_each_label_has_its_own_moments() -> None:
    labels = np.arange(4_000) % 3
    points = CURVED + np.array([0.0, 10.0, -5.0])[labels][:, None]
    twin = gaussian_twins.by_label(points, labels, seed=2)
    for label in range(3):
        mine = labels == label
        np.testing.assert_allclose(twin[mine].mean(0), points[mine].mean(0), atol=0.05)
        np.testing.assert_allclose(np.cov(twin[mine].T), np.cov(points[mine].T), atol=0.03)
