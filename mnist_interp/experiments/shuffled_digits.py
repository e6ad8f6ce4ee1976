"""What single networks say of a few digits, in place and shuffled: trained on images in place, or shuffled like these.

Where a shuffle only renames an architecture's weights (`blindness`), the network that learned from images shuffled like
that is the one that learned from images in place, renamed: nothing was trained for it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import blindness
from mnist_interp.methods import activations, evaluate
from mnist_interp.runtime import preview, store
from mnist_interp.training import models
from mnist_interp.training.runs import Run

IN_PLACE = "in place"
SHUFFLES = {"patches shuffled": blindness.PATCH, "shuffled": 1}  # as `Recipe.pixels` names them; sides of what stays
ARRANGEMENTS = (IN_PLACE, *SHUFFLES)
AMONG = preview.reduced(100)  # test images of each digit that are chosen from
KINDS, TRAINING = ("typical", "hard"), ("in place", "alike")


def shuffled(pixels: torch.Tensor, arrangement: str) -> torch.Tensor:
    """Return images, (n_images, 784), as a recipe's `pixels` arranges them."""
    return pixels if arrangement == IN_PLACE else models.Shuffle(SHUFFLES[arrangement])(pixels)


def choose(runs: Mapping[str, Run]) -> np.ndarray:
    """Choose two test images of each digit, by margins in all networks together: the median, and the hardest.

    Margins are of the true digit's logit over the best other one, each network's in ranks; the hardest is that with the
    lowest sum of ranks among those that every network classifies correctly, or among all if there are none.

    Returns
    -------
    numpy.ndarray of int, shape (10, 2)
        Indices in the test set: of each digit one of each of `KINDS`.
    """
    images = mnist.sample("test", AMONG)
    digits = mnist.load("test")
    labels, pixels = digits.labels[images], digits.pixels[images]
    margins = np.array(
        [evaluate.margins(activations.logits(run.model(), pixels).numpy(), labels) for run in runs.values()]
    )
    ranks, right = margins.argsort(1).argsort(1).sum(0), (margins > 0).all(0)
    chosen = []
    for digit in range(10):
        own = np.flatnonzero((labels == digit) & right)
        own = own if len(own) else np.flatnonzero(labels == digit)
        ordered = own[np.argsort(ranks[own], kind="stable")]
        chosen.append(images[ordered[[len(ordered) // 2, 0]]])
    return np.array(chosen)


def _renames(run: Run, arrangement: str) -> bool:
    order = models.Shuffle(SHUFFLES[arrangement]).order
    weights = {name: torch.from_numpy(values[-1]) for name, values in run.weights.items()}
    return blindness.renamed(run.recipe.model, weights, order) is not None


def _says(run: Run, pixels: torch.Tensor) -> np.ndarray:
    return activations.logits(run.model(), pixels).double().softmax(1).numpy()


@store.cached
def said(trained: Mapping[str, Mapping[str, Run]], judges: Mapping[str, Run]) -> xr.Dataset:
    """Return what networks say of chosen test images, in each arrangement.

    Parameters
    ----------
    trained : mapping of str to mapping of str to Run
        By name, then by how their training images were arranged: one of `ARRANGEMENTS`. Those arrangements that only
        rename a network's weights may be missing.
    judges : mapping of str to Run
        By whose margins images are chosen, as of `choose`: not those that are asked, who would be at their best on
        images that they classify correctly.

    Returns
    -------
    xarray.Dataset
        ``probability`` (network, training, arrangement, label, kind, digit) of each digit on images arranged so, of
        each label one of each of `KINDS`; training "in place" is on images in place, "alike" on images arranged like
        these. ``same`` (network, arrangement): whether the second is the first, renamed. ``image`` (label, kind): the
        index in the test set.

    Raises
    ------
    ValueError
        If a network is missing whose arrangement is no renaming.
    """
    images = choose(judges)
    pixels = mnist.load("test").pixels[images.ravel()]
    probability = np.empty((len(trained), 2, len(ARRANGEMENTS), *images.shape, 10))
    same = np.zeros((len(trained), len(ARRANGEMENTS)), bool)
    for one, (name, runs) in enumerate(trained.items()):
        for place, arrangement in enumerate(ARRANGEMENTS):
            probability[one, 0, place] = _says(runs[IN_PLACE], shuffled(pixels, arrangement)).reshape(*images.shape, 10)
            same[one, place] = arrangement == IN_PLACE or _renames(runs[IN_PLACE], arrangement)
            if not same[one, place] and arrangement not in runs:
                raise ValueError(f"{name!r} was not trained with pixels {arrangement}, which is no renaming of it")
            # What learned from arranged images arranges them itself; what is renamed says what it says in place.
            own = runs[IN_PLACE if same[one, place] else arrangement]
            probability[one, 1, place] = _says(own, pixels).reshape(*images.shape, 10)
    return xr.Dataset(
        {
            "probability": (("network", "training", "arrangement", "label", "kind", "digit"), probability),
            "same": (("network", "arrangement"), same),
            "image": (("label", "kind"), images),
        },
        coords={
            "network": list(trained),
            "training": list(TRAINING),
            "arrangement": list(ARRANGEMENTS),
            "label": range(10),
            "kind": list(KINDS),
            "digit": range(10),
        },
    )
