"""The moment at which one network reads as well as another: for comparisons that accuracy must not decide.

A better network may be sturdier only because it is better. So it is taken at the first checkpoint whose test accuracy
lies within `TOLERANCE` of the other's; where it steps over that range between two checkpoints, at the nearest one.
Checkpoints are screened on 200 test images, then on 1,000, one after the other until one is found, and decided on all:
those first that the network finds hardest in the end, so that one which misreads too many is given up soon. About 2 s
a convolutional network.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import example_images
from mnist_interp.methods import activations, network
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

TOLERANCE = 0.002
_SCREENS = ((20, 0.1), (preview.reduced(100), 0.02))  # images of each digit; how near they must come


def _accuracy(run: Run, index: int, per_class: int | None = 200 if preview.enabled() else None) -> float:
    digits = mnist.load("test")
    chosen = slice(None) if per_class is None else mnist.sample("test", per_class)
    read = activations.logits(run.model(index), digits.pixels[chosen]).argmax(1)
    return float((read == digits.targets[chosen]).double().mean())


def _hardest_first(run: Run) -> np.ndarray:
    """Return the test images that decide, by the margin of their digit's logit at the end of training."""
    chosen = mnist.sample("test", 200) if preview.enabled() else np.arange(len(mnist.load("test")))
    return chosen[np.argsort(example_images.margins(run)[chosen], kind="stable")]


def _within(run: Run, index: int, accuracy: float, images: np.ndarray) -> float | None:
    """Return what a checkpoint reads if that is within `TOLERANCE`, None as soon as it misreads too many."""
    digits, model = mnist.load("test"), run.model(index)
    most, wrong = (1 - accuracy + TOLERANCE) * len(images) + 0.5, 0  # half an image: for rounding
    for part in np.split(images, range(network.PORTION, len(images), network.PORTION)):
        wrong += int((activations.logits(model, digits.pixels[part]).argmax(1) != digits.targets[part]).sum())
        if wrong > most:
            return None
    found = (len(images) - wrong) / len(images)
    return found if abs(found - accuracy) <= TOLERANCE else None


def _closest(run: Run, indices: Iterable[int], accuracy: float) -> tuple[int, float] | None:
    best, distance = None, np.inf
    for index in indices:
        found = _accuracy(run, index)
        if abs(found - accuracy) < distance:
            best, distance = (index, found), abs(found - accuracy)
        if distance <= TOLERANCE:
            break
    return best


def checkpoint(run: Run, accuracy: float) -> tuple[int, float]:
    """Return the checkpoint at which a run reads so well, and its accuracy there.

    Parameters
    ----------
    run : Run
        With checkpoints dense enough, as a `dense` recipe keeps them.
    accuracy : float
        Test accuracy to match, a fraction.

    Returns
    -------
    index : int
        Into the run's checkpoints.
    accuracy : float
        What it reads there.
    """
    everywhere = range(len(run.steps))
    likely = (p for p in everywhere if all(abs(_accuracy(run, p, few) - accuracy) < near for few, near in _SCREENS))
    images, tried = _hardest_first(run), []
    for index in likely:
        if (reached := _within(run, index, accuracy, images)) is not None:
            return index, reached
        tried.append(index)
    found = _closest(run, tried, accuracy) or _closest(run, everywhere, accuracy)
    assert found is not None, "a run has a checkpoint"
    return found


@store.cached
def checkpoints(population: Population, accuracy: np.ndarray) -> xr.Dataset:
    """Return for each run the checkpoint at which it reads as well as it is asked to.

    Parameters
    ----------
    population : Population
        Networks that end up better.
    accuracy : numpy.ndarray of shape (n_runs,)
        Test accuracy that each is to match, a fraction.

    Returns
    -------
    xarray.Dataset
        By seed: ``checkpoint``, an index into the run's checkpoints, and ``accuracy`` there.
    """
    found = parallel.each(checkpoint, [(run, float(one)) for run, one in zip(population, accuracy, strict=True)])
    indices, reached = zip(*found, strict=True)
    return xr.Dataset(
        {"checkpoint": ("seed", np.array(indices)), "accuracy": ("seed", np.array(reached))},
        coords={"seed": population.seeds},
    )
