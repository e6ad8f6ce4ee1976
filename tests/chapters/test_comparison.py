"""The comparison's table says what its frame holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp.chapters.cnn import comparison
from mnist_interp.experiments import linear_probes, robustness
from mnist_interp.training import models, registry
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run


def _population(recipe: Recipe) -> Population:
    model = models.build(recipe)
    weights = {name: value.numpy()[None] for name, value in model.state_dict().items()}
    run = Run(recipe, 0, weights, np.zeros(1), np.zeros(1))
    return Population(recipe, (run, run, run))


@pytest.mark.parametrize(
    ("recipe", "layer"), [(registry.CNN, "relu3"), (registry.BASELINE, "relu2"), (registry.NORMALIZED, "relu2")]
)
def test_the_last_hidden_layer(recipe: Recipe, layer: str) -> None:
    assert comparison.last_layer(_population(recipe)) == layer


def test_every_measure_of_three_equal_networks_has_no_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {name: np.full(3, 0.1 * place) for place, name in enumerate(comparison.MEASURES, 1)}
    measures = {name: (lambda population, name=name: values[name]) for name in values}
    monkeypatch.setattr(comparison, "MEASURES", measures)
    kinds = {"MLP": _population(registry.BASELINE), "CNN": _population(registry.CNN)}
    frame = comparison.measured(kinds)
    assert len(frame) == 2 * len(measures)
    assert (frame["low"] == frame["high"]).all()
    table = comparison.table(kinds, frame)
    assert table.loc["parameters"].tolist() == ["25,818", "28,874"]
    assert table.loc["test accuracy, %", "CNN"] == "10.0 (10.0 to 10.0)"
    assert table.loc["AUROC", "CNN"] == "0.40 (0.40 to 0.40)"
    assert {
        "bottlenecks, zero, %",
        "bottlenecks, best constant, %",
        "1s lost with one unit, zero, biases refitted, %",
    } < set(table.index)
    reached = pd.DataFrame({"network": ["MLP, shuffled pixels", "CNN, shuffled pixels"], "mean": [0.91, 0.902]})
    longer = comparison.with_shuffled(table, reached)
    assert longer.loc["trained on shuffled pixels, %"].tolist() == ["", "90.2"]
    assert longer.index.name == "measure"
    pd.testing.assert_frame_equal(longer.iloc[:-1], table)


def test_moved_digits_are_laid_out_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    shift, turn = np.array([[0.9, 0.5], [0.9, 0.6]]), np.array([[0.9, 0.8, 0.1]] * 2)
    found = xr.Dataset(
        {"shift": (("seed", "pixels"), shift), "turn": (("seed", "degrees"), turn)},
        coords={"pixels": [0, 2], "degrees": [0, 20, 45]},
    )
    monkeypatch.setattr(robustness, "summary", lambda population: found)
    networks = dict.fromkeys((comparison.CNN, comparison.ALIKE, comparison.NORMALIZED))
    frame = comparison.moved(networks).set_index(["network", "way", "by"])
    assert len(frame) == 3 * (2 + 3)
    assert frame.loc[("CNN", "turn", 45)].tolist() == pytest.approx([0.1] * 3)
    middle = frame.loc[("MLP, normalized", "shift", 2)]
    assert middle["accuracy"] == pytest.approx(0.55)
    assert middle["low"] < 0.55 < middle["high"]


def test_stages_are_counted_from_the_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    accuracy = xr.DataArray(
        [[[0.8, 0.7, 0.6], [0.8, 0.9, 0.95]]] * 2,
        dims=("seed", "state", "stage"),
        coords={"state": ["untrained", "trained"], "stage": ["pixels", "relu1", "relu2"]},
    )
    monkeypatch.setattr(linear_probes, "summary", lambda population: xr.Dataset({"accuracy": accuracy}))
    frame = comparison.stages({"MLP": _population(registry.BASELINE)})
    assert frame["stage"].tolist() == [0, 1, 2, 0, 1, 2]
    assert frame["state"].tolist() == ["untrained"] * 3 + ["trained"] * 3
    assert frame["accuracy"].tolist() == pytest.approx([0.8, 0.7, 0.6, 0.8, 0.9, 0.95])
