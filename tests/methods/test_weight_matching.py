"""Units put in another order: the function stays, and a shuffled network is put back in its order."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp.methods import activations, similarity, weight_matching
from mnist_interp.training import models

IMAGES = torch.rand(200, 784, generator=torch.Generator().manual_seed(4))
ORDERS = {"relu1": np.random.default_rng(1).permutation(32), "relu2": np.random.default_rng(2).permutation(16)}


def made(seed: int) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return models.mlp().eval().requires_grad_(False)


def test_a_permuted_network_computes_the_same_function() -> None:
    model = made(3)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    found = weight_matching.permuted(model, ORDERS)
    torch.testing.assert_close(found.double()(IMAGES.double()), model.double()(IMAGES.double()))
    assert not torch.equal(found.linear1.weight, model.linear1.weight)
    for name, weight in model.float().state_dict().items():
        torch.testing.assert_close(weight, before[name], msg="the network itself stays as it was")


def test_units_come_in_the_order_that_is_asked_for() -> None:
    model = made(3)
    found = weight_matching.permuted(model, ORDERS)
    for layer, order in ORDERS.items():
        own, new = (activations.record(one, IMAGES, [layer])[layer] for one in (model, found))
        torch.testing.assert_close(new, own[:, order])


def test_matching_puts_a_shuffled_network_back_and_removes_the_barrier() -> None:
    model = made(5)
    shuffled = weight_matching.permuted(model, ORDERS)
    layers = list(ORDERS)
    seen = [activations.record(one, IMAGES, layers) for one in (model, shuffled)]
    back = weight_matching.permuted(
        shuffled, {layer: similarity.partners(*(one[layer].numpy() for one in seen)) for layer in layers}
    )
    half = weight_matching.between(model, back, 0.5)
    torch.testing.assert_close(half(IMAGES), model(IMAGES))
    assert not torch.allclose(weight_matching.between(model, shuffled, 0.5)(IMAGES), model(IMAGES), atol=1e-3)


def test_the_ends_of_a_path_are_the_networks_and_weights_are_mixed_between() -> None:
    one, other = made(6), made(7)
    for share, end in ((0.0, one), (1.0, other)):
        torch.testing.assert_close(weight_matching.between(one, other, share)(IMAGES), end(IMAGES))
    mixed = weight_matching.between(one, other, 0.25).output.bias
    torch.testing.assert_close(mixed, 0.75 * one.output.bias + 0.25 * other.output.bias)


@pytest.mark.parametrize(
    ("layers", "layer", "error"),
    [
        (OrderedDict(a=nn.Linear(4, 4), b=nn.LayerNorm(4), c=nn.ReLU(), d=nn.Linear(4, 2)), "c", "weights of its own"),
        (OrderedDict(a=nn.ReLU(), b=nn.Linear(4, 2)), "a", "nothing linear"),
        (OrderedDict(a=nn.Conv2d(1, 2, 3), b=nn.ReLU(), c=nn.Conv2d(2, 2, 3)), "b", "convolution"),
        (OrderedDict(a=nn.Linear(4, 4), b=nn.ReLU()), "c", "unknown layer"),
    ],
)
def test_what_cannot_be_permuted_is_refused(layers: OrderedDict, layer: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        weight_matching.permuted(nn.Sequential(layers), {layer: np.arange(4)})
