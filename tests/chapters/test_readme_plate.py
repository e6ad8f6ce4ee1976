"""The plate's frames, against direct counts, for a network whose layers are normalized."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.chapters.normalization import readme_plate
from mnist_interp.data import mnist
from mnist_interp.methods import activations, selectivity
from mnist_interp.training import registry


@pytest.fixture(scope="module")
def normalized() -> readme_plate.Plate:
    return readme_plate.of(training.run(registry.NORMALIZED))


def test_untouched_and_confused_are_the_networks_own(normalized: readme_plate.Plate) -> None:
    run, test = training.run(registry.NORMALIZED), mnist.load("test")
    read = run.model()(test.pixels).argmax(1).numpy()
    own = np.array([(read[test.labels == digit] == digit).mean() for digit in range(10)])
    untouched = normalized.response[(normalized.response["dose"] == 1) & (normalized.response["neuron"] == 3)]
    np.testing.assert_allclose(untouched["accuracy"], own, atol=6e-4)
    table = normalized.confusion.pivot(index="true", columns="predicted", values="count").to_numpy()
    assert (table.sum(), np.trace(table)) == (10_000, (read == test.labels).sum())


def test_spread_is_that_of_the_recorded_layer(normalized: readme_plate.Plate) -> None:
    run = training.run(registry.NORMALIZED)
    values = activations.record(run.model(), mnist.load("test").pixels, ["linear2"])["linear2"]
    last = normalized.spread[normalized.spread["epoch"] == run.recipe.epochs].set_index("layer")["value"]
    assert last["linear2"] == pytest.approx(float(values.double().std(correction=0)))
    assert "output" not in last


def test_favorites_are_the_most_selective_on_training_images(normalized: readme_plate.Plate) -> None:
    run, train = training.run(registry.NORMALIZED), mnist.load("train")
    values = activations.record(run.model(), train.pixels, ["relu2"])["relu2"].numpy()
    scores = selectivity.class_selectivity(selectivity.class_means(values, train.labels))
    np.testing.assert_array_equal(normalized.favorites, selectivity.top_units(scores, 1)[:, 0])


def test_the_map_keeps_images_and_labels_together(normalized: readme_plate.Plate) -> None:
    assert len(normalized.map) == 10 * readme_plate.MAPPED_PER_CLASS
    np.testing.assert_array_equal(normalized.map["label"], mnist.load("test").labels[normalized.map["image"]])
