"""Digits moved: shifted by whole pixels, or rotated about the middle of the image."""

from __future__ import annotations

import torch

SIDE = 28


def shift(pixels: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """Move images by whole pixels, blanks entering.

    Parameters
    ----------
    pixels : torch.Tensor of shape (n_images, 784)
        In [0, 1].
    down, right : int
        By how many; negative for up and left.

    Returns
    -------
    torch.Tensor of shape (n_images, 784)
        The moved images.
    """
    images = pixels.view(-1, SIDE, SIDE)
    moved = torch.zeros_like(images)
    to = [slice(max(step, 0), SIDE + min(step, 0)) for step in (down, right)]
    source = [slice(max(-step, 0), SIDE + min(-step, 0)) for step in (down, right)]
    moved[:, to[0], to[1]] = images[:, source[0], source[1]]
    return moved.flatten(1)


def rotate(pixels: torch.Tensor, degrees: float) -> torch.Tensor:
    """Turn images about their middle, counterclockwise, by torchvision with bilinear interpolation; shapes as above."""
    from torchvision.transforms import InterpolationMode  # here, as pages that read what is kept need none of it
    from torchvision.transforms.functional import rotate as turn

    images = turn(pixels.view(-1, 1, SIDE, SIDE), degrees, interpolation=InterpolationMode.BILINEAR)
    return images.flatten(1).clamp(0, 1)
