"""What excites a channel most: the places of test images at which its map is largest, cut out with what lies around.

A value of a map sees a square of pixels, its receptive field: 6 x 6 behind the first convolution and its pooling, 16 x
16 behind the second. Cuts have a margin of four pixels, blank beyond the edges, so that the context shows. About a
second a layer for 10,000 images.
"""

from __future__ import annotations

import numpy as np

from mnist_interp.data import mnist
from mnist_interp.methods import activations, receptive_fields
from mnist_interp.training.runs import Run


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
    maps = activations.record(model, digits.pixels, [layer])[layer]
    flat = maps.flatten(2)
    largest, place = flat.max(2)
    values, images = (found.T.numpy() for found in largest.topk(count, dim=0))
    field = receptive_fields.receptive_field(model, layer)
    cuts = [
        [
            receptive_fields.cut(
                digits.images[image] / 255,
                field,
                *divmod(int(place[image, channel]), maps.shape[3]),
                margin=receptive_fields.MARGIN,
            )
            for image in images[channel]
        ]
        for channel in range(maps.shape[1])
    ]
    return images, values, np.array(cuts)
