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
from tests.methods.modules import made


@pytest.fixture
def model() -> nn.Sequential:
    return models.initialize(Recipe(), 5)[0].eval().requires_grad_(False)


@pytest.fixture
def images() -> torch.Tensor:
    return mnist.load("test").pixels[:12]


def by_hand(model: nn.Sequential, images: torch.Tensor, layer: str) -> np.ndarray:
    """Multiply the layers out, with the ReLUs that are open on each image."""
    state, weights = model.state_dict(), model.linear1.weight.detach().expand(len(images), -1, -1)
    opened = activations.record(model, images, ["relu1", "relu2"])
    for below, name in {"relu1": "linear2", "relu2": "output"}.items():
        if layer == "linear1" or (layer, name) == ("linear2", "output"):
            break
        weights = (state[f"{name}.weight"] * (opened[below] > 0)[:, None, :]) @ weights
    return weights.numpy()


@pytest.mark.parametrize("layer", ["linear1", "linear2", "output"])
def test_input_weights_are_the_gradients(model: nn.Sequential, images: torch.Tensor, layer: str) -> None:
    weights = attribution.input_weights(model, images, layer)
    values = activations.record(model, images, [layer])[layer].numpy()
    for unit in range(values.shape[1]):
        np.testing.assert_allclose(weights[:, unit], by_hand(model, images, layer)[:, unit], atol=1e-6)
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


@pytest.mark.parametrize("method", ["integrated gradients", "saliency", "input weights"])
@pytest.mark.parametrize("unit", [99, -1])
def test_a_unit_that_is_not_there_is_refused(
    model: nn.Sequential, images: torch.Tensor, method: attribution.Method, unit: int
) -> None:
    with pytest.raises(ValueError, match=f"no unit {unit}: this layer has units 0 to 31"):
        attribution.attribute(model, images, layer="linear1", unit=unit, method=method)


def test_what_does_not_fit_is_refused(model: nn.Sequential, images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="unknown layer 'linear3': this model has linear1, relu1"):
        attribution.saliency(model, images, "linear3", 0)
    with pytest.raises(ValueError, match="unknown method 'guess'"):
        attribution.attribute(model, images, layer="linear1", unit=0, method="guess")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("functional and in-place ReLUs", "fc2"),
        ("the notebooks' class", "fc2"),
        ("GELU and a residual connection", "out"),
    ],
)
def test_attribution_sees_whatever_the_forward_pass_does(name: str, layer: str) -> None:
    network, inputs, _ = made(name)
    shares = attribution.attribute(network, inputs, layer=layer, unit=1, steps=300)
    ends = [activations.record(network, x, [layer])[layer][:, 1].numpy() for x in (inputs, torch.zeros_like(inputs))]
    np.testing.assert_allclose(shares.sum(1), ends[0] - ends[1], atol=0.02)
    slopes = attribution.attribute(network, inputs, layer=layer, unit=1, method="input weights")
    nudge = 1e-3 * torch.randn(inputs.shape, generator=torch.Generator().manual_seed(1))
    moved = activations.record(network, inputs + nudge, [layer])[layer][:, 1].numpy() - ends[0]
    np.testing.assert_allclose((slopes * nudge.numpy()).sum(1), moved, atol=2e-4)
    sizes = attribution.attribute(network, inputs, layer=layer, unit=1, method="saliency")
    np.testing.assert_allclose(sizes, np.abs(slopes), atol=1e-6)


def test_sizes_of_loss_gradients_are_those_of_the_formula() -> None:
    run = training.run(registry.PUBLISHED)
    of_units, of_layers = (
        loss_gradients.by_unit(run).isel(checkpoint=-1),
        loss_gradients.by_layer(run).isel(checkpoint=-1),
    )
    digits, last = mnist.load("test"), run.model()
    error = last(digits.pixels).softmax(1) - torch.eye(10)[digits.targets]
    by_hand = error @ last.output.weight
    np.testing.assert_allclose(of_units.sel(layer="relu2"), by_hand.abs().mean(0).numpy(), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(of_layers.sel(layer="relu2"), float(by_hand.norm(dim=1).mean()), rtol=1e-3)
