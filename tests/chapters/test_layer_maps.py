"""Maps of a layer: scores by space and map, and points that keep their images."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mnist_interp import training
from mnist_interp.chapters.baseline import layer_maps
from mnist_interp.claims.baseline import PROJECTED_PER_CLASS, projected_labels
from mnist_interp.data import mnist
from mnist_interp.methods import activations
from mnist_interp.training import registry

TRUTH = projected_labels()


@pytest.fixture
def spaces() -> dict[str, np.ndarray]:
    scattered = np.random.default_rng(0).normal(size=(len(TRUTH), 3))
    return {"apart": scattered + 100 * TRUTH[:, None], "mixed": scattered}


@pytest.fixture
def maps(spaces: dict[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    return {name: {"same": points, "flat": points[:, :2] * [1, 0]} for name, points in spaces.items()}


def test_neighbors_vote_in_each_space_and_on_each_map(
    spaces: dict[str, np.ndarray], maps: dict[str, dict[str, np.ndarray]]
) -> None:
    votes, recall = layer_maps.votes(spaces, maps), layer_maps.recall(spaces, maps)
    assert list(votes) == ["in the space itself", "on the same map", "on the flat map"]
    assert votes.loc["apart"].tolist() == [1, 1, 1]
    assert votes.loc["mixed"].max() < 0.2
    assert recall["same"].tolist() == [1, 1]
    assert recall["flat"].max() < 0.5


def test_points_keep_their_images_and_what_was_predicted(maps: dict[str, dict[str, np.ndarray]]) -> None:
    predicted = np.arange(10_000) % 10
    flat = {space: {"flat": drawn["flat"]} for space, drawn in maps.items()}
    points = layer_maps.points(flat, predicted)
    assert len(points) == 2 * 10 * PROJECTED_PER_CLASS // 2
    assert (points["label"] == mnist.load("test").labels[points["image"]]).all()
    assert (points["predicted"] == points["image"] % 10).all()
    pd.testing.assert_frame_equal(
        points[points["space"] == "apart"][["image", "label"]].reset_index(drop=True),
        points[points["space"] == "mixed"][["image", "label"]].reset_index(drop=True),
    )


def test_spaces_are_layers_of_the_same_images() -> None:
    run = training.run(registry.PUBLISHED)
    found = layer_maps.spaces(run)
    images = mnist.load("test").pixels[mnist.sample("test", PROJECTED_PER_CLASS)]
    np.testing.assert_array_equal(found["pixels"], images)
    untrained = activations.record(run.model(0), images, ["relu2"])["relu2"]
    np.testing.assert_array_equal(found["layer 2, untrained"], untrained)
    assert [points.shape[1] for points in found.values()] == [16, 32, 784, 16]
