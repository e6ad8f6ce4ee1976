"""Attribution: captum against the closed form, completeness, and one-hot maps against passes by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import loss_gradients
from mnist_interp.methods import activations, attribution
from mnist_interp.training import models, registry
from mnist_interp.training.recipe import Recipe


@pytest.fixture
def model() -> nn.Sequential:
    return models.initialize(Recipe(), 5)[0].eval().requires_grad_(False)


@pytest.fixture
def images() -> torch.Tensor:
    return mnist.load("test").pixels[:12]


@pytest.mark.parametrize("layer", ["linear1", "linear2", "output"])
def test_input_weights_are_the_gradients(model: nn.Sequential, images: torch.Tensor, layer: str) -> None:
    weights = attribution.input_weights(model, images, layer)
    values = activations.record(model, images, [layer])[layer].numpy()
    for unit in range(values.shape[1]):
        inputs = images.clone().requires_grad_()
        with activations.recording(model, [layer]) as recorded:
            model(inputs)
        (expected,) = torch.autograd.grad(recorded[layer][:, unit].sum(), inputs)
        np.testing.assert_allclose(weights[:, unit], expected.numpy(), atol=1e-6)
    constants = values - np.einsum("nup,np->nu", weights, images.numpy())
    nudged = images * 0.999
    after = activations.record(model, nudged, [layer])[layer].numpy()
    expected_after = np.einsum("nup,np->nu", weights, nudged.numpy()) + constants
    same = activations.record(model, images, ["relu1", "relu2"]), activations.record(model, nudged, ["relu1", "relu2"])
    kept = np.all([((a > 0) == (b > 0)).all(1).numpy() for a, b in zip(*(s.values() for s in same), strict=True)], 0)
    assert kept.any()
    np.testing.assert_allclose(after[kept], expected_after[kept], atol=1e-5)


def test_saliency_is_the_absolute_value_of_the_weights(model: nn.Sequential, images: torch.Tensor) -> None:
    expected = np.abs(attribution.input_weights(model, images, "linear2")[:, 4])
    np.testing.assert_allclose(attribution.saliency(model, images, "linear2", 4), expected, atol=1e-6)


def test_integrated_gradients_are_complete(model: nn.Sequential, images: torch.Tensor) -> None:
    gaps = []
    for steps in (10, 300):
        shares, gap = attribution.integrated_gradients(model, images, "linear2", 4, steps=steps)
        blank, values = (
            activations.record(model, x, ["linear2"])["linear2"][:, 4].numpy() for x in (images * 0, images)
        )
        np.testing.assert_allclose(shares.sum(1) - (values - blank), gap, atol=1e-4)
        assert not shares[images.numpy() == 0].any()
        gaps.append(np.abs(gap).mean())
    assert gaps[1] < 0.1 * gaps[0] or gaps[1] < 1e-3
    assert gaps[1] < 0.01 * np.abs(values - blank).mean()


def test_integrated_gradients_of_a_linear_layer_are_its_weights_times_the_ink(
    model: nn.Sequential, images: torch.Tensor
) -> None:
    shares, gap = attribution.integrated_gradients(model, images, "linear1", 3, steps=5)
    np.testing.assert_allclose(shares, model.linear1.weight[3].numpy() * images.numpy(), atol=1e-6)
    np.testing.assert_allclose(gap, 0, atol=1e-5)


def test_one_hot_maps_add_one_pixel_to_the_blank_image(model: nn.Sequential) -> None:
    np.testing.assert_allclose(attribution.one_hot_maps(model, "linear1"), model.linear1.weight.numpy(), atol=1e-6)
    maps = attribution.one_hot_maps(model, "linear2")
    lone = torch.zeros(2, 784)
    lone[1, 400] = 1
    blank, lit = activations.record(model, lone, ["linear2"])["linear2"].numpy()
    np.testing.assert_allclose(maps[:, 400], lit - blank, atol=1e-6)


def test_what_does_not_fit_is_refused(model: nn.Sequential, images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="unknown layer 'linear3': this model has linear1, relu1"):
        attribution.saliency(model, images, "linear3", 0)
    with pytest.raises(ValueError, match="cannot take input weights of 'relu1'"):
        attribution.input_weights(model, images, "relu1")


def test_sizes_of_loss_gradients_are_those_of_the_formula() -> None:
    run = training.run(registry.PUBLISHED)
    found = loss_gradients.over_training(run)
    digits, last = mnist.load("test"), run.model()
    error = last(digits.pixels).softmax(1) - torch.eye(10)[digits.targets]
    by_hand = error @ last.output.weight
    np.testing.assert_allclose(found["units"][-1, 32:], by_hand.abs().mean(0).numpy(), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found["layers"][-1, 1], float(by_hand.norm(dim=1).mean()), rtol=1e-3)
