"""What excites a channel most: the places of test images at which its map is largest, cut out with what lies around.

A value of a map sees a square of pixels, its receptive field: 6 x 6 behind the first convolution and its pooling, 16 x
16 behind the second. Cuts have a margin of four pixels, blank beyond the edges, so that the context shows. About a
second a layer for 10,000 images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import nn

from mnist_interp import mnist, probe
from mnist_interp.training import Run

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


def top(run: Run, layer: str, *, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find for each channel the test images that excite it most at some place, and cut those places out.

    Parameters
    ----------
    run : Run
        A convolutional network.
    layer : str
        One of maps, such as ``"relu2"``.
    count : int
        How many images a channel, each with its strongest place.

    Returns
    -------
    images : numpy.ndarray of shape (n_channels, count)
        Indices in the test set, the strongest first.
    values : numpy.ndarray of shape (n_channels, count)
        The map's largest value there.
    cuts : numpy.ndarray of shape (n_channels, count, width, width)
        Pixels in [0, 1], the receptive field in their middle.
    """
    model, digits = run.model(), mnist.load("test")
    maps = probe.activations(model, digits.pixels, [layer])[layer]
    flat = maps.flatten(2)
    largest, place = flat.max(2)
    values, images = (found.T.numpy() for found in largest.topk(count, dim=0))
    field = receptive_field(model, layer)
    cuts = [
        [
            cut(
                digits.images[image] / 255,
                field,
                *divmod(int(place[image, channel]), maps.shape[3]),
                margin=MARGIN,
            )
            for image in images[channel]
        ]
        for channel in range(maps.shape[1])
    ]
    return images, values, np.array(cuts)
