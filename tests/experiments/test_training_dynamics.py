"""Training watched: labeled summaries of a run against one forward pass of each checkpoint."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import training_dynamics
from mnist_interp.methods import activations
from mnist_interp.training import models, registry
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def alone(run: Run) -> Population:
    return Population(run.recipe, (run,))


def test_a_summary_is_that_of_the_layers_recorded_whole(run: Run, alone: Population) -> None:
    found = training_dynamics.summary(alone).sel(seed=run.seed)
    assert found.sizes["checkpoint"] == len(run.steps)
    digits = mnist.load("test")
    for checkpoint in (0, len(run.steps) - 1):
        seen = activations.record(run.model(checkpoint), digits.pixels, ["linear1", "relu2", "output"])
        at = found.sel(checkpoint=checkpoint)
        for layer in ("linear1", "relu2"):
            values = seen[layer].numpy().astype(float)
            assert float(at["std_overall"].sel(layer=layer)) == pytest.approx(values.std(), rel=1e-4)
            ones = values[digits.labels == 1]
            assert float(at["mean"].sel(layer=layer, digit=1)) == pytest.approx(ones.mean(), rel=1e-4, abs=1e-6)
            assert float(at["std"].sel(layer=layer, digit=1)) == pytest.approx(ones.std(), rel=1e-4)
        fours_as_nines = ((digits.labels == 4) & (seen["output"].argmax(1).numpy() == 9)).sum()
        assert int(at["confusion"].sel(true=4, predicted=9)) == pytest.approx(fours_as_nines, abs=1)


def test_checkpoints_keep_their_numbers_when_some_are_chosen(run: Run, alone: Population) -> None:
    last = len(run.steps) - 1
    some, every = training_dynamics.summary(alone, [0, last]), training_dynamics.summary(alone)
    xr.testing.assert_allclose(some, every.sel(checkpoint=[0, last]))
    means = training_dynamics.class_means(alone, [0, last])
    xr.testing.assert_allclose(means.sel(checkpoint=last), training_dynamics.class_means(alone).sel(checkpoint=last))


def test_class_means_are_found_by_layer_and_unit(run: Run, alone: Population) -> None:
    digits = mnist.load("test")
    seen = activations.record(run.model(), digits.pixels, ["relu1", "relu2"])
    found = training_dynamics.class_means(alone).isel(seed=0, checkpoint=-1)
    for layer, unit, digit in (("relu1", 3, 5), ("relu2", 0, 1)):
        expected = seen[layer].numpy()[digits.labels == digit, unit].mean()
        assert float(found.sel(layer=layer, unit=unit, digit=digit)) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.fixture
def summarized() -> xr.Dataset:
    """Return a summary of two seeds at one checkpoint: all right, and each 3 taken for a 5."""
    right = np.diag(np.arange(1, 11))
    wrong = right.copy()
    wrong[3, 5], wrong[3, 3] = wrong[3, 3], 0
    return xr.Dataset(
        {
            "confusion": (("seed", "checkpoint", "true", "predicted"), np.stack([right, wrong])[:, None]),
            "std": (("seed", "checkpoint", "layer", "digit"), np.arange(20.0).reshape(2, 1, 1, 10)),
            "std_overall": (("seed", "checkpoint", "layer"), np.full((2, 1, 1), -1.0)),
        },
        coords={
            "seed": [7, 8],
            "checkpoint": [30],
            "layer": ["linear1"],
            **dict.fromkeys(("digit", "true", "predicted"), range(10)),
        },
    )


def test_accuracy_counts_the_diagonal(summarized: xr.Dataset) -> None:
    np.testing.assert_allclose(training_dynamics.accuracy(summarized).sel(checkpoint=30), [1, 51 / 55])
    by_digit = training_dynamics.class_accuracy(summarized).sel(seed=8, checkpoint=30)
    np.testing.assert_allclose(by_digit, [0 if digit == 3 else 1 for digit in range(10)])
    assert by_digit.dims == ("digit",)


def test_all_images_stand_before_the_digits(summarized: xr.Dataset) -> None:
    grouped = training_dynamics.grouped(summarized, "std")
    assert grouped["digit"].to_numpy().tolist() == list(training_dynamics.GROUPS)
    assert grouped.dims == ("seed", "checkpoint", "layer", "digit")
    assert float(grouped.sel(seed=8, digit="all").item()) == -1
    assert float(grouped.sel(seed=8, digit="4").item()) == 14


def test_what_the_relu_cuts_off_is_the_spread_of_the_negative_part(run: Run, alone: Population) -> None:
    values = activations.record(run.model(), mnist.load("test").pixels, ["linear1"])["linear1"].numpy().astype(float)
    found = training_dynamics.below_zero(training_dynamics.summary(alone)).isel(seed=0, checkpoint=-1)
    assert float(found) == pytest.approx(np.minimum(values, 0).std(), rel=1e-4)


def test_a_frame_by_checkpoint_says_the_epoch_after_it(run: Run, alone: Population) -> None:
    values = training_dynamics.summary(alone)["std_overall"].isel(seed=0)
    frame = training_dynamics.by_checkpoint(run, values)
    assert list(frame) == ["checkpoint", "epoch", "layer", "value"]
    last = frame[(frame["checkpoint"] == len(run.steps) - 1) & (frame["layer"] == "output")]
    assert last["epoch"].item() == run.recipe.epochs
    assert last["value"].item() == float(values.sel(layer="output").isel(checkpoint=-1))


def test_the_layers_summarized_are_linear_ones_convolutions_and_relus(run: Run) -> None:
    assert training_dynamics.layers(run) == training_dynamics.LAYERS
    recipe = Recipe(model="cnn", options=(("channels", (2, 3)), ("hidden", 4)))
    drawn = {name: values.numpy()[None] for name, values in models.build(recipe).state_dict().items()}
    convolutional = Run(recipe, 0, drawn, np.zeros(20), np.zeros(20))
    expected = ("conv1", "relu1", "conv2", "relu2", "linear3", "relu3", "output")
    assert training_dynamics.layers(convolutional) == expected


def test_milestones_are_a_few_steps_and_then_epochs_ever_farther_apart(run: Run) -> None:
    chosen = training_dynamics.milestones(run)
    epoch = 938  # steps
    epochs = [epoch * passed for passed in (1, 2, 3, 4, 5, 7, 10, 15, 20)]
    assert [run.steps[checkpoint] for checkpoint in chosen] == [0, 1, 4, 16, 64, 256, *epochs]


def test_the_end_is_a_milestone_however_short_the_run() -> None:
    short = Run(Recipe(epochs=6), 0, {}, np.zeros(6), np.zeros(6))
    assert [short.epochs[checkpoint] for checkpoint in training_dynamics.milestones(short)][-3:] == [4, 5, 6]


def test_a_moment_is_told_in_steps_and_then_in_epochs(run: Run) -> None:
    told = {run.steps[checkpoint]: training_dynamics.moment(run, checkpoint) for checkpoint in range(len(run.steps))}
    assert [told[step] for step in (0, 1, 4)] == ["untrained", "1 step", "4 steps"]
    assert [told[step] for step in (512, 938, 18760)] == ["512 steps", "epoch 1", "epoch 20"]


def test_moments_are_of_all_values_and_of_each_digits() -> None:
    values = {digit: np.arange(6.0).reshape(2, 3) * (digit + 1) for digit in range(10)}  # two images, three units
    sums = np.array([[values[digit].sum(0) for digit in values], [(values[digit] ** 2).sum(0) for digit in values]])
    found = training_dynamics._moments(sums, np.full(10, 2))
    everything = np.stack(list(values.values()))
    np.testing.assert_allclose(found[:, 0], [everything.mean(), everything.std()])
    np.testing.assert_allclose(found[:, 5], [values[4].mean(), values[4].std()])


def test_checkpoints_are_placed_along_the_directions_of_the_last(run: Run) -> None:
    train, test, last = mnist.load("train"), mnist.load("test"), len(run.steps) - 1
    frame = training_dynamics.layer2_in_plane(run, [3, last], per_class=20)
    assert list(frame) == ["checkpoint", "image", "label", "predicted", "x", "y"]
    learned = activations.record(run.model(), train.pixels, ["relu2"])["relu2"].numpy()
    basis = LinearDiscriminantAnalysis(n_components=2).fit(learned, train.labels)
    for checkpoint in (3, last):
        found = frame[frame["checkpoint"] == checkpoint]
        assert found["label"].value_counts().to_dict() == dict.fromkeys(range(10), 20)
        seen = activations.record(
            run.model(checkpoint), test.pixels[found["image"].to_numpy(copy=True)], ["relu2", "output"]
        )
        assert found["label"].tolist() == test.labels[found["image"]].tolist()
        assert found["predicted"].tolist() == seen["output"].argmax(1).tolist()
        np.testing.assert_allclose(found[["x", "y"]], basis.transform(seen["relu2"].numpy()), rtol=1e-4, atol=1e-4)


def test_histograms_count_each_digits_values_in_bins_that_all_checkpoints_share(run: Run) -> None:
    frame = training_dynamics.histograms(run, "output")
    assert list(frame) == ["checkpoint", "digit", "low", "high", "share"]
    assert (frame["share"] > 0).all()
    np.testing.assert_allclose(frame.groupby(["checkpoint", "digit"])["share"].sum(), 1)
    assert set(frame["digit"]) == set(training_dynamics.GROUPS)
    digits, milestones = mnist.load("test"), training_dynamics.milestones(run)
    assert frame["checkpoint"].unique().tolist() == milestones
    every = [activations.record(run.model(one), digits.pixels, ["output"])["output"].numpy() for one in milestones]
    edges = np.linspace(*np.percentile(np.stack(every), [0.1, 99.9]), training_dynamics.N_BINS + 1)
    for group, taken in (("all", slice(None)), ("4", digits.labels == 4)):
        values = np.clip(every[-1][taken], edges[0], edges[-1])
        expected = np.histogram(values, edges)[0] / values.size
        found = frame[(frame["checkpoint"] == milestones[-1]) & (frame["digit"] == group)]
        np.testing.assert_allclose(found["share"], expected[expected > 0], atol=1e-6)
        np.testing.assert_allclose(found["low"], edges[:-1][expected > 0], rtol=1e-5)
        np.testing.assert_allclose(found["high"], edges[1:][expected > 0], rtol=1e-5)
