"""Receptive fields: what autograd says a value depends on, and cuts that hold it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.experiments import top_patches
from mnist_interp.methods import receptive_fields
from mnist_interp.training import models


@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("layer", ["conv1", "relu1", "conv2", "relu2"])
def test_a_value_depends_on_its_receptive_field_and_on_nothing_else(layer: str, padding: int) -> None:
    torch.manual_seed(0)
    model = models.cnn(padding=padding).eval()
    names = [name for name, _ in model.named_children()]
    cut = model[: names.index(layer) + 1]
    field = receptive_fields.receptive_field(model, layer)
    row, column = 2, 3
    touched = torch.zeros(28, 28)
    for seed in range(40):  # a maximum passes its gradient to one of four: many images to see them all
        pixels = torch.rand(1, 784, generator=torch.Generator().manual_seed(seed), requires_grad=True)
        (slope,) = torch.autograd.grad(cut(pixels)[0, :, row, column].sum(), [pixels])
        touched += slope.view(28, 28).abs()
    rows, columns = (np.flatnonzero(touched.sum(axis).numpy()) for axis in (1, 0))
    for found, place in ((rows, row), (columns, column)):
        first = field.start + field.step * place
        assert found.min() == max(first, 0)
        assert found.max() == min(first + field.width, 28) - 1


def test_a_cut_holds_the_field_in_its_middle() -> None:
    image = np.arange(784.0).reshape(28, 28) + 1
    field = receptive_fields.Field(start=-2, step=2, width=6)
    cut = receptive_fields.cut(image, field, 4, 5, margin=3)
    assert cut.shape == (12, 12)
    np.testing.assert_array_equal(cut[3:9, 3:9], image[6:12, 8:14])
    corner = receptive_fields.cut(image, field, 0, 0, margin=3)
    assert not corner[:5].any()
    assert corner[5, 5] == image[0, 0]


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown layer 'conv9'"):
        receptive_fields.receptive_field(models.cnn(), "conv9")


def _seen(model: nn.Sequential, size: int, channels: int) -> tuple[range, range]:
    """Return which rows, and columns, of the input the middle value of the last map depends on, by changing each."""
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, channels, size, size, generator=generator, dtype=torch.float64)
    model = model.double().eval()
    with torch.no_grad():
        middle = tuple(n // 2 for n in model(image).shape[2:])
        base = model(image)[0, :, middle[0], middle[1]]
        rows = [r for r in range(size) if not torch.equal(_changed(model, image, (..., r, slice(None)), middle), base)]
        columns = [c for c in range(size) if not torch.equal(_changed(model, image, (..., c), middle), base)]
    return range(rows[0], rows[-1] + 1), range(columns[0], columns[-1] + 1)


def _changed(model: nn.Sequential, image: torch.Tensor, where: tuple, middle: tuple[int, int]) -> torch.Tensor:
    other = image.clone()
    other[where] += torch.rand(other[where].shape, generator=torch.Generator().manual_seed(1)).double()
    return model(other)[0, :, middle[0], middle[1]]


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 4, 5, stride=2)],
        [nn.Conv2d(2, 4, 3, dilation=2, padding=2), nn.AvgPool2d(2), nn.Conv2d(4, 6, 3, groups=2, padding=1)],
        [nn.Conv2d(2, 3, 4, stride=3, padding=2), nn.AvgPool2d(3, stride=1, padding=1), nn.GELU()],
    ],
    ids=["stride", "dilation and groups", "overlapping pooling"],
)
def test_a_receptive_field_is_what_changes_the_value(layers: list[nn.Module]) -> None:
    model = nn.Sequential(*layers)
    generator = torch.Generator().manual_seed(1)
    for weight in model.parameters():  # above 0, so that no ReLU is shut and whatever is seen counts
        nn.init.uniform_(weight, 0.1, 1, generator=generator)
    rows, columns = _seen(model, 40, 2)
    field = receptive_fields.receptive_field(model, str(len(layers) - 1))
    with torch.no_grad():
        middle = model(torch.zeros(1, 2, 40, 40).double()).shape[2] // 2
    start = field.start + field.step * middle
    assert (rows, columns) == (range(start, start + field.width), range(start, start + field.width))


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"), "pads by 'circular'"),
        (nn.Conv2d(1, 2, (3, 5)), "not square"),
        (nn.Linear(4, 4), "behind Linear sees no square"),
    ],
)
def test_what_has_no_square_field_is_refused(module: nn.Module, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        receptive_fields.receptive_field(nn.Sequential(module), "0")


def test_the_strongest_places_come_first_and_lie_in_the_middle_of_their_cuts() -> None:
    torch.manual_seed(2)
    model = models.cnn(channels=(3, 4), hidden=6).eval().requires_grad_(False)
    found = top_patches.top(SimpleNamespace(model=lambda: model), "relu1", count=3)
    digits = mnist.load("test")
    maps = model[: [name for name, _ in model.named_children()].index("relu1") + 1](digits.pixels)
    field, side = receptive_fields.receptive_field(model, "relu1"), maps.shape[3]
    for channel in range(3):
        best = maps[:, channel].flatten(1).max(1)
        np.testing.assert_allclose(found["value"].sel(channel=channel), best.values.topk(3).values)
        image = int(found["image"].sel(channel=channel).isel(rank=0))
        place = divmod(int(best.indices[image]), side)
        expected = receptive_fields.cut(digits.images[image] / 255, field, *place, margin=receptive_fields.MARGIN)
        np.testing.assert_array_equal(found["pixels"].sel(channel=channel).isel(rank=0), expected)
