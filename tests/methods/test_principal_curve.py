"""Principal curves: clouds on curves, clouds on none, and what may not matter."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import principal_curve

GENERATOR = np.random.default_rng(23)
ALONG = GENERATOR.random(150)
ARC = np.column_stack([np.cos(4 * ALONG), np.sin(4 * ALONG)])


def test_a_thin_arc_lies_on_its_curve_and_not_on_its_axis() -> None:
    thin = ARC + 0.03 * GENERATOR.normal(size=ARC.shape)
    axis = np.linalg.svd(thin - thin.mean(0), compute_uv=False) ** 2
    assert axis[0] / axis.sum() < 0.8
    assert principal_curve.share_along(thin) > 0.97


def test_noise_off_the_curve_is_left_over() -> None:
    shares = [
        principal_curve.share_along(ARC + noise * GENERATOR.normal(size=ARC.shape)) for noise in (0.05, 0.15, 0.4)
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.9


def test_a_long_gaussian_cloud_has_little_more_than_its_axis() -> None:
    cloud = GENERATOR.normal(size=(400, 2)) * [3, 1]
    axis = np.linalg.svd(cloud - cloud.mean(0), compute_uv=False) ** 2
    assert principal_curve.share_along(cloud) == pytest.approx(axis[0] / axis.sum(), abs=0.05)


def test_a_line_lies_on_itself_in_any_space() -> None:
    line = ALONG[:, None] * GENERATOR.normal(size=5) + 3
    assert principal_curve.share_along(line) == pytest.approx(1, abs=1e-3)


def test_turning_moving_and_scaling_change_nothing() -> None:
    thin = ARC + 0.1 * GENERATOR.normal(size=ARC.shape)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    assert principal_curve.share_along(7 * thin @ turn + 4) == pytest.approx(principal_curve.share_along(thin))


def test_a_point_has_no_curve() -> None:
    assert principal_curve.share_along(np.ones((20, 2))) == 0
