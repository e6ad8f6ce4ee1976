"""Frames of chapter 1 against known answers, and against the network's own activations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.baseline import ink, training_frames
from mnist_interp.data import mnist
from mnist_interp.experiments import training_dynamics
from mnist_interp.methods import activations
from mnist_interp.methods.statistics import wilson
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def summarized(run: Run) -> xr.Dataset:
    return training_dynamics.summary(Population(run.recipe, (run,)))


def test_lines_over_seeds_are_medians_with_their_range() -> None:
    values = xr.DataArray([[0.1, 0.2], [0.3, 0.9], [0.2, 0.8]], dims=("seed", "checkpoint"))
    frame = training_frames.over_seeds(values, "ours", [0, 20])
    assert frame["middle"].tolist() == [0.2, 0.8]
    assert frame["low"].tolist() == [0.1, 0.2]
    assert frame["high"].tolist() == [0.3, 0.9]
    assert frame["epoch"].tolist() == [0, 20]


def test_ink_is_the_mean_pixel_of_a_digits_images() -> None:
    train = mnist.load("train")
    frame = ink.by_digit(train).set_index("digit")
    sevens = train.pixels.numpy()[train.labels == 7].mean(1)
    assert frame.loc[7, "mean"] == pytest.approx(sevens.mean(), rel=1e-4)
    assert frame.loc[7, "high"] - frame.loc[7, "low"] == pytest.approx(2 * sevens.std(ddof=1), rel=1e-3)


def test_final_accuracies_are_sorted_and_have_their_own_intervals(run: Run) -> None:
    final = xr.DataArray([0.95, 0.93], dims="seed", coords={"seed": [3, 4]})
    frame = training_frames.final_accuracies(final, run, 0.94)
    assert frame["network"].tolist() == ["seed 4", training_frames.published_name(run), "seed 3"]
    assert tuple(frame.set_index("network").loc["seed 3", ["low", "high"]]) == wilson(9500, 10_000)


def test_the_confusion_of_a_network_counts_all_test_images(summarized: xr.Dataset) -> None:
    frame = training_frames.confusion(summarized)
    assert frame["count"].sum() == 10_000
    by_hand = int(summarized["confusion"].isel(seed=0, checkpoint=-1).sel(true=4, predicted=9))
    assert frame[(frame["true"] == 4) & (frame["predicted"] == 9)]["count"].item() == by_hand


def test_drifts_have_a_line_for_each_layer_group_and_kind(run: Run, summarized: xr.Dataset) -> None:
    frame = training_frames.drifts(run, summarized)
    last = frame[(frame["epoch"] == run.recipe.epochs) & (frame["layer"] == "linear2")]
    one = last[(last["digit"] == "1") & (last["kind"] == "std")]["value"].item()
    assert one == float(summarized["std"].isel(seed=0, checkpoint=-1).sel(layer="linear2", digit=1))
    whole = last[(last["digit"] == "all") & (last["kind"] == "mean")]["value"].item()
    assert whole == float(summarized["mean_overall"].isel(seed=0, checkpoint=-1).sel(layer="linear2"))
    assert set(frame["checkpoint"]) == set(training_dynamics.milestones(run))


def test_spreads_keep_layers_and_populations_apart(run: Run, summarized: xr.Dataset) -> None:
    doubled = summarized.map(lambda values: 2 * values)
    frames = training_frames.spreads(run, {"ours": summarized, "twice": doubled})
    frame = frames["layer 2"]
    last = frame[(frame["epoch"] == run.recipe.epochs) & (frame["digit"] == "all") & (frame["kind"] == "std")]
    expected = float(summarized["std_overall"].isel(seed=0, checkpoint=-1).sel(layer="linear2"))
    assert last.set_index("network")["middle"].to_dict() == {"ours": expected, "twice": 2 * expected}


@pytest.fixture(scope="module")
def means(run: Run) -> pd.DataFrame:
    return training_frames.neuron_means(run)


def test_neuron_means_are_those_of_all_images_and_of_each_digit(run: Run, means: pd.DataFrame) -> None:
    test = mnist.load("test")
    relu2 = activations.record(run.model(), test.pixels, ["relu2"])["relu2"].numpy()[:, 2]
    last = means[means["checkpoint"] == len(run.steps) - 1]
    neuron2 = last[(last["layer"] == 2) & (last["neuron"] == 2)].set_index("digit")["value"]
    assert neuron2["all"] == pytest.approx(relu2.mean(), rel=1e-4)
    assert neuron2["3"] == pytest.approx(relu2[test.labels == 3].mean(), rel=1e-4)
    assert last.groupby("layer")["neuron"].nunique().to_dict() == {1: 32, 2: 16}


def test_tuning_is_layer_2_of_every_network_by_digit(run: Run, means: pd.DataFrame) -> None:
    frame = training_frames.tuning([run])
    assert set(frame["seed"]) == {str(run.seed)}
    assert len(frame) == 16 * 10 * len(training_dynamics.milestones(run))
    one = frame[(frame["after"] == "0") & (frame["neuron"] == 5) & (frame["digit"] == 8)]["value"].item()
    same = means[(means["after"] == "0") & (means["layer"] == 2) & (means["neuron"] == 5) & (means["digit"] == "8")]
    assert one == same["value"].item()


def test_the_published_trace_is_pass_by_pass(run: Run) -> None:
    trace = training_frames.published_trace(run)
    assert trace.loc["pass 1", "loss"] == round(float(run.loss[0]), 4)
    assert training_frames.published_losses(run)["middle"].tolist() == trace["published loss"].tolist()
    np.testing.assert_allclose(trace["loss"], trace["published loss"], atol=2e-4)
