"""How little has to change in an image until a network reads another digit, and how much noise does the same.

Lengths are Euclidean, over pixels in [0, 1], which changes keep to unless they are called free. Noise goes in 100
random directions, the same for all images. A thousand images take a minute of one core; kept by the store.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.methods import activations, adversarial
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

DIRECTIONS, SEED = 100, 0
FARTHEST = 400.0  # where nearly every pixel has come to one of its bounds
ENLARGED = 2  # how many times as long changes are that other networks are shown
_PORTION = 100


def directions() -> np.ndarray:
    """Return random directions, all equally likely: float32 of shape (100, 784) and length 1."""
    drawn = np.random.default_rng(SEED).normal(size=(DIRECTIONS, 784))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def noisy(pixels: torch.Tensor, lengths: np.ndarray) -> torch.Tensor:
    """Return images with noise added, each in a random direction, and cut off at 0 and 1.

    Parameters
    ----------
    pixels : torch.Tensor of shape (n_images, 784)
        In [0, 1].
    lengths : numpy.ndarray of shape (n_images,)
        Of the noise, before it is cut off.
    """
    drawn = directions()[np.arange(len(pixels)) % DIRECTIONS]
    return (pixels + torch.from_numpy((lengths[:, None] * drawn).astype(np.float32))).clamp(0, 1)


def _of_some(run: Run, images: np.ndarray, checkpoint: int) -> xr.Dataset:
    test, model = mnist.load("test"), run.model(checkpoint)
    pixels, labels = test.pixels[images], test.labels[images]
    found = adversarial.nearest(model, pixels)
    free = adversarial.nearest(model, pixels, bounds=None)
    ways = directions()
    lengths = adversarial.along(model, pixels, ways, farthest=FARTHEST)
    free_lengths = adversarial.along(model, pixels, ways, farthest=FARTHEST, bounds=None)
    apart = torch.cdist(pixels, test.pixels).numpy()
    apart[labels[:, None] == test.labels] = np.inf
    reached = np.isfinite(found.distance)
    return xr.Dataset(
        {
            "read": ("image", found.read),
            "to": ("image", np.where(reached, found.to, -1)),
            "second": ("image", activations.logits(model, pixels).topk(2).indices[:, 1].numpy()),
            "distance": ("image", found.distance),
            "free": ("image", free.distance),
            "noise": ("image", np.median(lengths, axis=1)),
            "free_noise": ("image", np.median(free_lengths, axis=1)),
            "as_near": ("image", (lengths <= found.distance[:, None]).mean(1)),
            "other_image": ("image", apart.min(1)),
            "change": (("image", "pixel"), found.change),
        },
        {"image": images},
    )


@store.cached
def measured(run: Run, images: np.ndarray, checkpoint: int = -1) -> xr.Dataset:
    """Return how far each of some test images is from being read as another digit.

    Parameters
    ----------
    run : Run
        A network of any kind.
    images : numpy.ndarray of int, shape (n_images,)
        Indices into the test set.
    checkpoint : int
        Index into the run's checkpoints.

    Returns
    -------
    xarray.Dataset
        By ``image``: ``read``, the digit; ``to``, the nearest other digit, or -1 where none was found, and ``second``,
        that of the second-largest logit; ``distance`` to the former, by the ``change`` (image, pixel), and ``free``,
        to what is nearest if pixels may leave [0, 1], infinite where none was found; ``noise`` and ``free_noise``,
        the median length at which a random direction changes the reading, and ``as_near``, the share that do within
        ``distance``; ``other_image``, the distance of the nearest test image of another digit.
    """
    parts = [images[start : start + _PORTION] for start in range(0, len(images), _PORTION)]
    return xr.concat(parallel.each(_of_some, [(run, part, checkpoint) for part in parts]), "image")


@store.cached
def followed(run: Run, images: np.ndarray, others: Population) -> xr.Dataset:
    """Return how often other networks read an image anew after a network's nearest change, twice as long, or noise.

    Returns
    -------
    xarray.Dataset
        Shares by ``image`` of the other networks: ``change``, and ``noise`` of the same length.
    """
    found, pixels = measured(run, images), mnist.load("test").pixels[images]
    longer = ENLARGED * found["change"].to_numpy()
    shown = {
        "change": (pixels + torch.from_numpy(longer)).clamp(0, 1),
        "noise": noisy(pixels, np.linalg.norm(longer, axis=1)),
    }
    shares = {name: np.zeros(len(images)) for name in shown}
    for other in others:
        model = other.model()
        before = activations.logits(model, pixels).argmax(1)
        for name, changed in shown.items():
            shares[name] += (activations.logits(model, changed).argmax(1) != before).numpy() / len(others)
    return xr.Dataset({name: ("image", share) for name, share in shares.items()}, {"image": images})
