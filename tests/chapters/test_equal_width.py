"""Networks whose last layers are equally wide: costs, who lives, and the best of sixteen drawn at random."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from mnist_interp.chapters.cnn import equal_width


def test_the_best_of_sixteen_of_sixteen_is_the_best() -> None:
    scores = xr.DataArray(np.arange(32.0).reshape(2, 16), dims=("seed", "unit"))
    assert equal_width.best_of_sixteen(scores) == (15 + 31) / 2


def test_the_best_of_sixteen_of_thirty_two_lies_below_the_best() -> None:
    scores = xr.DataArray(np.arange(32.0)[None], dims=("seed", "unit"))
    expected = np.mean([33 * 16 / 17 - 1])  # the mean largest of sixteen drawn from 1, ..., 32, less one
    assert equal_width.best_of_sixteen(scores, draws=4_000) == pytest.approx(expected, abs=0.1)


def test_a_dearer_unit_and_a_silent_one_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = {"cnn": np.array([0.02, 0.03]), "mlp": np.array([0.01, 0.04])}
    stds = {"cnn": [[0, 1, 1], [0, 0, 1]], "mlp": [[1, 1, 1], [1, 1, 0]]}
    monkeypatch.setattr(equal_width, "WIDTHS", {equal_width.MLP: ("mlp", "relu2"), equal_width.CNN: ("cnn", "relu3")})
    monkeypatch.setattr(equal_width, "matched_checkpoints", lambda cnn, mlp: [3, 4])
    monkeypatch.setattr(equal_width, "cost_a_unit", lambda networks, layer, checkpoint=-1: costs[networks.name])
    monkeypatch.setattr(equal_width, "bottlenecks", lambda networks, reference, layer: np.array(networks.necks))
    monkeypatch.setattr(
        equal_width.ablation_effects,
        "costs",
        lambda networks, layer, checkpoint=-1: xr.Dataset({"std": (("seed", "unit"), stds[networks.name])}),
    )

    class Networks(SimpleNamespace):
        def __getitem__(self, place: int) -> SimpleNamespace:
            return SimpleNamespace(recipe=SimpleNamespace(learning_rate=self.rate))

    networks = {"mlp": Networks(name="mlp", necks=[2, 2], rate=0.02), "cnn": Networks(name="cnn", necks=[0, 0], rate=1)}
    found = equal_width.measured(networks, Networks(name="mlp", necks=[5, 4], rate=0.003))
    assert found["n_dearer"] == 1
    assert (found["unit_cnn16"], found["unit_mlp16"]) == pytest.approx((2.5, 2.5))
    assert (found["live_cnn16"], found["live_mlp16"], found["spared_by_rate"]) == (1.5, 2.5, 2.5)
    assert (found["rate_untuned"], found["rate_tuned"]) == (0.003, 0.02)
