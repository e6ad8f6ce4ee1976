"""Curves on maps and in units: the digit's own images and their twin, each under its own name."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.experiments import map_curves, recordings, subset_scores
from mnist_interp.methods import principal_curve
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


def test_clouds_are_the_digit_in_its_five_units_and_a_rectified_twin(run: Run) -> None:
    found = map_curves.clouds(run, 6, per_class=100)
    mine = recordings.labels(per_class=100) == 6
    own = recordings.points(run, "relu2", per_class=100)[mine][:, subset_scores.selective_fives(run)[6]]
    np.testing.assert_array_equal(found["the digit"].points, own)
    twin = found["its twin"].points
    assert (twin >= 0).all()
    np.testing.assert_allclose(twin.mean(0), own.mean(0), atol=0.6 * own.std(0).max())
    assert all(cloud.placed.shape == (100, 2) for cloud in found.values())


def test_shares_are_of_their_cloud_and_space(run: Run) -> None:
    share = map_curves.measure(Population(run.recipe, (run,)))["share"].sel(seed=run.seed)
    clouds = map_curves.clouds(run, 3)
    for name, cloud in clouds.items():
        for space, points in (("units", cloud.points), ("map", cloud.placed)):
            expected = principal_curve.share_along(points)
            assert share.sel(digit=3, cloud=name, space=space).item() == pytest.approx(expected)


def test_points_that_coincide_have_a_map_all_the_same() -> None:
    assert (map_curves.placed(np.ones((5, 3)), seed=1) == 0).all()
