"""One feature or two: clusters share out their images, and what is one thing is split into parts that are alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.experiments import feature_clusters
from mnist_interp.training import registry
from mnist_interp.training.runs import Run

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


def test_two_features_share_out_each_cluster(run: Run) -> None:
    found = feature_clusters.two_features(run, 14)
    np.testing.assert_allclose(found["share"].sum("digit"), 1)
    assert ((found["auroc"] >= 0) & (found["auroc"] <= 1)).all()
    assert -1 <= found["cosine"] <= 1


def test_the_cosine_of_parts_is_that_of_their_means_from_the_origin() -> None:
    points = np.array([[3.0, 1.0], [3.0, 1.0], [1.0, 3.0], [1.0, 5.0]])
    found = feature_clusters.cosine_of_parts(points, np.array([0, 0, 1, 1]), np.array([1.0, 1.0]))
    assert found == pytest.approx(0)  # from (1, 1) the means lie at (2, 0) and (0, 3)


def test_the_nulls_are_more_alike_than_two_planted_features(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    drive = np.abs(RNG.normal(size=(60_000, 32))).astype(np.float32)
    drive[:1500, :16] += 4
    drive[1500:3000, 16:] += 4
    monkeypatch.setattr(
        feature_clusters, "_drive", lambda run, unit, split: drive[: 10_000 if split == "test" else None]
    )
    planted = float(feature_clusters.two_features(run, 14)["cosine"])
    found = feature_clusters.splits_of_one.__wrapped__(replace(run), 14, repeats=5)
    assert planted < 0.1
    assert found["halves"].min() > 0.99
    assert found["clouds"].min() > planted + 0.02
    assert np.nanmax(found["one_digit"]) < 0.2  # every digit here is a mixture of the two, and is split as such
