"""The images and labels of a reader's bench: theirs, as NumPy files, or MNIST's test set."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mnist_interp.data import mnist
from mnist_interp.methods import network

MOST = 65_535  # images: the check on the page counts in two bytes
MOST_CLASSES = 100
_FLAT, _GRAY, _COLORED = 2, 3, 4  # dimensions


@dataclass(frozen=True, eq=False)
class Examples:
    """Images with their labels.

    Attributes
    ----------
    images : numpy.ndarray of shape (n_images, ...), float32
        As the network takes them.
    labels : numpy.ndarray of int64, shape (n_images,)
        True classes.
    is_mnist : bool
        Whether they are MNIST's test set.
    """

    images: np.ndarray
    labels: np.ndarray
    is_mnist: bool = False

    @property
    def flat(self) -> np.ndarray:
        """Images as rows, (n_images, n_pixels)."""
        return self.images.reshape(len(self.images), -1)

    @cached_property
    def pictures(self) -> np.ndarray:
        """What is shown of each image, (n_images, height, width): of several channels, their mean.

        Rows of numbers are laid out in squares, the last row of one filled up with the least number.
        """
        if self.images.ndim == _GRAY:
            return self.images
        if self.images.ndim == _COLORED:
            return self.images.mean(1)
        count = self.flat.shape[1]
        side = math.isqrt(count - 1) + 1
        height = -(-count // side)
        padded = np.full((len(self.images), height * side), self.images.min(), dtype=np.float32)
        padded[:, :count] = self.flat
        return padded.reshape(-1, height, side)


def _loaded(path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    try:
        return np.load(path, allow_pickle=False)
    except Exception:  # a damaged file may ask for more memory than there is, or end early
        raise ValueError(f"{path.name} is not an array of numbers: expected what numpy.save writes") from None


def checked(images: np.ndarray, labels: np.ndarray) -> Examples:
    """Return images and labels that belong together.

    Parameters
    ----------
    images : numpy.ndarray of shape (n_images, n_pixels), (n_images, height, width) or (n_images, channels, ...)
        Floating-point numbers, in [0, 1] or as the network was trained on.
    labels : numpy.ndarray of shape (n_images,)
        Classes, from 0 on.

    Raises
    ------
    ValueError
        If images are bytes, not finite or of another shape, or there is not one class an image.
    """
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"images are {images.dtype}: expected floating-point numbers like those the network was trained on; bytes "
            "of pixels are usually divided by 255"
        )
    if images.ndim not in (_FLAT, _GRAY, _COLORED) or not images.size:
        raise ValueError(
            f"images have shape {images.shape}: expected (n_images, n_pixels), (n_images, height, width) or (n_images, "
            "n_channels, height, width)"
        )
    if len(images) > MOST:
        raise ValueError(f"there are {len(images):,} images: expected at most {MOST:,}")
    if not np.isfinite(images).all():
        first = int(np.argwhere(~np.isfinite(images))[0][0])
        raise ValueError(f"the images are not all finite: image {first} is the first with a value that is not")
    return Examples(images.astype(np.float32), network.labels(labels, len(images)))


def read(images: Path | None, labels: Path | None) -> Examples:
    """Read images and labels, or return MNIST's test set, (10,000, 784) in [0, 1], where no files are named.

    Raises
    ------
    ValueError
        If one file is named without the other, or as `checked` does.
    """
    if images is None and labels is None:
        digits = mnist.load("test")
        return Examples(digits.pixels.numpy(), digits.labels.astype(np.int64), is_mnist=True)
    if images is None or labels is None:
        raise ValueError("images and labels go together: give both --images and --labels, or neither for MNIST's own")
    return checked(_loaded(images), _loaded(labels))


def check_classes(examples: Examples, classes: int) -> None:
    """Refuse labels that the network has no class for, and more classes than a page can show.

    Raises
    ------
    ValueError
        If there are any.
    """
    if classes > MOST_CLASSES:
        raise ValueError(f"the network has {classes} classes: expected at most {MOST_CLASSES}")
    highest = int(examples.labels.max())
    if highest >= classes:
        raise ValueError(f"labels out of range: one is {highest}, and the network's classes are 0 to {classes - 1}")
