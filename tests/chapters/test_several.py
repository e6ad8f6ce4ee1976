"""Plans and pairs laid out for a page, from accuracies that are known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.chapters.interventions import several
from mnist_interp.experiments.ablation_effects import ORDERS

N_UNITS, N_RANDOM = 3, 5


@pytest.fixture
def costs() -> xr.Dataset:
    """A network that gets 90 % of each digit right."""
    return xr.Dataset({"untouched": ("digit", np.full(10, 0.9)), "untouched_overall": ((), 0.9)})


@pytest.fixture
def sets() -> xr.Dataset:
    """Units cost 1, 2 and 4 points and add up, but for units 0 and 2, which cost digit 6 ten points more together."""
    alone = np.array([0.01, 0.02, 0.04])
    lost = alone[:, None] + alone
    lost[np.diag_indices(N_UNITS)] = alone
    pairs = np.repeat(0.9 - lost[..., None], 10, axis=-1)
    pairs[[0, 2], [2, 0], 6] -= 0.1
    both = np.stack([pairs, pairs])
    lines = np.linspace(0.9, 0.1, N_UNITS + 1) + np.zeros((2, len(ORDERS) + N_RANDOM, 1))
    lines[1, 0] -= 0.05  # the first plan, under the mean
    lines[:, len(ORDERS) :] += 0.01 * np.arange(N_RANDOM)[:, None]
    return xr.Dataset(
        {
            "cumulative": (("reference", "order", "gone"), lines),
            "pairs": (("reference", "unit", "other", "digit"), both),
            "pairs_overall": (("reference", "unit", "other"), both.mean(-1)),
        },
        coords={
            "reference": ["zero", "mean"],
            "order": [*ORDERS, *(f"random {k}" for k in range(N_RANDOM))],
            "digit": range(10),
        },
    )


def test_what_a_pair_costs_beyond_its_two_units(costs: xr.Dataset, sets: xr.Dataset) -> None:
    beyond = several.beyond(costs, sets).sel(reference="mean")
    assert float(beyond.sel(digit=6).isel(unit=0, other=2)) == pytest.approx(0.1)
    np.testing.assert_allclose(beyond.drop_sel(digit=6), 0, atol=1e-12)
    assert several.strongest(beyond) == {"digit": 6, "unit": 0, "other": 2}
    frame = several.pairs(costs, sets).set_index(["reference", "digit", "one", "other"])["beyond"]
    assert frame["zero", "6", 2, 0] == pytest.approx(0.1)
    assert frame["zero", "all", 0, 2] == pytest.approx(0.01)
    assert frame["mean", "5", 0, 2] == 0


def test_losses_of_a_pair_stand_beside_those_that_add_up(costs: xr.Dataset, sets: xr.Dataset) -> None:
    frame = several.pair_losses(costs, sets)
    assert len(frame) == 2 * 10 * N_UNITS * (N_UNITS - 1) * 2
    rows = frame.set_index(["reference", "digit", "one", "other", "which"])["lost"]
    assert rows["mean", "6", 0, 2, "both replaced"] == pytest.approx(0.15)
    assert rows["mean", "6", 0, 2, "if costs added up"] == pytest.approx(0.05)
    assert rows["zero", "3", 1, 2, "both replaced"] == rows["zero", "3", 1, 2, "if costs added up"] == 0.06


def test_curves_of_plans_stand_beside_random_orders(sets: xr.Dataset) -> None:
    frame = several.curves({"a": sets, "b": sets})
    assert len(frame) == 2 * 2 * len(ORDERS) * 2 * (N_UNITS + 1)
    rows = frame[(frame["network"] == "b") & (frame["reference"] == "mean") & (frame["plan"] == ORDERS[0])]
    own, chance = (rows[rows["order"] == order] for order in ("this plan", "random orders"))
    np.testing.assert_allclose(own["accuracy"], np.linspace(0.85, 0.05, N_UNITS + 1))
    assert (own["low"] == own["high"]).all()
    np.testing.assert_allclose(chance["accuracy"], np.linspace(0.92, 0.12, N_UNITS + 1))
    np.testing.assert_allclose(chance["high"] - chance["low"], 0.04 * 0.95)


def test_gain_is_held_against_the_mean_random_order(sets: xr.Dataset) -> None:
    three = xr.concat([sets] * 3, "seed").assign_coords(seed=[0, 1, 2])
    gain = several.gain(three, ORDERS[0])
    np.testing.assert_allclose(gain.sel(reference="mean"), -0.07)
    plans = several.plans(three).set_index(["reference", "plan"])["mean"]
    assert plans["mean", ORDERS[0]] == pytest.approx(-0.07)
    assert plans["zero", ORDERS[0]] == plans["mean", ORDERS[3]] == pytest.approx(-0.02)
