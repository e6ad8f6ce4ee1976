"""Digits as one picture: the 10,000 test images in 100 rows of 100 tiles, and small sheets of a few of them.

The ink is in the alpha channel (16 levels, a palette of 4 bits a pixel), so a tile stands on any ground, and the dark
theme shows it by inverting black to white. The whole sheet is about 1 MB and is loaded once, when first asked for.
"""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

TILE = 28
ACROSS = 100
_LEVELS = 16


def sheet(images: np.ndarray, *, across: int = ACROSS) -> bytes:
    """Return a PNG of images in rows of tiles, from left to right and top to bottom.

    Parameters
    ----------
    images : numpy.ndarray of uint8, shape (n_images, 28, 28)
        Bytes as MNIST has them: 255 is ink.
    across : int
        Tiles in a row.

    Returns
    -------
    bytes
        The same for the same images.

    Raises
    ------
    ValueError
        If the images are not bytes of 28 x 28 pixels, or there are none.
    """
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (TILE, TILE) or not len(images):
        raise ValueError(
            f"cannot draw images of dtype {images.dtype} and shape {images.shape}: expected uint8 of shape "
            f"(n_images, {TILE}, {TILE}), n_images at least 1, as mnist.load('test').images has them"
        )
    down = -(-len(images) // across)
    tiles = np.zeros((down * across, TILE, TILE), np.uint8)
    tiles[: len(images)] = np.rint(images / 255 * (_LEVELS - 1)).astype(np.uint8)
    grid = tiles.reshape(down, across, TILE, TILE).swapaxes(1, 2).reshape(down * TILE, across * TILE)
    picture = Image.fromarray(grid)
    picture.putpalette([0, 0, 0] * _LEVELS)
    out = io.BytesIO()
    alpha = bytes(round(255 * level / (_LEVELS - 1)) for level in range(_LEVELS))
    picture.save(out, "PNG", bits=4, transparency=alpha, optimize=True)
    return out.getvalue()


def data_address(png: bytes) -> str:
    """Return a PNG as a ``data:`` address."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
