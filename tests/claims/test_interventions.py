"""Effects of chapter 3's claims on made-up costs: of two networks one bears a claim out and the other does not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import interventions
from mnist_interp.experiments import ablation_effects
from tests.claims import made
from tests.claims.made import by_digit, shows

NETWORKS = made.population()
SCORES = np.arange(20.0).reshape(10, 2)  # of ten digits and two units
EVEN = np.abs(SCORES - 9.5)  # as large for low scores as for high ones: ranks that say nothing of the scores


@pytest.fixture
def digits_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for costs by digit: under zero four units of the first network are bottlenecks, two of the second."""
    zero = by_digit(
        5,
        *[(0, 0, 1, 0.625), (0, 1, 2, 0.75), (0, 2, 3, 0.75), (0, 2, 4, 1.0), (0, 3, 3, 0.5), (0, 4, 3, 0.25)],
        *[(1, 0, 8, 0.75), (1, 4, 0, 0.5), (1, 1, 1, 0.375), (1, 1, 2, 0.375)],
    )
    mean = by_digit(5, (0, 3, 3, 0.5), (0, 0, 1, 0.25), (1, 2, 1, 0.75), (1, 3, 1, 0.25))
    refit = by_digit(5, (0, 0, 1, 0.25), (0, 0, 2, 0.375), (1, 2, 6, 0.5))
    found = made.costs({"zero": zero, "mean": mean, "refit": refit})
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(NETWORKS, "relu2"): found}))


@pytest.mark.usefixtures("digits_lost")
def test_a_bottleneck_is_a_unit_that_costs_some_digit_half() -> None:
    shows("interventions-bottlenecks", NETWORKS, effects=[4, 2])
    shows("interventions-bottlenecks-melt", NETWORKS, effects=[4 - 1, 2 - 1])
    shows("interventions-bottlenecks-refitted", NETWORKS, effects=[0, 1])


@pytest.mark.usefixtures("digits_lost")
def test_ones_are_lost_to_the_worst_unit_for_them() -> None:
    shows("interventions-a-one-under-zero", NETWORKS, effects=[0.625, 0.375])
    shows("interventions-a-one-under-mean", NETWORKS, effects=[0.25, 0.75])


def test_ranks_that_agree_oppose_or_say_nothing() -> None:
    assert interventions.rank_correlation(SCORES, SCORES**3) == pytest.approx(1)
    assert interventions.rank_correlation(SCORES, -SCORES) == pytest.approx(-1)
    assert interventions.rank_correlation(SCORES, EVEN) == pytest.approx(0)
    assert interventions.rank_correlation(SCORES, np.ones(20)) == 0
    assert interventions.rank_correlation(np.ones(20), SCORES) == 0


def _lost(*networks: np.ndarray) -> np.ndarray:
    """Return what two live units and a dead one, which is said to cost most, cost each digit: (2, 3, 10)."""
    return np.stack([np.vstack([one.T, np.linspace(50, 40, 10)]) for one in networks])


@pytest.fixture
def class_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for costs whose ranks follow selectivity, oppose it or say nothing of it; a third unit is dead."""
    scores = np.hstack([SCORES, np.full((10, 1), -5.0)])
    fixed = {"selectivity": np.stack([scores, scores]), "activity": [[1, 0.1, 0]] * 2}
    second = made.costs({"zero": _lost(SCORES**2, EVEN), "mean": _lost(EVEN, -SCORES)}, **fixed)
    first = made.costs({"zero": _lost(EVEN, SCORES), "mean": _lost(SCORES, SCORES)}, **fixed)
    answers = {(NETWORKS, "relu2"): second, (NETWORKS, "relu1"): first}
    monkeypatch.setattr(ablation_effects, "costs", made.ablated(answers))


@pytest.mark.usefixtures("class_damage")
def test_selectivity_is_held_against_the_damage_of_live_units_digit_by_digit() -> None:
    shows("interventions-selectivity-under-zero", NETWORKS, effects=[1, 0])
    shows("interventions-selectivity-under-mean", NETWORKS, effects=[0, -1])
    shows("interventions-selectivity-layer1", NETWORKS, effects=[0, 1])


def test_spread_is_held_against_what_the_mean_costs_overall(monkeypatch: pytest.MonkeyPatch) -> None:
    mean = np.array([[1, 2, 3, 4, 5], [3, 1, 5, 2, 4]]) / 100  # ranks differ by 2, 1, 2, 2, 1: 1 - 6 * 14 / 120
    found = made.costs(lost_overall={"mean": mean, "zero": -mean}, spread=[[1, 2, 4, 8, 16]] * 2)
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(NETWORKS, "relu2"): found}))
    shows("interventions-spread-foretells", NETWORKS, effects=[1, 0.3])


def test_refitting_is_compared_by_costs_averaged_over_units(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = {
        "zero": [[0.1, 0.3], [0.1, 0.3]],
        "mean": [[0.1, 0.1], [0.2, 0.1]],
        "refit": [[0.0, 0.1], [0.2, 0.1]],
    }
    found = made.costs(lost_overall=lost, untouched=0.9)
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(NETWORKS, "relu2"): found}))
    shows("interventions-offset", NETWORKS, effects=[1 - 0.05 / 0.2, 1 - 0.15 / 0.2])
    shows("interventions-refit-beats-mean", NETWORKS, effects=[0.1 - 0.05, 0.15 - 0.15])


def _sets(name: str, *axes: str, values: np.ndarray) -> xr.Dataset:
    """Make a dataset of `ablation_effects.sets`, of two random orders."""
    found = xr.Dataset(
        {name: (("seed", "reference", *axes), values)}, {"seed": made.SEEDS, "reference": ["zero", "mean"]}
    )
    orders = [*ablation_effects.ORDERS, "random 0", "random 1"]
    return found.assign_coords(order=orders) if "order" in axes else found


def test_redundancy_is_the_cost_of_pairs_beyond_the_sum_of_their_two(monkeypatch: pytest.MonkeyPatch) -> None:
    covering = np.array([[0.1, 0.23, 0.36], [0.23, 0.1, 0.33], [0.36, 0.33, 0.2]])  # .03, .06 and .03 beyond
    additive = np.array([[0.1, 0.2, 0.3], [0.2, 0.1, 0.3], [0.3, 0.3, 0.2]])
    pairs = 0.9 - np.array([[additive, covering], [covering, additive]])
    found = _sets("pairs_overall", "unit", "other", values=pairs)
    whole = made.costs(lost_overall={"zero": np.zeros((2, 3))}, untouched=0.9)
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(NETWORKS, "relu2"): whole}))
    monkeypatch.setattr(ablation_effects, "sets", made.by_population((NETWORKS, found)))
    shows("interventions-pairs-redundant", NETWORKS, effects=[0.04, 0])


def test_the_most_selective_first_is_held_against_random_orders_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    curves = np.full((2, 2, 6, 2), -7.0)  # of the other orders, and of ablation to zero
    curves[:, 1, 0] = [[0.9, 0.3], [0.9, 0.1]]
    curves[:, 1, 4:] = [[[0.9, 0.1], [0.9, 0.4]], [[0.9, 0.5], [0.9, 0.7]]]
    found = _sets("cumulative", "order", "gone", values=curves)
    monkeypatch.setattr(ablation_effects, "sets", made.by_population((NETWORKS, found)))
    shows("interventions-selective-first", NETWORKS, effects=[0.6 - 0.575, 0.5 - 0.75])
