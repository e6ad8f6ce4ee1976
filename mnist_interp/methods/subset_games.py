"""Games on subsets: exact Shapley and Banzhaf values of players, interactions, percentiles.

A game gives every subset of n players a number, such as the accuracy of a network that keeps these units of a layer.
It is an array of 2^n numbers: player u is in subset s where bit u of s is 1, so that 0 is the empty subset. With every
subset known, values that are sampled elsewhere are sums (Shapley 1953; Banzhaf 1965), and so is the share of the game's
variance that lies in interactions of so many players (the Fourier expansion over subsets: O'Donnell 2014, "Analysis of
Boolean Functions"). Sixteen players take some milliseconds each.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb

import numpy as np
from scipy.stats import rankdata

MOST_PLAYERS = 20


def checked(n_players: int) -> int:
    """Return a number of players unchanged, or refuse one with too many subsets.

    Raises
    ------
    ValueError
        If there are more than `MOST_PLAYERS`.
    """
    if n_players > MOST_PLAYERS:
        raise ValueError(
            f"a layer of {n_players} units has 2^{n_players} = {2**n_players:,} subsets: expected at most "
            f"{MOST_PLAYERS} units, of which all can be tried"
        )
    return n_players


def n_players(values: np.ndarray) -> int:
    """Return how many players a game has, (..., 2^n).

    Raises
    ------
    ValueError
        If its length is no power of two.
    """
    count = values.shape[-1].bit_length() - 1
    if values.shape[-1] != 2**count:
        raise ValueError(f"a game of {values.shape[-1]} numbers: expected one for each subset, a power of two")
    return count


def place(players: Iterable[int]) -> int:
    """Return a subset's index in a game: the number whose bits are its players."""
    return sum(1 << int(player) for player in players)


def members(n_players: int) -> np.ndarray:
    """Return which players each subset holds, (2^n, n), in the order of a game."""
    return (np.arange(2 ** checked(n_players))[:, None] >> np.arange(n_players) & 1).astype(bool)


def sizes(n_players: int) -> np.ndarray:
    """Return how many players each subset holds, (2^n,)."""
    return members(n_players).sum(1)


def _with_and_without(values: np.ndarray, player: int) -> np.ndarray:
    """Return a game with an axis of its own for one player, (..., 2^(n - player - 1), 2, 2^player)."""
    return values.reshape(*values.shape[:-1], -1, 2, 2**player)


def _mean_gains(values: np.ndarray, weight_by_size: np.ndarray) -> np.ndarray:
    """Return what each player adds to subsets without it, weighted by their size, (..., n)."""
    n = n_players(values)
    weights, found = weight_by_size[sizes(n)], []
    for player in range(n):
        both = _with_and_without(values, player)
        found.append(((both[..., 1, :] - both[..., 0, :]) * _with_and_without(weights, player)[:, 0]).sum((-2, -1)))
    return np.stack(found, axis=-1)


def shapley(values: np.ndarray) -> np.ndarray:
    """Return each player's Shapley value: what it adds, averaged over all orders in which players may come.

    Parameters
    ----------
    values : numpy.ndarray of shape (..., 2^n)
        Games.

    Returns
    -------
    numpy.ndarray of shape (..., n)
        In the unit of the game; their sum is the full subset less the empty one.
    """
    n = n_players(values)
    weights = [1 / (n * comb(n - 1, size)) for size in range(n)]
    return _mean_gains(np.asarray(values, dtype=float), np.array([*weights, 0.0]))


def banzhaf(values: np.ndarray) -> np.ndarray:
    """Return each player's Banzhaf value: what it adds, averaged over all subsets of the others; as `shapley`."""
    n = n_players(values)
    return _mean_gains(np.asarray(values, dtype=float), np.full(n + 1, 0.5 ** max(n - 1, 0)))


def interactions(values: np.ndarray) -> np.ndarray:
    """Return the Fourier coefficients of a game over subsets, (..., 2^n).

    The coefficient of players T is the mean of the game times (-1) to the number of those of T that are left out. The
    empty one is the mean over all subsets; the squares of the others add up to the variance.
    """
    found = np.asarray(values, dtype=float)
    for player in range(n_players(found)):
        both = _with_and_without(found, player)
        without, within = both[..., 0, :], both[..., 1, :]
        found = np.stack([within + without, within - without], axis=-2).reshape(found.shape) / 2
    return found


def energies(values: np.ndarray) -> np.ndarray:
    """Return the share of a game's variance over all subsets that lies in interactions of one player, of two, ...

    Parameters
    ----------
    values : numpy.ndarray of shape (..., 2^n)
        Games; every subset counts alike.

    Returns
    -------
    numpy.ndarray of shape (..., n)
        They add up to 1; all are 0 for a game that is the same for all subsets.
    """
    n = n_players(values)
    squares, orders = interactions(values) ** 2, sizes(n)
    found = np.stack([squares[..., orders == order].sum(-1) for order in range(1, n + 1)], axis=-1)
    whole = found.sum(-1, keepdims=True)
    return np.divide(found, whole, out=np.zeros_like(found), where=whole > 1e-12)


def mean_of_each_size(values: np.ndarray) -> np.ndarray:
    """Return the mean of a game over all subsets of each size from none to all, (..., n + 1)."""
    size = sizes(n_players(values))
    return np.stack([values[..., size == one].mean(-1) for one in range(size.max() + 1)], axis=-1)


def beyond_size(values: np.ndarray) -> np.ndarray:
    """Return a game's value of each subset minus the mean over all subsets of its size, (..., 2^n).

    Any game that grows with the number of players has much of its variance in single ones; this takes that part away.
    """
    return values - mean_of_each_size(values)[..., sizes(n_players(values))]


def percentiles(values: np.ndarray) -> np.ndarray:
    """Return each subset's percentile among all of its size; ties share their mean percentile.

    Parameters
    ----------
    values : numpy.ndarray of shape (2^n,)
        A game.

    Returns
    -------
    numpy.ndarray of shape (2^n,)
        The share of subsets of that size with less, plus half of that with as much; their mean at each size is 50.
    """
    found, size = np.empty(len(values)), sizes(n_players(values))
    for one in range(size.max() + 1):
        here = size == one
        found[here] = 100 * (rankdata(values[here]) - 0.5) / here.sum()
    return found


def best_of_each_size(values: np.ndarray) -> np.ndarray:
    """Return the index of the best subset of each size from none to all, (n + 1,); ties go to the first."""
    size = sizes(n_players(values))
    return np.array([np.flatnonzero(size == one)[values[size == one].argmax()] for one in range(size.max() + 1)])


def grown_backward(values: np.ndarray) -> np.ndarray:
    """Order players by removing from the full subset, one at a time, the player whose loss costs least.

    Parameters
    ----------
    values : numpy.ndarray of shape (2^n,)
        A game.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Players, the last one left out first.
    """
    left, gone = list(range(n_players(values))), []
    while left:
        subsets = [place(other for other in left if other != player) for player in left]
        gone.append(left.pop(int(np.argmax(values[subsets]))))
    return np.array(gone[::-1])
