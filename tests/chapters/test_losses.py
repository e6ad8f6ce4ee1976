"""Losses laid out for a page: each row against the dataset that it comes from."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.chapters.interventions import losses
from mnist_interp.experiments import ablation_effects
from mnist_interp.methods.references import REFERENCES, TITLES
from mnist_interp.methods.statistics import interval
from mnist_interp.training import registry
from mnist_interp.training.runs import Population

SEEDS = (3, 4, 9)


def test_titles_are_of_all_references_in_their_order() -> None:
    assert list(TITLES) == list(REFERENCES)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> xr.Dataset:
    """Costs of a population of three networks with two units a layer; unit 1 breaks digit 7 under zero alone."""
    references = list(REFERENCES)
    sizes = (len(SEEDS), len(references), 2)
    accuracy = np.random.default_rng(0).uniform(0.6, 0.9, (*sizes, 10))
    accuracy[:, 0, 1, 7] = [0.1, 0.3, 0.4]
    selectivity = np.random.default_rng(1).uniform(-1, 1, (len(SEEDS), 10, 2))
    found = xr.Dataset(
        {
            "untouched": (("seed", "digit"), np.full((len(SEEDS), 10), 0.9)),
            "untouched_overall": ("seed", np.full(len(SEEDS), 0.9)),
            "accuracy": (("seed", "reference", "unit", "digit"), accuracy),
            "overall": (("seed", "reference", "unit"), accuracy.mean(-1)),
            "selectivity": (("seed", "digit", "unit"), selectivity),
            "activity": (("seed", "unit"), np.ones((len(SEEDS), 2))),
        },
        coords={"seed": list(SEEDS), "reference": references, "unit": [0, 1], "digit": range(10)},
    )
    monkeypatch.setattr(ablation_effects, "costs", lambda population, layer="relu2", checkpoint=-1: found)
    return found


@pytest.fixture
def population() -> Population:
    recipe = registry.BASELINE
    return Population(recipe, tuple(training.Run(recipe, seed, {}, np.zeros(2), np.zeros(2)) for seed in SEEDS))


def test_a_row_for_each_network_reference_neuron_and_digit(measured: xr.Dataset) -> None:
    frame = losses.by_digit({"a": measured.sel(seed=4), "b": measured.isel(seed=0, drop=True)})
    assert len(frame) == 2 * len(REFERENCES) * 2 * 10
    assert frame.columns.tolist() == ["reference", "neuron", "digit", "lost", "selectivity", "network"]
    rows = frame.set_index(["network", "reference", "neuron", "digit"])
    assert rows.loc[("a", "zero", 1, 7), "lost"] == pytest.approx(0.6)
    expected = 0.9 - measured["accuracy"].sel(seed=3, reference="refit", unit=0, digit=2)
    assert rows.loc[("b", "zero, biases refitted", 0, 2), "lost"] == pytest.approx(float(expected), abs=1e-4)
    expected = measured["selectivity"].sel(seed=4, unit=1, digit=5)
    assert rows.loc[("a", "best constant", 1, 5), "selectivity"] == pytest.approx(float(expected), abs=1e-3)


def test_bottlenecks_and_mean_losses_stand_side_by_side(measured: xr.Dataset, population: Population) -> None:
    frame = losses.over_networks(population).set_index(["layer", "panel", "reference"])
    assert frame.loc[("layer 2", "bottlenecks", "zero"), ["mean", "low", "high"]].tolist() == [1, 1, 1]
    assert frame.loc[("layer 1", "bottlenecks", "best constant"), "mean"] == 0
    lost = 0.9 - measured["overall"].sel(reference="mean").to_numpy().mean(1)
    row = frame.loc[("layer 2", "lost", "mean")]
    assert (row["mean"], row["low"], row["high"]) == (pytest.approx(lost.mean()), *map(pytest.approx, interval(lost)))


@pytest.mark.usefixtures("measured")
def test_means_stand_between_the_ends_of_their_intervals() -> None:
    frame = with_interval([({"name": "a"}, np.array([1.0, 2.0, 6.0])), ({"name": "b"}, np.ones(3))])
    assert frame.columns.tolist() == ["name", "mean", "low", "high"]
    assert frame["mean"].tolist() == [3, 1]
    assert frame.loc[0, "low"] < 3 < frame.loc[0, "high"]
