"""The cast of chapter 7: percentiles and ranks by hand, on made-up measurements."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from mnist_interp.chapters.superposition import cast
from mnist_interp.experiments import polysemanticity, two_digit_neurons

PAIRS = np.array(list(combinations(range(10), 2)))
PLACE = int(np.flatnonzero((PAIRS == (7, 9)).all(1))[0])
NAN = float("nan")


def _spread() -> xr.Dataset:
    cost = np.zeros((1, 3, 10))
    cost[0, 0, 4], cost[0, 0, 9] = 0.3, 0.1
    cost[0, 2] = NAN
    return xr.Dataset(
        {
            "cost": (("seed", "unit", "feature"), cost),
            "polysemanticity": (("seed", "unit"), [[1.6, NAN, NAN]]),
            "of_axes": (("seed", "rotation", "axis"), [[[1.0, 1.6, NAN], [2.0, 3.0, NAN]]]),
        }
    )


def test_neurons_stand_among_the_axes_of_rotations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polysemanticity, "measured", lambda population: _spread())
    anyone: Any = None
    found = cast.spread(anyone).set_index("neuron")
    assert found.index.tolist() == [0, 1], "a dead neuron costs nothing and is left out"
    assert found.loc[0].to_dict() == pytest.approx(
        {"polysemanticity": 1.6, "percentile": 37.5, "most": 4, "cost": 0.3, "paid": 0.4}
    )
    assert np.isnan(found.loc[1, ["polysemanticity", "percentile"]].to_numpy(float)).all()
    rows = cast.costs(anyone)
    assert len(rows) == 20
    assert rows[(rows["neuron"] == 0) & (rows["digit"] == 9)]["cost"].tolist() == [0.1]


def test_a_network_without_a_live_neuron_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = _spread() * NAN
    monkeypatch.setattr(polysemanticity, "measured", lambda population: dead)
    monkeypatch.setattr(cast, "traces", lambda run, *which: _ranked())
    population: Any = [SimpleNamespace()]
    found = cast.numbers(population)
    assert found["cast_live"] == 0
    assert np.isnan([found["cast_median"], found["n14_cost"], found["n2_percentile"]]).all()


def _traces() -> xr.Dataset:
    generator = np.random.default_rng(0)
    tables = {name: (("unit", "pair"), generator.random((4, 45))) for name in cast.TRACES}
    tables["inputs"][1][:, PLACE] = [0.9, 0.1, 0.95, 0.5]
    tables["confused"][1][0, PLACE] = NAN
    return xr.Dataset(
        tables | {"live": ("unit", [True, True, False, True])},
        {"first": ("pair", PAIRS[:, 0]), "second": ("pair", PAIRS[:, 1])},
    )


def test_a_trace_is_ranked_among_other_neurons_and_other_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _traces()
    monkeypatch.setattr(two_digit_neurons, "measured", lambda run: made)
    anyone: Any = None
    found = cast.traces(anyone, 0, 7, 9).set_index("trace")
    assert found.index.tolist() == list(cast.TRACES)
    one = found.loc["inputs"]
    assert (one["value"], one["other_neurons"], one["among_neurons"]) == pytest.approx((0.9, 0.3, 100)), "dead left out"
    others = np.delete(made["inputs"][0].to_numpy(), PLACE)
    assert one["other_pairs"] == pytest.approx(np.median(others))
    assert one["among_pairs"] == pytest.approx(100 * (others < 0.9).mean())
    assert np.isnan(found.loc["confused", ["value", "among_neurons", "among_pairs"]].to_numpy(float)).all()


def test_numbers_of_the_cast_and_of_many_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polysemanticity, "measured", lambda population: _spread())
    monkeypatch.setattr(cast, "traces", lambda run, *which: _ranked())
    population: Any = [SimpleNamespace()]
    found = cast.numbers(population, (0, 2))
    assert found["n0_cost"] == 0.3
    assert np.isnan(found["n2_cost"]), "dead"
    assert found["n14_inputs"] == 0.9
    assert found["n14_inputs_among_pairs"] == 80
    shared = xr.Dataset(
        {
            "own": (("seed", "unit"), [[0.8, 0.6], [0.9, NAN]]),
            "other_units": (("seed", "unit"), [[0.5, 0.7], [0.6, NAN]]),
            "other_pairs": (("seed", "unit"), [[0.0, 0.2], [-0.1, NAN]]),
        }
    )
    monkeypatch.setattr(two_digit_neurons, "shared_inputs", lambda population: shared)
    numbers = cast.shared(population)
    assert numbers["shared_own"] == pytest.approx(0.8)
    assert numbers["shared_over_neurons"] == pytest.approx(0.2)
    assert numbers["shared_over_pairs"] == pytest.approx(0.8)
    assert numbers["shared_over_neurons_low"] < 0.2 < numbers["shared_over_neurons_high"]


def _ranked() -> Any:
    row = {"trace": "inputs", "value": 0.9, "other_neurons": 0.3, "other_pairs": 0.1}
    return cast.pd.DataFrame([row | {"among_neurons": 70.0, "among_pairs": 80.0}])
