"""Receptive fields: what autograd says a value depends on, and cuts that hold it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

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
