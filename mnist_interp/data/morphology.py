"""What a written digit looks like, measured on its image: slant, thickness and the size of its loops.

None of it is learned and none depends on a network. Slant comes from second moments, thickness from the ratio of ink to
outline, loops from filling what ink encloses. 10,000 images take about a second.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

SHAPES = ("slant", "thickness", "loop")
_INKED = 0.5


def slant(images: np.ndarray) -> np.ndarray:
    """Return how far strokes lean to the right: columns gained per row upward, from second moments.

    Parameters
    ----------
    images : numpy.ndarray of shape (n_images, rows, columns)
        Ink in [0, 1].

    Returns
    -------
    numpy.ndarray of shape (n_images,)
        The tangent of the angle from upright; 0 for an image without ink or of a single row.
    """
    rows, columns = (np.arange(size, dtype=float) for size in images.shape[1:])
    ink = images.sum((1, 2), dtype=float)
    safe = np.where(ink > 0, ink, 1)
    down = np.einsum("nrc,r->n", images, rows) / safe
    across = np.einsum("nrc,c->n", images, columns) / safe
    height = np.einsum("nrc,r->n", images, rows**2) / safe - down**2
    mixed = np.einsum("nrc,r,c->n", images, rows, columns) / safe - down * across
    return -np.divide(mixed, height, out=np.zeros_like(mixed), where=height > 1e-9)


def thickness(images: np.ndarray) -> np.ndarray:
    """Return the mean width of strokes, in pixels: twice the ink over the length of its outline.

    The outline's length is the total variation of the image, so that gray edges need no threshold. Parameters as of
    `slant`; 0 for an image without ink.
    """
    padded = np.pad(np.asarray(images, dtype=float), ((0, 0), (1, 1), (1, 1)))
    down, across = np.diff(padded, axis=1)[:, :, :-1], np.diff(padded, axis=2)[:, :-1]
    outline = np.sqrt(down**2 + across**2).sum((1, 2))
    ink = padded.sum((1, 2))
    return np.divide(2 * ink, outline, out=np.zeros_like(ink), where=outline > 0)


def loop(images: np.ndarray) -> np.ndarray:
    """Return the area that ink encloses, in pixels; parameters as of `slant`."""
    inked = np.asarray(images) > _INKED
    return np.array([np.count_nonzero(ndimage.binary_fill_holes(one)) for one in inked]) - inked.sum((1, 2))


def describe(images: np.ndarray) -> np.ndarray:
    """Return slant, thickness and loop size of each image, (n_images, 3); bytes are taken as 0 to 255."""
    ink = images / 255 if images.dtype == np.uint8 else images
    return np.column_stack([slant(ink), thickness(ink), loop(ink)]).astype(float)
