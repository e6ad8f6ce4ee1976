"""Frames and numbers of chapter 2, on arrays whose answer is plain and against the network itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.neurons import (
    changes,
    dossier,
    figures,
    gradient_tables,
    kinds,
    numbers,
    pixel_maps,
    score_tables,
)
from mnist_interp.data import mnist
from mnist_interp.experiments import example_images, loss_gradients, training_dynamics, unit_selectivity
from mnist_interp.methods import activations
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def own(run: Run) -> xr.Dataset:
    return unit_selectivity.summary(Population(run.recipe, (run,))).sel(seed=run.seed)


@pytest.fixture(scope="module")
def seen(run: Run) -> dict[str, np.ndarray]:
    found = activations.record(run.model(), mnist.load("test").pixels, ["relu2", "output"])
    return {name: values.numpy() for name, values in found.items()}


def test_every_hidden_unit_has_a_number_of_its_own(run: Run) -> None:
    shared, names = dossier.shared_numbers(run), dossier.names(run)
    assert sorted(shared.values()) == list(range(48))
    assert next(iter(names)) == "layer 2, neuron 0"
    assert names["layer 2, neuron 15"] == shared["relu2", 15]
    assert names["layer 1, neuron 31"] == shared["relu1", 31]


def test_score_tables_hold_the_scores(run: Run, own: xr.Dataset, seen: dict[str, np.ndarray]) -> None:
    cells = score_tables.by_digit(run, own, seen["relu2"])
    assert len(cells) == 5 * 16 * 10
    neuron0 = cells[(cells["unit"] == dossier.shared_numbers(run)["relu2", 0]) & (cells["digit"] == 1)]
    by_table = neuron0.set_index("table")["value"]
    mine = own.sel(layer="relu2", unit=0)
    assert by_table["AUROC, untrained"] == 2 * float(mine["auroc"].sel(state="untrained", digit=1)) - 1
    assert by_table["score S, trained"] == pytest.approx(
        float(unit_selectivity.scores(own["test_means"]).sel(state="trained", layer="relu2", unit=0, digit=1))
    )
    assert abs(by_table["score S, labels permuted"]) < 0.1


def test_reports_tell_each_neurons_rates(run: Run, own: xr.Dataset) -> None:
    frame = score_tables.reports(run, own).set_index("unit")
    first = dossier.shared_numbers(run)["relu2", 0]
    wrong = float(own["false_share"].sel(state="trained", layer="relu2", unit=0))
    assert frame.loc[first, "wrong"] == wrong
    assert f"{wrong:.0%} of its reports are wrong" in frame.loc[first, "text"]
    assert frame.loc[dossier.shared_numbers(run)["relu2", 11], "text"].endswith("it finds none.")


def test_likeness_is_the_cosine_of_two_rows_and_its_closest_pair_is_named() -> None:
    rows = np.eye(10, 16)
    rows[4, 9], rows[9, 4] = 0.5, 0.5
    gradients = xr.Dataset(dict.fromkeys(("readout", "loss"), (("digit", "unit"), rows)))
    alike = gradient_tables.likeness(gradients)
    cell = alike[(alike["label"] == 4) & (alike["other"] == 9) & (alike["table"] == "loss gradients")]
    assert cell["value"].item() == pytest.approx(0.8)
    assert gradient_tables.closest_pair(alike) in ("4 and 9", "9 and 4")


def test_loss_tables_are_each_others_negative() -> None:
    values = np.random.default_rng(0).normal(size=(10, 16))
    gradients = xr.Dataset({"loss": (("digit", "unit"), values)}, coords={"digit": range(10), "unit": range(16)})
    frame = gradient_tables.losses(gradients).set_index(["table", "digit", "neuron"])["value"]
    assert frame.abs().max() == 1
    assert frame["gradient of the loss", 3, 7] == values[3, 7] / np.abs(values).max()
    assert frame["gradient of the loss", 3, 7] == -frame["its negative: what helps", 3, 7]


def test_the_pull_is_laid_out_by_epoch_and_by_neuron(run: Run) -> None:
    checkpoints = training_dynamics.milestones(run)
    by_layer = gradient_tables.pull_by_layer(run)
    last = by_layer[(by_layer["place"] == len(checkpoints) - 1) & (by_layer["layer"] == "layer 2")]
    assert last["epoch"].item() == run.recipe.epochs
    assert last["value"].item() == float(loss_gradients.by_layer(run).sel(layer="relu2").isel(checkpoint=-1))
    by_neuron = gradient_tables.pull_by_neuron(run)
    one = by_neuron[(by_neuron["layer"] == "layer 2") & (by_neuron["neuron"] == 3) & (by_neuron["checkpoint"] == 0)]
    assert one["value"].item() == float(loss_gradients.by_unit(run).sel(layer="relu2", unit=3, checkpoint=0))


def test_images_to_look_at_are_correct_ones_then_mistakes(seen: dict[str, np.ndarray]) -> None:
    labels, predicted = mnist.load("test").labels, seen["output"].argmax(1)
    images = pixel_maps.chosen(predicted)
    assert labels[images[:10]].tolist() == predicted[images[:10]].tolist() == list(range(10))
    assert (labels[images[10:]] != predicted[images[10:]]).all()
    assert len(images) == 10 + pixel_maps.N_MISCLASSIFIED
    names = pixel_maps.names(images, predicted)
    assert list(names.values()) == images.tolist()
    assert list(names)[:10] == [str(digit) for digit in range(10)]


def test_labels_of_maps_come_in_the_order_of_the_maps() -> None:
    found = xr.Dataset(
        {
            "maps": (("method", "image", "neuron", "pixel"), np.zeros((2, 2, 3, 4))),
            "before": (("image", "neuron"), [[1.0, -2.0, 0.0], [4.0, 5.0, -6.0]]),
        },
        coords={"method": ["a", "b"], "image": [70, 80], "neuron": range(3)},
    )
    frame = pixel_maps.labels(found)
    assert len(frame) == 12
    row = frame[(frame["method"] == "b") & (frame["image"] == 80) & (frame["neuron"] == 2)]
    assert row["label"].item() == "2: −6.0"
    assert row.index.item() == 11


def test_changes_are_told_and_shown(run: Run) -> None:
    images = mnist.sample("test", 1)[:2]
    found = xr.Dataset(
        {
            "read": ("image", [0, 1]),
            "to": ("image", [6, -1]),
            "distance": ("image", [1.25, np.inf]),
            "noise": ("image", [9.5, np.inf]),
            "other_image": ("image", [6.0, 7.0]),
            "change": (("image", "pixel"), np.zeros((2, 784), np.float32)),
        },
        {"image": images},
    )
    first, second = changes.sentences(found)["text"].tolist()
    assert first.startswith(
        "Read as **0**. Nearest other answer: **6**, 1.25 away. A random direction changes the answer"
    )
    assert "No other answer was found" in second
    assert "never changes the answer" in second
    assert changes.lengths(found)["label"].tolist() == ["toward 6", "no change found"]
    arrays, frame = changes.pictures(found, run)
    np.testing.assert_allclose(arrays[:2], arrays[2:])
    np.testing.assert_allclose(arrays[0], mnist.load("test").images[images[0]] / 255, atol=1e-6)
    assert frame["image"].tolist() == [*images, *images]
    read = activations.logits(run.model(), mnist.load("test").pixels[images]).argmax(1).tolist()
    assert frame["label"].tolist() == [f"{kind}: {digit}" for kind in ("changed", "noise") for digit in read]
    predicted = mnist.load("test").labels
    figure = figures.nearest_digits(found, run, predicted, caption="Changes.", description="Changes.")
    assert all(f"{name}</" in figure.html for name in pixel_maps.names(images, predicted))


def test_changes_are_held_against_the_difference_of_mean_images() -> None:
    train = mnist.load("train")
    means = [train.pixels.numpy()[train.labels == digit].mean(0) for digit in (4, 9)]
    change = np.stack([means[1] - means[0], means[0] - means[1], np.zeros(784)])
    found = xr.Dataset(
        {"read": ("image", [4, 4, 4]), "to": ("image", [9, 9, -1]), "change": (("image", "pixel"), change)}
    )
    cosine = numbers._cosine_with_means
    assert cosine(found.isel(image=[0, 2])) == pytest.approx(1)
    assert cosine(found) == pytest.approx(0, abs=1e-6)
    assert cosine(found.isel(image=[2])) == 0


def test_gaps_close_with_more_steps(run: Run) -> None:
    gaps = pixel_maps.gaps(run, mnist.sample("test", 1)[:3], steps=(5, 40))
    assert gaps["gap"].iloc[1] < gaps["gap"].iloc[0] < 1
    assert (gaps["worst"] >= gaps["gap"]).all()


def test_weights_are_compared_over_correct_images_alone() -> None:
    test = mnist.load("test")
    images = mnist.sample("test", 1)
    predicted = test.labels.copy()
    predicted[images[2:]] += 1
    weights = np.random.default_rng(1).normal(size=(len(images), 16, 784))
    weights[1] = weights[0]
    found = xr.Dataset(
        {"maps": (("method", "image", "neuron", "pixel"), weights[None])},
        coords={"method": ["weights (signed)"], "image": images},
    )
    said = numbers.weights_over_images(found, predicted)
    assert said["cosine_weights"] == pytest.approx(1)
    assert said["empty_ratio"] == pytest.approx(1, abs=0.05)


def test_kinds_add_up_to_the_layer(run: Run) -> None:
    counts = kinds.over_training(Population(run.recipe, (run,)))
    totals = counts.groupby(["layer", "epoch"])["middle"].sum()
    assert set(totals["layer 1"]) == {32}
    assert set(totals["layer 2"]) == {16}


def test_dead_neurons_are_not_matched() -> None:
    seeds = ("seed", "unit")
    matches = xr.Dataset(
        {"trained": (seeds, [[0.2, 0.9, 0.0], [0.4, 0.7, 0.0]]), "rotated": (seeds, np.full((2, 3), 0.1))},
        coords={"unit": range(3)},
    )
    frame = kinds.living_matches(matches, xr.DataArray([0.5, 0.5, 0.0], dims="unit"))
    assert frame["neuron"].tolist() == ["neuron 1", "neuron 0"]
    np.testing.assert_allclose(frame[["match", "low", "high"]], [[0.8, 0.7, 0.9], [0.3, 0.2, 0.4]])


def test_clusters_are_told_apart_by_their_digit() -> None:
    share, area = np.full((2, 10), 0.05), np.full((2, 10), 0.5)
    share[1, 7], share[0, 9], share[0, 1], share[1, [2, 3, 5]] = 0.6, 0.7, 0.8, [0.3, 0.4, 0.2]
    area[1, 9], area[0, 7] = 0.91, 0.92
    one = xr.Dataset(
        {"share": (("cluster", "digit"), share), "auroc": (("cluster", "digit"), area), "cosine": ((), 0.5)},
        coords={"cluster": ["cluster 1", "cluster 2"], "digit": range(10)},
    )
    null = xr.Dataset({"halves": ("repeat", [0.9, 0.8]), "clouds": ("repeat", [0.7, 0.6])})
    null["one_digit"] = ("digit", np.full(10, np.nan))
    said = numbers.clusters({14: one, 0: one}, {14: null, 0: null})
    assert (float(said["share_77"]), float(said["share_99"])) == (0.6, 0.7)
    assert (float(said["area_79"]), float(said["area_97"]), float(said["share_11"])) == (0.91, 0.92, 0.8)
    assert said["other_0"] == "7s, 3s and 2s"
    assert (said["digits14"], said["n_clouds"], float(said["clouds14_low"])) == (1.0, 2, 0.6)


def test_a_portrait_is_of_one_unit(own: xr.Dataset) -> None:
    said = numbers.portraits(own, own.expand_dims("seed"))
    neuron6 = own.sel(state="trained", layer="relu2", unit=6)
    assert said["n6_second"] == int(neuron6["train_means"].to_numpy().argsort()[-2])
    assert said["n11_is"] == "dead"
    assert int(said["own_selective"]) == float(said["typical_selective"]) >= 1
    fifteen = own.sel(state="trained", layer="relu2", unit=15)
    assert float(said["n15_finds"]) == float(fifteen["hits"])


def test_misclassified_images_are_all_of_them() -> None:
    labels = mnist.load("test").labels
    predicted = labels.copy()
    predicted[[5, 77]] = (labels[[5, 77]] + 1) % 10
    frame = example_images.misclassified(predicted)
    expected = pd.DataFrame({"image": [5, 77], "label": labels[[5, 77]], "predicted": predicted[[5, 77]]})
    pd.testing.assert_frame_equal(frame, expected)
