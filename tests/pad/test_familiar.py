"""How near and how dark training images are, and the plane of layer 2, against numbers by hand."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.methods import activations
from mnist_interp.pad import familiar, markup, networks, payloads
from mnist_interp.training import registry

RECIPES = {"published": registry.PUBLISHED, "normalized": registry.NORMALIZED}


def test_distances_are_means_over_the_nearest_five() -> None:
    line = np.arange(10.0)[:, None] * np.array([[3.0, 4.0]])  # 5 apart
    np.testing.assert_allclose(familiar.distances(line[:1], line), [5 * np.mean([0, 1, 2, 3, 4])])
    np.testing.assert_allclose(familiar.distances(line, line, itself=True)[[0, 9]], [15, 15])
    np.testing.assert_allclose(familiar.distances(line, line, itself=True)[4], 5 * np.mean([1, 1, 2, 2, 3]))


def test_a_test_image_is_as_familiar_as_a_training_image() -> None:
    quantiles = {name: np.array(values) for name, values in familiar.quantiles().items()}
    assert all((np.diff(values) >= 0).all() and len(values) == familiar.STEPS + 1 for values in quantiles.values())
    train, test = (mnist.load(split).pixels.numpy() for split in ("train", "test"))
    asked = test[mnist.sample("test", 50)]
    measured = {"distance": familiar.distances(asked, train[familiar.places()]), "ink": asked.sum(1)}
    for name, values in measured.items():
        for share in (0.05, 0.5, 0.95):
            at = quantiles[name][round(share * familiar.STEPS)]
            assert (values < at).mean() == pytest.approx(share, abs=0.05), (name, share)


def test_the_plane_is_affine_and_sets_digits_apart() -> None:
    run = training.run(replace(registry.PUBLISHED, epochs=1))
    plane = {name: np.array(values) for name, values in familiar.plane(run).items()}
    assert plane["axes"].shape == (2, 16)
    train, weights = mnist.load("train"), {name: kept[-1] for name, kept in run.weights.items()}
    first = np.maximum(train.pixels.numpy() @ weights["linear1.weight"].T + weights["linear1.bias"], 0)
    second = np.maximum(first @ weights["linear2.weight"].T + weights["linear2.bias"], 0)
    places = (second - plane["center"]) @ plane["axes"].T
    means = np.stack([places[train.labels == digit].mean(0) for digit in range(10)])
    np.testing.assert_allclose(plane["means"], means, atol=1e-3)
    within = np.mean([places[train.labels == digit].var(0) for digit in range(10)])
    assert means.var(0).min() > within


def test_a_pad_wants_its_four_networks() -> None:
    with pytest.raises(ValueError, match="needs the networks published, normalized, cnn, transformer"):
        networks.checked({"cnn": training.run(replace(registry.PUBLISHED, epochs=1))})


def test_what_decides_a_run_finds_it_again() -> None:
    run = training.run(replace(registry.NORMALIZED, epochs=1))
    (found,) = networks.decided(networks.decides({"normalized": run})).values()
    assert (found.recipe, found.seed) == (run.recipe, run.seed)


def test_a_transformer_whose_pixels_are_shuffled_is_refused() -> None:
    recipe = replace(registry.TRANSFORMER, pixels="shuffled", epochs=1, dense=0, dense_epochs=0, images="validation")
    with pytest.raises(ValueError, match="the bench cannot compute"):
        payloads.network("transformer", training.run(recipe))


def test_images_on_the_maps_lie_where_the_layers_put_them() -> None:
    runs = {name: training.run(replace(recipe, epochs=1)) for name, recipe in RECIPES.items()}
    given: dict[str, Any] = payloads.mapped(runs)
    pixels = mnist.load("test").pixels[given["images"]]
    assert given["labels"] == mnist.load("test").labels[given["images"]].tolist()
    for name, run in runs.items():
        layer = given["layers"][name]
        found = np.frombuffer(base64.b64decode(layer["values"]), "<u2").reshape(len(pixels), -1) * layer["most"] / 65535
        expected = activations.record(run.model(), pixels, ["relu2"])["relu2"].numpy()
        np.testing.assert_allclose(found, expected, atol=layer["most"] / 65535)


def test_reach_is_the_greatest_activation_on_the_test_images() -> None:
    run = training.run(replace(registry.PUBLISHED, epochs=1))
    seen = activations.record(run.model(), mnist.load("test").pixels, ["relu1", "relu2"])
    expected = np.hstack([seen[layer].numpy().max(0) for layer in ("relu1", "relu2")])
    np.testing.assert_allclose(payloads.reach(run), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0"), (0.0004, "0"), (0.0006, "0.1"), (0.995, "99.5"), (0.9996, "100")]
)
def test_percents_hide_no_runner_up(share: float, words: str) -> None:
    assert markup.percent(share) == words
