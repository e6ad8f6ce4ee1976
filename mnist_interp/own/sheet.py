"""A reader's images as one picture of tiles, 100 in a row, as the bench shows those that flipped."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

ACROSS = 100
_LARGEST = 64  # pixels of a tile's longer side; larger images lose rows and columns
_INK = 15  # levels are 16, as in the book's own sheet


def tiles(pictures: np.ndarray, *, ink: bool) -> bytes:
    """Return a PNG.

    Parameters
    ----------
    pictures : numpy.ndarray of shape (n_images, height, width)
        Any numbers; their range is that of the grays.
    ink : bool
        Whether the highest is black, as ink on paper; white otherwise.
    """
    step = -(-max(pictures.shape[1:]) // _LARGEST)
    small = pictures[:, ::step, ::step].astype(np.float64)
    low, high = small.min(), small.max()
    gray = np.rint((small - low) / (high - low or 1) * _INK).astype(np.uint8)
    gray = (_INK - gray if ink else gray) * (255 // _INK)
    count, height, width = gray.shape
    rows = -(-count // ACROSS)
    whole = np.full((rows * ACROSS, height, width), 255, dtype=np.uint8)
    whole[:count] = gray
    joined = whole.reshape(rows, ACROSS, height, width).swapaxes(1, 2).reshape(rows * height, ACROSS * width)
    out = io.BytesIO()
    Image.fromarray(joined).quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()
