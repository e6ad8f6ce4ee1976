"""Dimensions and features: closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import superposition
from mnist_interp.methods.similarity import random_rotations


@pytest.mark.parametrize("n", [1, 3, 10])
def test_equal_costs_count_what_pays(n: int) -> None:
    costs = np.zeros(10)
    costs[:n] = 0.37
    assert superposition.participation(costs) == pytest.approx(n)


def test_gains_do_not_count_and_a_scale_changes_nothing() -> None:
    costs = np.array([3.0, 1.0, -5.0, 0.0])
    assert superposition.participation(costs) == pytest.approx(16 / 10)
    assert superposition.participation(costs * 1e-6) == pytest.approx(16 / 10)
    assert np.isnan(superposition.participation(-np.ones(4)))


def test_costs_are_spread_along_an_axis() -> None:
    costs = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    np.testing.assert_allclose(superposition.participation(costs), [2, 1])
    np.testing.assert_allclose(superposition.participation(costs, axis=0), [1, 2, np.nan])


@pytest.mark.parametrize(("n_out", "n_in"), [(40, 16), (5, 5)])
def test_a_matrix_uses_as_many_directions_as_it_stretches_alike(n_out: int, n_in: int) -> None:
    left, right = random_rotations(n_out, 1, seed=1)[0], random_rotations(n_in, 1, seed=2)[0]
    for rank in range(1, n_in + 1):
        weights = 2.5 * left[:, :rank] @ right[:rank]
        assert superposition.effective_dimension(weights) == pytest.approx(rank)
    unequal = left[:, :2] @ np.diag([2.0, 1.0]) @ right[:2]
    assert superposition.effective_dimension(unequal) == pytest.approx(25 / 17)
    assert superposition.effective_dimension(np.stack([unequal, unequal @ right])).tolist() == pytest.approx(
        [25 / 17] * 2
    )
    assert np.isnan(superposition.effective_dimension(np.zeros((4, 3))))


def test_products_of_weights_give_the_dimensionality_of_toy_models() -> None:
    vectors = np.random.default_rng(0).normal(size=(7, 3))
    by_hand = [
        np.square(one).sum() / sum(float(one @ other / np.linalg.norm(one)) ** 2 for other in vectors)
        for one in vectors
    ]
    np.testing.assert_allclose(superposition.causal_dimensionality(vectors @ vectors.T), by_hand)


def test_features_of_their_own_have_a_dimension_and_pairs_half_of_one() -> None:
    np.testing.assert_allclose(superposition.causal_dimensionality(-3 * np.eye(4)), 1)
    antipodal = np.kron(np.eye(2), [[1, -1], [-1, 1]])
    np.testing.assert_allclose(superposition.causal_dimensionality(antipodal), 0.5)
    angles = np.arange(5) * 2 * np.pi / 5
    pentagon = np.stack([np.cos(angles), np.sin(angles)], 1)
    np.testing.assert_allclose(superposition.causal_dimensionality(pentagon @ pentagon.T), 2 / 5)
    assert np.isnan(superposition.causal_dimensionality(np.zeros((2, 2)))).all()


def test_features_that_exclude_each_other_do_not_interfere() -> None:
    moved = np.array([[2.0, -9.0, 1.0], [-9.0, 1.0, 0.0], [0.0, 5.0, 5.0]])
    groups = np.array([0, 0, 1])
    np.testing.assert_allclose(superposition.causal_dimensionality(moved, groups=groups), [4 / 5, 1, 1 / 2])
    np.testing.assert_allclose(superposition.causal_dimensionality(moved)[0], 4 / (4 + 81 + 1))
