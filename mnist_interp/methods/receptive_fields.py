"""Which pixels a value of a map sees, and cutting them out of an image with a margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import nn

MARGIN = 4


@dataclass(frozen=True)
class Field:
    """Which pixels a value of a map sees: value ``i`` those from ``start + i * step``, ``width`` of them, each way."""

    start: int
    step: int
    width: int


_POINTWISE = (
    nn.ReLU, nn.GELU, nn.Tanh, nn.Sigmoid, nn.Identity, nn.Dropout, nn.Dropout2d, nn.BatchNorm2d, nn.Unflatten,
)  # fmt: skip


def _square(value: int | tuple[int, ...], name: str) -> int:
    sizes = {int(one) for one in (value if isinstance(value, tuple) else (value,))}
    if len(sizes) > 1:
        raise ValueError(f"a {name} of {value} is not square: expected one number for rows and columns")
    return sizes.pop()


def receptive_field(model: nn.Sequential, layer: str) -> Field:
    """Work out the receptive field of a layer's values from the convolutions and poolings up to it.

    Strides and dilations count; groups do not matter, as a field is of places.

    Raises
    ------
    ValueError
        If the layer is unknown, or something before it has no such field: a linear layer, a convolution that pads in
        circles, by reflection or by a name.
    """
    names = [name for name, _ in model.named_children()]
    if layer not in names:
        raise ValueError(f"unknown layer {layer!r}: this model has {', '.join(names)}")
    start, step, width = 0, 1, 1
    for module in model[: names.index(layer) + 1]:
        if isinstance(module, _POINTWISE) or getattr(module, "pointwise", False):
            continue
        if not isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            raise ValueError(f"a value behind {type(module).__name__} sees no square of the image: ask before it")
        if isinstance(module, nn.Conv2d) and (module.padding_mode != "zeros" or isinstance(module.padding, str)):
            raise ValueError(
                f"a convolution that pads by {module.padding_mode!r}, {module.padding!r} has no square field"
            )
        size = _square(module.kernel_size, "kernel")
        padding = _square(module.padding, "padding")  # type: ignore[arg-type]
        spread = _square(getattr(module, "dilation", 1), "dilation")
        start -= step * padding
        width += step * spread * (size - 1)
        step *= _square(module.stride, "stride")
    return Field(start, step, width)


def cut(image: np.ndarray, field: Field, row: int, column: int, *, margin: int) -> np.ndarray:
    """Cut from an image, (28, 28), what a value of a map sees, with a margin; blank beyond the image."""
    reach = margin + max(-field.start, 0) + field.width
    padded = np.pad(image, reach)
    top, left = (reach + field.start + field.step * place - margin for place in (row, column))
    size = field.width + 2 * margin
    return padded[top : top + size, left : left + size]
