"""Layouts of digits in small networks, against the same measures taken directly."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.data import mnist
from mnist_interp.experiments import class_layouts
from mnist_interp.methods import class_layout, projections
from tests.experiments import little


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(class_layouts, "PER_CLASS", little.PER_CLASS["test"])


def test_overlaps_are_those_on_the_two_directions_of_largest_spread() -> None:
    networks = little.population(2, 3)
    found = class_layouts.on_the_pca(networks)["overlap"]
    order = mnist.sample("test", little.PER_CLASS["test"])
    labels = mnist.load("test").labels[order]
    for run in networks:
        (points,) = little.layers(run, "test", "relu2")
        _, _, directions = np.linalg.svd(points - points.mean(0), full_matrices=False)
        expected = class_layout.overlaps(points[order] @ directions[:2].T, labels)
        assert found.sel(seed=run.seed).to_numpy() == pytest.approx(expected, abs=1 / 40)


def test_distances_are_of_the_layer_and_of_its_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections, "umap", lambda points, **options: {"map": 3 * points})
    found = class_layouts.to_the_nearest(little.population(2))["distance"]
    assert found.sel(space="UMAP").to_numpy() == pytest.approx(3 * found.sel(space="layer 2").to_numpy())
    assert (found > 0).all()
