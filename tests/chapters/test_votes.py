"""Cells of units and digits by the sign of the vote, laid out for chapter 3."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.chapters.interventions import votes
from mnist_interp.experiments import ablation_effects, signed_pushes
from mnist_interp.methods.references import REFERENCES, TITLES
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

RNG = np.random.default_rng(0)
UNITS = 3
SEEDS = (5, 9)


def _population(seeds: tuple[int, ...]) -> Population:
    return Population(Recipe(), [Run(Recipe(), seed, {}, np.zeros(20), np.zeros(20)) for seed in seeds])


@pytest.fixture(autouse=True)
def _measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer for units of which the last is dead, and of which what votes for a digit costs it its selectivity."""
    vote = RNG.normal(size=(2, 10, UNITS))
    mean = np.array([[1.0, 2.0, 0.0]] * 2)
    selectivity = RNG.random((2, 10, UNITS))
    harm = np.sign(vote) * selectivity
    axes = {"seed": list(SEEDS), "digit": range(10), "unit": range(UNITS)}
    by_digit, by_unit = ("seed", "digit", "unit"), ("seed", "unit")
    parts = xr.Dataset(
        {
            "vote": (by_digit, vote),
            "class_mean": (by_digit, RNG.random((2, 10, UNITS))),
            "class_std": (by_digit, RNG.random((2, 10, UNITS))),
            "mean": (by_unit, mean),
            "constant": (by_unit, mean),
        },
        axes,
    )
    accuracy = np.stack([1 - harm.transpose(0, 2, 1)] * len(REFERENCES), axis=1)
    costs = xr.Dataset(
        {
            "untouched": (("seed", "digit"), np.ones((2, 10))),
            "accuracy": (("seed", "reference", "unit", "digit"), accuracy),
            "selectivity": (by_digit, selectivity),
        },
        axes | {"reference": list(REFERENCES)},
    )
    monkeypatch.setattr(signed_pushes, "measured", lambda population, layer="relu2": parts)
    monkeypatch.setattr(ablation_effects, "costs", lambda population, layer="relu2": costs)


def test_cells_are_those_of_live_units_with_the_sign_of_their_vote() -> None:
    frame = votes.cells(_population((5,)), _population((9,)))
    assert len(frame) == 2 * len(TITLES) * 10 * (UNITS - 1)
    assert set(frame["network"]) == {"5", "9"}
    assert "neuron 2" not in set(frame["neuron"])
    assert ((frame["lost"] > 0) == (frame["vote"] == votes.FOR)).all()


def test_as_many_networks_as_asked_for() -> None:
    assert set(votes.cells(_population(SEEDS), networks=1)["network"]) == {"5"}


def test_opposite_trends_cancel_over_all_cells() -> None:
    frame = votes.by_vote(_population(SEEDS)).set_index(["reference", "cells"])["mean"]
    assert frame["mean", votes.FOR] == pytest.approx(1)
    assert frame["mean", votes.AGAINST] == pytest.approx(-1)
    assert abs(frame["mean", "all cells"]) < 0.5


def test_selectivity_signed_by_the_vote_predicts_what_was_made_of_it() -> None:
    frame = votes.by_predictor(_population(SEEDS))
    assert len(frame) == 2 * len(TITLES) * 4
    signed = frame[frame["predictor"] == "selectivity, signed"]
    np.testing.assert_allclose(signed["mean"], 1)
