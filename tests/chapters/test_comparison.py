"""The comparison's table says what its frame holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mnist_interp.chapters.cnn import comparison
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
    assert table.loc["test accuracy, %", "CNN"] == "10.0\N{NO-BREAK SPACE}±0.0"
    assert table.loc["AUROC", "CNN"] == "0.40\N{NO-BREAK SPACE}±0.00"
    assert isinstance(table, pd.DataFrame)
