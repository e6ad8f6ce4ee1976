"""What excites a channel most: the places of test images at which its map is largest, cut out with what lies around.

A value of a map sees a square of pixels, its receptive field: 6 x 6 behind the first convolution and its pooling, 16 x
16 behind the second. Cuts have a margin of four pixels, blank beyond the edges, so that the context shows. About a
second a layer for 10,000 images.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.methods import activations, receptive_fields
from mnist_interp.training.runs import Run


def top(run: Run, layer: str, *, count: int) -> xr.Dataset:
    """Return for each channel the test images that excite it most at some place, and those places, cut out.

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
    xarray.Dataset
        The strongest first: ``image`` (channel, rank), its index in the test set; ``value`` (channel, rank), the map's
        largest value there; ``pixels`` (channel, rank, row, column), in [0, 1], the receptive field in their middle.
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
    axes = ("channel", "rank")
    return xr.Dataset(
        {"image": (axes, images), "value": (axes, values), "pixels": ((*axes, "row", "column"), np.array(cuts))},
        coords={"channel": range(maps.shape[1])},
    )
