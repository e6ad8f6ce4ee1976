"""Likeness of layers: Gram matrices as the oracle of CKA, rotations and permutations as invariants."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import procrustes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from mnist_interp import training
from mnist_interp.experiments import cross_seed_similarity, pixel_components, recordings
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
    moved = 3 * ONE @ similarity.random_rotations(5, 1, seed=2)[0] + 5
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


def test_rotations_keep_lengths_and_repeat() -> None:
    turns = similarity.random_rotations(5, 40, seed=3)
    np.testing.assert_allclose(turns @ turns.swapaxes(1, 2), np.broadcast_to(np.eye(5), (40, 5, 5)), atol=1e-12)
    np.testing.assert_array_equal(turns, similarity.random_rotations(5, 40, seed=3))
    first = similarity.random_rotations(3, 4_000, seed=1)[:, 0]
    np.testing.assert_allclose(first.T @ first / 4_000, np.eye(3) / 3, atol=0.02)  # uniform: no axis is preferred
    np.testing.assert_allclose(first.mean(0), 0, atol=0.04)
    signs = similarity.random_signs(4, 50, seed=1)
    np.testing.assert_array_equal(np.abs(signs), np.broadcast_to(np.eye(4), (50, 4, 4)))
    assert abs(signs.sum((1, 2)).mean()) < 1.5


def test_partners_are_correlated_where_they_were_not_chosen() -> None:
    order = np.array([3, 0, 4, 1])
    found = similarity.partner_correlations(ONE[:30], ONE[:30][:, order], ONE[30:], ONE[30:][:, order])
    np.testing.assert_allclose(found, 1)
    assert len(found) == 4, "one of five has no partner"
    wide = similarity.partner_correlations(ONE[:30][:, order], ONE[:30], ONE[30:][:, order], ONE[30:])
    np.testing.assert_allclose(wide, 1)


def test_turned_partners_are_those_of_turned_points() -> None:
    turns = similarity.random_rotations(7, 6, seed=8)
    found = similarity.turned_partner_correlations(ONE[:40], OTHER[:40], ONE[40:], OTHER[40:], turns)
    naive = [
        similarity.partner_correlations(ONE[:40], OTHER[:40] @ turn, ONE[40:], OTHER[40:] @ turn).mean()
        for turn in turns
    ]
    np.testing.assert_allclose(found, naive)
    same = similarity.turned_partner_correlations(ONE, ONE, ONE, ONE, np.eye(5)[None])
    np.testing.assert_allclose(same, 1)


def test_random_directions_give_what_a_fit_on_each_of_them_gives() -> None:
    targets = np.column_stack([ONE[:, :2], np.ones(60)])
    parts = (OTHER[:40], targets[:40], OTHER[40:], targets[40:])
    found = similarity.random_directions_r_squared(*parts, dimensions=3, count=5, seed=9)
    drawn = np.random.default_rng(9).normal(size=(5, 7, 3))
    naive = [similarity.linear_r_squared(parts[0] @ some, parts[1], parts[2] @ some, parts[3]) for some in drawn]
    np.testing.assert_allclose(found, np.mean(naive, 0))
    every = similarity.random_directions_r_squared(*parts, dimensions=7, count=2, seed=9)
    np.testing.assert_allclose(every, similarity.linear_r_squared(*parts), atol=1e-9)


def test_silent_units_are_no_obstacle_to_random_directions() -> None:
    silent = OTHER * (np.arange(7) < 2)
    parts = (silent[:40], ONE[:40], silent[40:], ONE[40:])
    found = similarity.random_directions_r_squared(*parts, dimensions=3, count=4, seed=9)
    np.testing.assert_allclose(found, similarity.linear_r_squared(*parts), atol=1e-9)


def test_a_known_self_similarity_changes_nothing() -> None:
    known = similarity.self_similarity(OTHER)
    assert similarity.cka(ONE, OTHER, of_second=known) == similarity.cka(ONE, OTHER)


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
    assert (found["directions"] < found["together"]).all()
    pair = cross_seed_similarity.of_pairs(same)
    for measure in ("cka", "cka_within", "cka_logits"):
        np.testing.assert_allclose(pair[measure], 1, atol=1e-6)
    trained = pair.sel(state="trained")
    np.testing.assert_allclose(trained["partner_share"], 1, atol=1e-6)
    np.testing.assert_allclose(trained["live_partner"], 1, atol=1e-6)
    assert (trained["live_rotated"] < 0.9).all()
    assert (trained["live_signs"] < 0.9).all()
    assert (trained["cka_pixels"] < trained["cka_within"]).all()


def test_pairs_share_no_network_but_in_a_preview() -> None:
    four = [training.Run(registry.BASELINE, seed, {}, np.zeros(1), np.zeros(1)) for seed in (5, 6, 8, 9)]
    whole, three = (training.Population(registry.BASELINE, four[:count]) for count in (4, 3))
    assert cross_seed_similarity.pair_names(whole) == ["5 and 6", "8 and 9"]
    assert cross_seed_similarity.pair_names(three) == ["5 and 6", "6 and 8"]


def test_pixels_and_logits_explain_what_a_fit_on_them_explains() -> None:
    run = training.run(registry.PUBLISHED)
    learned, test = (pixel_components.scores("train", 1_000), pixel_components.scores("test"))
    fitted = recordings.points(run, "relu2", "train", per_class=1_000)[:, [0, 7]].astype(float)
    seen = recordings.stage(run, "relu2").levels[:, [0, 7]].astype(float)
    own = LinearRegression().fit(learned, fitted).predict(test)
    expected = r2_score(seen, own, multioutput="raw_values")
    np.testing.assert_allclose(cross_seed_similarity.explained_by_pixels(run, [0, 7])["share"], expected, atol=1e-4)
    alone = training.Population(run.recipe, (run,))
    logits = cross_seed_similarity.counterparts(run, alone, [0, 7])["logits"].sel(state="trained").squeeze()
    said = recordings.points(run, "output", "train", per_class=1_000)
    spoken = LinearRegression().fit(said, fitted).predict(recordings.stage(run, "relu2").untouched().numpy())
    np.testing.assert_allclose(logits, r2_score(seen, spoken, multioutput="raw_values"), atol=1e-4)


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
