"""The essay's frames against sums over single images."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.essay import populations, race, thresholds
from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects
from mnist_interp.methods import activations
from mnist_interp.training import registry
from mnist_interp.training.runs import Run


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def seen(run: Run) -> dict[str, np.ndarray]:
    found = activations.record(run.model(), mnist.load("test").pixels, ["relu2", "output"])
    return {layer: values.numpy() for layer, values in found.items()}


@pytest.fixture(scope="module")
def ones() -> np.ndarray:
    return mnist.load("test").labels == 1


def test_histograms_count_every_image_once_at_every_threshold(run, ones) -> None:
    frame = thresholds.histograms(run)
    for group, images in {thresholds.ONES: ones.sum(), thresholds.REST: (~ones).sum()}.items():
        assert (frame[frame["group"] == group].groupby("threshold")["images"].sum() == images).all()
    assert (frame["below"] == (frame["start"] < frame["threshold"])).all()


def test_reports_say_how_many_ones_are_found_and_how_many_reports_are_right(run, seen, ones) -> None:
    said = thresholds.reports(run).set_index("threshold")["text"]
    for threshold, text in said.items():
        reported = seen["relu2"][:, 0] > threshold
        assert f"**{reported[ones].mean():.0%}** of the 1s" in text
        if reported.any():
            assert f"**{ones[reported].mean():.0%}** of its reports" in text


def test_race_adds_one_number_to_one_logit_and_touches_nothing_else(run, seen, ones) -> None:
    column = run.weights["output.weight"][-1][:, 0]
    logits = seen["output"] - seen["relu2"][:, :1] * column
    frame = race.mean_logits(run).pivot_table(index="bias", columns="digit", values="logit")
    np.testing.assert_allclose(frame.loc[0.0], logits[ones].mean(0), atol=1e-4)
    np.testing.assert_allclose(frame[1] - frame.index, logits[ones, 1].mean(), atol=1e-4)
    assert np.ptp(frame.drop(columns=1), axis=0).max() == 0
    found = race.right(run)
    for bias in (0.0, 3.0):
        correct = (logits + bias * (np.arange(10) == 1)).argmax(1) == mnist.load("test").labels
        at = found.sel(bias=bias)
        assert at["ones"].item() == pytest.approx(correct[ones].mean(), abs=2e-3)
        assert at["all"].item() == pytest.approx(correct.mean(), abs=2e-3)


def test_networks_are_counted_by_their_worst_neuron(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = {"zero": [1.0, 0.95, 0.31], "refit": [0.02, -0.1, 0.0]}
    monkeypatch.setattr(
        ablation_effects, "worst_for_ones", lambda population, reference: np.array(losses.get(reference, [0.5] * 3))
    )
    frame = populations.worst_for_ones(None)  # type: ignore[arg-type]
    by = {title: rows["networks"].tolist() for title, rows in frame.groupby("reference")}
    assert by["zero"] == [0, 0, 0, 1, 0, 0, 0, 0, 0, 2]
    assert by["zero, biases refitted"] == [3, *[0] * 9]


def test_shares_are_means_over_networks_and_pixels_have_no_spread() -> None:
    shape = ("state", "seed", "unit")
    values = np.random.default_rng(0).uniform(size=(2, 5, 2))
    labels = {"state": ["untrained", "trained"], "seed": range(5), "unit": [0, 1]}
    found = xr.Dataset({"alone": (shape, values), "together": (shape, values + 0.1)}, labels)
    pixels = xr.Dataset({"share": ("unit", [0.8, 0.7])}, {"unit": [0, 1]})
    frame = populations.explained(found, pixels, {"neuron 1": 1})
    mean = frame.set_index("by")["mean"]
    assert mean[populations.ALONE] == pytest.approx(values[1, :, 1].mean())
    assert mean[populations.UNTRAINED] == pytest.approx(values[0, :, 1].mean() + 0.1)
    row: pd.Series = frame.set_index("by").loc[populations.PIXELS]
    assert row["mean"] == row["low"] == row["high"] == pytest.approx(0.7)
