"""Which pixels a value of a map sees, and cutting them out of an image with what lies around."""

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


def receptive_field(model: nn.Sequential, layer: str) -> Field:
    """Work out the receptive field of a layer's values from the convolutions and poolings up to it.

    Raises
    ------
    ValueError
        If the layer is unknown.
    """
    names = [name for name, _ in model.named_children()]
    if layer not in names:
        raise ValueError(f"unknown layer {layer!r}: this model has {', '.join(names)}")
    start, step, width = 0, 1, 1
    for module in model[: names.index(layer) + 1]:
        if isinstance(module, nn.Conv2d):
            start -= step * int(module.padding[0])
            width += step * (module.kernel_size[0] - 1)
        elif isinstance(module, nn.MaxPool2d):
            size = module.kernel_size[0] if isinstance(module.kernel_size, tuple) else module.kernel_size
            width += step * (size - 1)
            step *= size
    return Field(start, step, width)


def cut(image: np.ndarray, field: Field, row: int, column: int, *, margin: int) -> np.ndarray:
    """Cut out of an image, (28, 28), what a value of a map sees, with a margin; blanks stand for what lies outside."""
    reach = margin + max(-field.start, 0) + field.width
    padded = np.pad(image, reach)
    top, left = (reach + field.start + field.step * place - margin for place in (row, column))
    size = field.width + 2 * margin
    return padded[top : top + size, left : left + size]
