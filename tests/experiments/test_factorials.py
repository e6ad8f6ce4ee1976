"""The factorial designs: every cell is what its levels say, and the table is laid out from its runs."""

from __future__ import annotations

import pytest
import xarray as xr

from mnist_interp.experiments import factorials
from mnist_interp.training import registry
from mnist_interp.training.recipe import Recipe


def test_cells_differ_and_are_what_their_levels_say() -> None:
    assert len(set(factorials.INPUTS.values())) == 16
    assert len(set(factorials.LAYERS.values())) == 48
    for (center, scale, rate), recipe in factorials.INPUTS.items():
        assert ((recipe.shift != 0), (recipe.scale != 1), recipe.learning_rate) == (center, scale, rate)
    for (kind, dropout, rate), recipe in factorials.LAYERS.items():
        options = dict(recipe.options)
        assert (options["norms"], options["dropout"]) == (factorials.KINDS[kind], (dropout, 0.0))
        assert (recipe.learning_rate, recipe.standardized) == (rate, True)
    assert {recipe.images for recipe, _ in factorials.JOBS} == {"fit"}, "nothing is chosen on test images"
    assert not set(factorials.JOBS) & set(registry.BOOK.values())


def test_the_table_has_a_row_for_each_cell_and_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = {("a", 1): Recipe(epochs=1), ("b", 1): Recipe(epochs=1, learning_rate=0.5)}
    found = {0.01: [[0.1, 0.7, 0.6, 0.8, 0.8], [0.1, 0.9, 0.8, 0.8, 0.8]], 0.5: [[0.1, 0.9, 0.6, 0.6, 0.9]] * 2}
    monkeypatch.setattr(factorials.training, "population", lambda recipe, seeds: recipe)

    def accuracy(recipe: Recipe) -> xr.Dataset:
        rows = (("seed", "epoch"), found[recipe.learning_rate])
        return xr.Dataset({"accuracy": rows}, coords={"seed": [0, 1], "epoch": range(5)})

    monkeypatch.setattr(factorials, "validation_accuracy", accuracy)
    table = factorials.table(cells, ["kind", "level"])
    assert list(table.columns) == ["kind", "level", "epoch", "accuracy"]
    assert len(table) == 10
    assert table[(table["kind"] == "a") & (table["epoch"] == 1)]["accuracy"].item() == pytest.approx(0.8)
    settled = factorials.settled(table, ["kind", "level"])
    assert settled["accuracy"].tolist() == [pytest.approx(2.3 / 3), pytest.approx(2.1 / 3)]
    assert factorials.best(settled) == {"kind": "a", "level": 1}
