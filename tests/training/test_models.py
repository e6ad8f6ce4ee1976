"""The networks: against layers built by hand from the same seed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mnist_interp.training import models
from mnist_interp.training.recipe import Recipe


@pytest.mark.parametrize("seed", [0, 31416])
def test_initialization_is_pytorchs_own_from_the_seed(seed: int) -> None:
    before = torch.get_rng_state()
    model, stream = models.initialize(Recipe(), seed)
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        by_hand = nn.Sequential(nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 10))
        following = torch.rand(5)
    for ours, theirs in zip(model.parameters(), by_hand.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert torch.equal(torch.rand(5, generator=stream), following)


def test_layers_are_named_and_counted() -> None:
    model = models.mlp()
    assert [name for name, _ in model.named_children()] == ["linear1", "relu1", "linear2", "relu2", "output"]
    assert models.n_parameters(model) == 784 * 32 + 32 + 32 * 16 + 16 + 16 * 10 + 10


def test_norms_and_dropout_come_where_they_are_asked_for() -> None:
    model = models.mlp(hidden=(8, 6, 4), norms=("layer-before", "layer-after", "batch-before"), dropout=(0.0, 0.5, 0.1))
    assert " ".join(name for name, _ in model.named_children()) == (
        "linear1 norm1 relu1 linear2 relu2 norm2 dropout2 linear3 norm3 relu3 dropout3 output"
    )
    kinds = [type(model.get_submodule(f"norm{number}")) for number in (1, 2, 3)]
    assert kinds == [nn.LayerNorm, nn.LayerNorm, nn.BatchNorm1d]
    assert [model.get_submodule(f"dropout{number}").p for number in (2, 3)] == [0.5, 0.1]
    assert model(torch.zeros(2, 784)).shape == (2, 10)


def test_arms_with_and_without_dropout_start_from_the_same_weights() -> None:
    plain, _ = models.initialize(Recipe(), 5)
    dropped, _ = models.initialize(Recipe(options=(("dropout", (0.2, 0.2)),)), 5)
    for ours, theirs in zip(plain.parameters(), dropped.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_standardization_becomes_the_first_layer() -> None:
    recipe = Recipe(shift=0.1307, scale=0.3081)
    model, _ = models.initialize(recipe, 0)
    pixels = torch.rand(4, 784, generator=torch.Generator().manual_seed(0))
    whole = models.from_pixels(model, recipe)
    assert torch.equal(whole(pixels), model((pixels - 0.1307) / 0.3081))
    assert next(name for name, _ in whole.named_children()) == "input"
    assert next(name for name, _ in models.from_pixels(model, Recipe()).named_children()) == "linear1"


def test_the_cnn_is_two_convolutions_and_a_hidden_layer() -> None:
    model = models.cnn()
    assert models.n_parameters(model) == 28_874
    assert models.n_parameters(models.cnn(padding=0)) == 11_978
    pixels = torch.rand(7, 784, generator=torch.Generator().manual_seed(0))
    x = pixels.view(7, 1, 28, 28)
    for conv in (model.conv1, model.conv2):  # rectified before it is pooled: the same
        x = nn.functional.max_pool2d(nn.functional.conv2d(x, conv.weight, conv.bias, padding=2).relu(), 2)
    expected = model.output(model.linear3(x.reshape(7, -1)).relu())
    torch.testing.assert_close(model(pixels), expected)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown model 'mpl': expected one of cnn, mlp"):
        models.build(Recipe(model="mpl"))
    with pytest.raises(ValueError, match="expected equal lengths, got 3, 2 and 2"):
        models.mlp(hidden=(32, 16, 8))
