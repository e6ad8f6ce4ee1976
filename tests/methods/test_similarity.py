"""Likeness of layers: Gram matrices as the oracle of CKA, rotations and permutations as invariants."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import procrustes

from mnist_interp import training
from mnist_interp.experiments import cross_seed_similarity
from mnist_interp.methods import similarity
from mnist_interp.training import registry

GENERATOR = np.random.default_rng(11)
ONE = GENERATOR.normal(size=(60, 5)) @ GENERATOR.normal(size=(5, 5))
OTHER = ONE[:, :3] @ GENERATOR.normal(size=(3, 7)) + GENERATOR.normal(size=(60, 7))


def hsic(first: np.ndarray, second: np.ndarray) -> float:
    """Song et al. 2012, eq. 5, from kernels of which the diagonals are dropped."""
    n = len(first)
    k, m = (points @ points.T * (1 - np.eye(n)) for points in (first, second))
    ones = np.ones(n)
    parts = (
        np.trace(k @ m) + ones @ k @ ones * (ones @ m @ ones) / ((n - 1) * (n - 2)) - 2 / (n - 2) * ones @ k @ m @ ones
    )
    return parts / (n * (n - 3))


def test_cka_is_that_of_gram_matrices() -> None:
    expected = hsic(ONE, OTHER) / np.sqrt(hsic(ONE, ONE) * hsic(OTHER, OTHER))
    assert similarity.cka(ONE, OTHER) == pytest.approx(expected, abs=1e-10)


def test_cka_and_procrustes_forget_rotation_shift_and_scale() -> None:
    moved = 3 * similarity.rotated(ONE, seed=2) + 5
    assert similarity.cka(ONE, moved) == pytest.approx(1)
    assert similarity.procrustes(ONE, moved) == pytest.approx(1)
    assert similarity.cka(moved, OTHER) == pytest.approx(similarity.cka(ONE, OTHER))


def test_unrelated_layers_have_no_cka_on_average() -> None:
    found = [similarity.cka(*GENERATOR.normal(size=(2, 60, 5))) for _ in range(200)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(200)


def test_procrustes_is_scipys() -> None:
    other = OTHER[:, :5]
    *_, disparity = procrustes(ONE, other)
    assert 1 - similarity.procrustes(ONE, other) ** 2 == pytest.approx(disparity)


def test_a_layer_that_never_varies_is_like_nothing() -> None:
    still = np.ones((60, 5))
    assert similarity.cka(ONE, still) == 0
    assert similarity.procrustes(ONE, still) == 0


def test_partners_undo_a_permutation() -> None:
    order = GENERATOR.permutation(5)
    np.testing.assert_array_equal(order[similarity.partners(ONE, ONE[:, order])], np.arange(5))


def test_rotation_keeps_distances_and_repeats() -> None:
    turned = similarity.rotated(ONE, seed=3)
    np.testing.assert_allclose(
        np.linalg.norm(turned[:, None] - turned, axis=2), np.linalg.norm(ONE[:, None] - ONE, axis=2), atol=1e-9
    )
    np.testing.assert_array_equal(turned, similarity.rotated(ONE, seed=3))
    assert not np.allclose(turned, ONE - ONE.mean(0))


def test_foretold_is_all_of_a_linear_function_and_none_of_noise() -> None:
    targets = np.column_stack([ONE @ GENERATOR.normal(size=5) + 2, np.zeros(60)])
    np.testing.assert_allclose(
        similarity.linear_r_squared(ONE[:30], targets[:30], ONE[30:], targets[30:]), [1, 0], atol=1e-9
    )
    noise = GENERATOR.normal(size=(2_000, 1))
    sources = GENERATOR.normal(size=(2_000, 5))
    assert abs(similarity.linear_r_squared(sources[:1000], noise[:1000], sources[1000:], noise[1000:])[0]) < 0.05


def test_a_network_is_its_own_counterpart() -> None:
    run = training.run(registry.PUBLISHED)
    same = training.Population(run.recipe, (run, run))
    found = cross_seed_similarity.counterparts(run, same, [0, 7]).sel(state="trained")
    assert found["best"].dims == ("seed", "unit")
    np.testing.assert_array_equal(found["best"], [[0, 7], [0, 7]])
    np.testing.assert_allclose(found["alone"], 1, atol=1e-6)
    np.testing.assert_allclose(found["together"], 1, atol=1e-6)
    pair = cross_seed_similarity.of_pairs(same)
    np.testing.assert_allclose(pair["cka"], 1, atol=1e-6)
    trained = pair.sel(state="trained")
    np.testing.assert_allclose(trained["partner_share"], 1, atol=1e-6)
    assert (trained["rotated"] < 0.9).all()


def test_within_digits_nothing_tells_the_digit() -> None:
    labels = np.arange(60) % 3
    left = similarity.within(ONE, labels)
    np.testing.assert_allclose([left[labels == k].mean(0) for k in range(3)], 0, atol=1e-12)
    moved = ONE + np.array([[0.0], [5.0], [-7.0]])[labels]
    np.testing.assert_allclose(similarity.within(moved, labels), left, atol=1e-12)


def test_what_one_measure_predicts_is_the_correlation_squared() -> None:
    generator = np.random.default_rng(5)
    measure = generator.normal(size=(500, 1))
    position = measure + generator.normal(size=(500, 1))
    found = similarity.linear_r_squared(measure, position, measure, position)
    assert found == pytest.approx(np.corrcoef(position[:, 0], measure[:, 0])[0, 1] ** 2)
    constant = similarity.linear_r_squared(measure[:250], position[:250], measure[250:], np.ones((250, 1)))
    assert constant == 0, "what never varies is not explained"
