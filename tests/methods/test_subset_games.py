"""Games of subsets: closed forms, sums over all orders, captum's sampled values, and brute force over subsets."""

from __future__ import annotations

from itertools import permutations
from math import comb

import numpy as np
import pytest
import torch
from captum.attr import ShapleyValueSampling
from scipy.stats import percentileofscore

from mnist_interp.methods import subset_games

RNG = np.random.default_rng(5)


def _game(n: int) -> np.ndarray:
    return RNG.normal(size=2**n)


def test_a_subset_stands_where_its_bits_say() -> None:
    inside = subset_games.members(4)
    assert inside.shape == (16, 4)
    assert inside[subset_games.place([1, 3])].tolist() == [False, True, False, True]
    assert [subset_games.place(np.flatnonzero(row)) for row in inside] == list(range(16))
    np.testing.assert_array_equal(np.bincount(subset_games.sizes(16)), [comb(16, size) for size in range(17)])


def test_too_many_units_are_refused_with_the_number_of_their_subsets() -> None:
    assert subset_games.checked(20) == 20
    with pytest.raises(ValueError, match=r"32 units has 2\^32 = 4,294,967,296 subsets"):
        subset_games.checked(32)
    with pytest.raises(ValueError, match="a game of 12 numbers"):
        subset_games.n_players(np.zeros(12))


def test_shapley_values_are_means_over_all_orders() -> None:
    game = _game(5)
    gains = np.zeros(5)
    for order in permutations(range(5)):
        inside = 0
        for player in order:
            gains[player] += game[inside | 1 << player] - game[inside]
            inside |= 1 << player
    np.testing.assert_allclose(subset_games.shapley(game), gains / 120, atol=1e-12)


def test_shapley_values_add_up_to_the_whole() -> None:
    games = np.stack([_game(7), _game(7)])
    np.testing.assert_allclose(subset_games.shapley(games).sum(-1), games[:, -1] - games[:, 0], atol=1e-12)


def test_a_glove_market_shares_as_it_is_known_to() -> None:
    """One left glove and two right ones: a pair is worth 1, and the left glove's owner gets two thirds of it."""
    inside = subset_games.members(3)
    game = (inside[:, 0] & (inside[:, 1] | inside[:, 2])).astype(float)
    np.testing.assert_allclose(subset_games.shapley(game), [2 / 3, 1 / 6, 1 / 6])
    np.testing.assert_allclose(subset_games.banzhaf(game), [3 / 4, 1 / 4, 1 / 4])


def test_banzhaf_values_are_means_over_all_subsets_of_the_others() -> None:
    game = _game(6)
    for player in range(6):
        without = [subset for subset in range(64) if not subset >> player & 1]
        expected = np.mean([game[subset | 1 << player] - game[subset] for subset in without])
        assert subset_games.banzhaf(game)[player] == pytest.approx(expected)


def test_a_player_who_changes_nothing_is_worth_nothing() -> None:
    base = _game(5)
    game = np.concatenate([base, base])  # player 5 adds nothing to any subset
    for value in (subset_games.shapley, subset_games.banzhaf):
        assert value(game)[5] == pytest.approx(0)
        np.testing.assert_allclose(value(game)[:5], value(base))
    np.testing.assert_allclose(subset_games.energies(game)[:5], subset_games.energies(base), atol=1e-12)


def test_sampled_values_of_captum_scatter_around_the_exact_ones() -> None:
    game, n, n_orders = _game(6), 6, 400
    bits = torch.tensor(2.0) ** torch.arange(n)

    def worth(subsets: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(game)[(subsets * bits).sum(1).long()]

    torch.manual_seed(2)
    sampled = ShapleyValueSampling(worth).attribute(
        torch.ones(1, n), baselines=torch.zeros(1, n), n_samples=n_orders, perturbations_per_eval=1
    )
    spread = np.array([np.std(game[1 << u :] - game[: -(1 << u)]) for u in range(n)]) / np.sqrt(n_orders)
    assert (np.abs(sampled[0].numpy() - subset_games.shapley(game)) < 5 * spread).all()
    assert np.abs(subset_games.shapley(game)).max() > 5 * spread.max()


def test_interactions_are_an_orthogonal_expansion() -> None:
    game = _game(5)
    inside = subset_games.members(5)
    signs = np.stack([np.prod(np.where(inside[:, which], 1, -1), axis=1) for which in inside])
    found = subset_games.interactions(game)
    np.testing.assert_allclose(found, signs @ game / 32, atol=1e-12)
    np.testing.assert_allclose(found @ signs, game, atol=1e-12)
    assert (found[1:] ** 2).sum() == pytest.approx(game.var())


def test_energies_are_of_the_orders_that_a_game_has() -> None:
    inside = subset_games.members(6).astype(float)
    single = inside @ [1.0, 2, 3, 0, 0, 0]
    np.testing.assert_allclose(subset_games.energies(single), [1, 0, 0, 0, 0, 0], atol=1e-12)
    signs = 2 * inside - 1
    pair = 3 * signs[:, 0] + 4 * signs[:, 1] * signs[:, 2]
    np.testing.assert_allclose(subset_games.energies(pair), [9 / 25, 16 / 25, 0, 0, 0, 0], atol=1e-12)
    np.testing.assert_array_equal(subset_games.energies(np.full(8, 0.7)), np.zeros(3))
    assert subset_games.energies(_game(6)).sum() == pytest.approx(1)


def test_means_are_of_each_size() -> None:
    game, size = _game(5), subset_games.sizes(5)
    found = subset_games.mean_of_each_size(np.stack([game, -game]))
    np.testing.assert_allclose(found[0], [game[size == one].mean() for one in range(6)])
    np.testing.assert_allclose(found[1], -found[0])


def test_beyond_size_a_game_differs_from_others_of_its_size_alone() -> None:
    game, size = _game(6), subset_games.sizes(6)
    found = subset_games.beyond_size(np.stack([game, game]))
    for one in range(7):
        here = size == one
        np.testing.assert_allclose(found[1, here], game[here] - game[here].mean(), atol=1e-12)
    by_size = np.sqrt(size)
    assert subset_games.energies(by_size)[0] > 0.9, "what any game that grows with its players has"
    np.testing.assert_array_equal(subset_games.energies(subset_games.beyond_size(by_size)), np.zeros(6))
    assert subset_games.energies(subset_games.beyond_size(by_size + game))[0] < 0.5


def test_percentiles_are_of_subsets_of_the_same_size_with_equals_in_the_middle() -> None:
    game = RNG.integers(0, 4, 2**6) / 10.0
    size, found = subset_games.sizes(6), subset_games.percentiles(game)
    for subset in range(64):
        among = game[size == size[subset]]
        assert found[subset] == pytest.approx(percentileofscore(among, game[subset], kind="mean"))
    for one in range(7):
        assert found[size == one].mean() == pytest.approx(50)


def test_the_best_of_each_size_is() -> None:
    game = _game(6)
    size, best = subset_games.sizes(6), subset_games.best_of_each_size(game)
    assert size[best].tolist() == list(range(7))
    assert [game[one] for one in best] == [game[size == one].max() for one in range(7)]


def test_the_backward_order_leaves_out_what_costs_least() -> None:
    game = _game(5)
    order = subset_games.grown_backward(game).tolist()
    for kept in range(5, 0, -1):
        rest = order[:kept]
        without = {player: game[subset_games.place(set(rest) - {player})] for player in rest}
        assert max(without, key=without.get) == order[kept - 1]
