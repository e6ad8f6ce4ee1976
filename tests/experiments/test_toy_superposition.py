"""The toy model: what its features' dimensionality is in closed form, and what training is known to lead to."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.experiments import toy_superposition
from mnist_interp.experiments.toy_superposition import FIVE, Toy


def _polygon(corners: int) -> np.ndarray:
    angles = 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(angles), np.sin(angles)])


@pytest.mark.parametrize(("corners", "expected"), [(3, 2 / 3), (4, 1 / 2), (5, 2 / 5), (8, 1 / 4)])
def test_features_on_a_regular_polygon_share_the_plane(corners: int, expected: float) -> None:
    np.testing.assert_allclose(toy_superposition.dimensionality(_polygon(corners)), expected)


def test_dimensionality_of_pairs_and_of_what_is_not_represented() -> None:
    weights = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.7, 0.0]])
    np.testing.assert_allclose(toy_superposition.dimensionality(weights), [0.5, 0.5, 1.0, 0.0])
    np.testing.assert_allclose(toy_superposition.norms(weights), [1, 1, 0.7, 0])


def test_a_feature_is_present_as_often_as_it_should_be_and_uniform_where_it_is() -> None:
    drawn = toy_superposition.draw(FIVE, 0.9, [torch.Generator().manual_seed(1)], 40_000).flatten()
    present = drawn[drawn > 0]
    assert len(present) / len(drawn) == pytest.approx(0.1, abs=0.005)
    assert present.max() <= 1
    np.testing.assert_allclose(np.quantile(present, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.02)


def test_output_is_the_transpose_of_what_was_kept() -> None:
    generator = np.random.default_rng(1)
    weights, bias, x = generator.normal(size=(2, 2, 5)), generator.normal(size=(2, 5)), generator.random((2, 7, 5))
    found = toy_superposition.output(*(torch.from_numpy(one) for one in (weights, bias[:, None], x)))
    for network in range(2):
        for row in range(7):
            kept = weights[network] @ x[network, row]
            np.testing.assert_allclose(found[network, row], weights[network].T @ kept + bias[network])


def test_networks_side_by_side_learn_what_each_would_alone() -> None:
    together = toy_superposition.train(FIVE, 0.7, (1, 2, 3), 60)
    alone = toy_superposition.train(FIVE, 0.7, (2,), 60)
    for name in ("weights", "bias"):
        np.testing.assert_allclose(together[name][:, 1], alone[name][:, 0], atol=1e-5)
    assert len(together["weights"]) == len(toy_superposition.checkpoint_steps(60))
    assert toy_superposition.checkpoint_steps(60)[0] == 0
    assert toy_superposition.checkpoint_steps(60)[-1] == 60


def test_what_is_always_there_is_not_superposed_and_what_is_rare_is() -> None:
    toy = Toy(features=4, hidden=2, decay=0.7)
    dense = toy_superposition.train(toy, 0.0, (1, 2), 1_000)["weights"][-1]
    np.testing.assert_array_equal(toy_superposition.norms(dense) > 0.5, [[True, True, False, False]] * 2)
    np.testing.assert_allclose(toy_superposition.dimensionality(dense)[:, :2], 1, atol=0.05)
    rare = toy_superposition.train(toy, 0.97, (1, 2), 1_000)["weights"][-1]
    assert (toy_superposition.norms(rare) > 0.5).sum(1).min() >= 4
    assert toy_superposition.dimensionality(rare).max() < 0.75
