"""How far away the nearest input is that a network classifies differently, and how far along random directions.

From each image two searches set out toward each other class, and the nearer of their finds counts. One takes the
network for linear, as between kinks of its ReLUs it is: it moves the image to the nearest point of the boundary so
drawn, and draws it anew there (Moosavi-Dezfooli et al. 2016, arXiv:1511.04599; always from the image itself, as in
Croce and Hein 2020, arXiv:1907.02044). The other descends on the squared distance plus a penalty while the class is
not reached (Carlini and Wagner 2017, arXiv:1608.04644), and finds its way around corners. What is found is checked
to be read otherwise, so no distance is too small; that nothing is nearer is certain only of a linear network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.methods import network

Bounds = tuple[float, float] | None
PROJECTIONS, DESCENTS, HALVINGS = 8, 200, 14
_PENALTY, _RATES, _BEYOND = 8.0, (0.02, 0.002), 1e-4
_IMAGES = 100  # at once: with nine other classes 3 MB an array
_LENGTHS = 40


@dataclass(frozen=True)
class Nearest:
    """The nearest inputs found that are classified differently.

    Attributes
    ----------
    read : numpy.ndarray of int, shape (n_images,)
        The class with the largest logit on each image.
    distances : numpy.ndarray of shape (n_images, n_classes)
        Euclidean, in units of an input: to the nearest point found where the class's logit is above that of the class
        read. Infinite for the class read, and where no such point was found.
    changes : numpy.ndarray of shape (n_images, n_classes, ...)
        What to add to each image to get there; 0 where the distance is infinite.
    """

    read: np.ndarray
    distances: np.ndarray
    changes: np.ndarray

    @property
    def to(self) -> np.ndarray:
        """The nearest other class, int of shape (n_images,)."""
        return self.distances.argmin(1)

    @property
    def distance(self) -> np.ndarray:
        """The distance to it, (n_images,)."""
        return self.distances.min(1)

    @property
    def change(self) -> np.ndarray:
        """What to add to each image to get there, (n_images, ...)."""
        return self.changes[np.arange(len(self.read)), self.to]


def _within(points: torch.Tensor, bounds: Bounds) -> torch.Tensor:
    return points if bounds is None else points.clamp(*bounds)


def _project(images: torch.Tensor, slopes: torch.Tensor, wanted: torch.Tensor, bounds: Bounds) -> torch.Tensor:
    """Return the nearest points within bounds with ``slopes @ point == wanted``, or as close as bounds allow.

    Such a point is the image moved along the slopes and cut off at the bounds. The gain falls behind where pixels are
    cut off, so Newton's method, on a concave function in pieces, comes up to the length of the move from below.
    """
    missing = wanted - (slopes * images).sum(1)
    slopes, missing = slopes * missing.sign()[:, None], missing.abs()
    length = torch.zeros_like(missing)
    for _ in range(HALVINGS):
        straight = images + length[:, None] * slopes
        points = _within(straight, bounds)
        free = slopes * (points == straight)
        gained = (slopes * (points - images)).sum(1)
        length = length + (missing - gained).clamp(min=0) / (free**2).sum(1).clamp(min=1e-6)
        if bounds is None:
            break
    return _within(images + length[:, None] * slopes, bounds)


class _Search:
    """The best points found so far, of pairs of an image and another class."""

    def __init__(self, images: torch.Tensor, lead: Callable[[torch.Tensor], torch.Tensor], bounds: Bounds) -> None:
        self.images, self.lead, self.bounds = images, lead, bounds
        self.points, self.distances = images.clone(), torch.full((len(images),), torch.inf).to(images)

    def slopes(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the other class's lead at some points, and its gradient."""
        leaf = points.detach().clone().requires_grad_()
        with torch.enable_grad():
            led = self.lead(leaf)
            (slopes,) = torch.autograd.grad(led.sum(), leaf)
        return led.detach(), slopes

    def offer(self, points: torch.Tensor) -> torch.Tensor:
        """Pull points back toward the image until just beyond the boundary; keep the nearer ones."""
        beyond = self.lead(points) > 0
        low, high = torch.zeros_like(self.distances), torch.ones_like(self.distances)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            there = self.lead(self.images + middle[:, None] * (points - self.images)) > 0
            low, high = torch.where(there, low, middle), torch.where(there, middle, high)
        pulled = torch.where(beyond[:, None], self.images + high[:, None] * (points - self.images), points)
        far = (pulled - self.images).norm(dim=1)
        better = beyond & (far < self.distances)
        self.distances = torch.where(better, far, self.distances)
        self.points = torch.where(better[:, None], pulled, self.points)
        return pulled

    def project(self) -> None:
        """Move the image onto the boundary as it looks from the last point, again and again."""
        points = self.images
        for _ in range(PROJECTIONS):
            led, slopes = self.slopes(points)
            wanted = (slopes * points).sum(1) - led + _BEYOND
            points = self.offer(_project(self.images, slopes, wanted, self.bounds))

    def descend(self) -> None:
        """Descend on squared distance plus penalty, by Adam; the penalty is in distances as they look at the image."""
        weight = _PENALTY / self.slopes(self.images)[1].norm(dim=1).clamp(min=1e-6)
        points = self.images.clone().requires_grad_()
        nearest, best = self.images.clone(), torch.full_like(self.distances, torch.inf)
        optimizer = torch.optim.Adam([points], lr=_RATES[0], betas=(0.9, 0.99))
        falls = (_RATES[1] / _RATES[0]) ** (1 / DESCENTS)
        for _ in range(DESCENTS):
            led, slopes = self.slopes(points)
            with torch.no_grad():
                moved = points - self.images
                far = moved.norm(dim=1)
                better = (led > 0) & (far < best)
                best = torch.where(better, far, best)
                nearest = torch.where(better[:, None], points, nearest)
                points.grad = 2 * moved - (weight * (led < _BEYOND))[:, None] * slopes
                optimizer.step()
                points.copy_(_within(points, self.bounds))
            optimizer.param_groups[0]["lr"] *= falls
        self.offer(nearest)


def nearest(model: nn.Module, images: Any, *, bounds: Bounds = (0.0, 1.0)) -> Nearest:
    """Find, for each image and each class the network does not predict, the nearest input where that class leads.

    About 1 s for 100 images of 784 pixels and ten classes; made for inputs of about the size of 1.

    Parameters
    ----------
    model : torch.nn.Module
        Any with logits, (n_images, n_classes), that have slopes.
    images : torch.Tensor or array of shape (n_images, ...)
        As the model takes them, within bounds.
    bounds : (float, float), optional
        What an input can be; None for anything.

    Returns
    -------
    Nearest
        Distances in units of an input.

    Raises
    ------
    ValueError
        If an image is out of bounds, or as of `activations.logits`.
    """
    with network.ready(model) as net:
        batch = network.inputs(net, images)
        if bounds is not None and len(batch) and not bounds[0] <= batch.min() <= batch.max() <= bounds[1]:
            raise ValueError(
                f"inputs reach from {float(batch.min()):.3g} to {float(batch.max()):.3g}: expected within {bounds}; "
                "pass the bounds that inputs have, or None"
            )
        parts = [_nearest(net, part, bounds) for part in batch.split(_IMAGES)]
    return Nearest(*(np.concatenate(found) for found in zip(*parts, strict=True)))


def _nearest(net: nn.Module, batch: torch.Tensor, bounds: Bounds) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `Nearest` holds of a portion of images."""
    said = network.run(net, batch)
    read, n_classes = said.argmax(1), said.shape[1]
    image, other = torch.nonzero(torch.arange(n_classes) != read[:, None], as_tuple=True)
    own = read[image]

    def lead(points: torch.Tensor) -> torch.Tensor:
        logits = network.logits(net(points.reshape(len(points), *batch.shape[1:])))
        rows = torch.arange(len(points))
        return logits[rows, other] - logits[rows, own]

    search = _Search(batch.flatten(1)[image], lead, bounds)
    with torch.no_grad():
        search.project()
        search.descend()
    distances = torch.full((len(batch), n_classes), torch.inf)
    changes = torch.zeros(len(batch), n_classes, batch[0].numel())
    distances[image, other] = search.distances.cpu().float()
    changes[image, other] = (search.points - search.images).cpu().float()
    return read.numpy(), distances.numpy(), changes.reshape(len(batch), n_classes, *batch.shape[1:]).numpy()


def along(
    model: nn.Module, images: Any, directions: np.ndarray, *, farthest: float, bounds: Bounds = (0.0, 1.0)
) -> np.ndarray:
    """Return how far along directions the network first changes its prediction of each image.

    Lengths are tried in steps of a quarter or less, and the first that changes the reading is halved back; within
    bounds what would leave them is cut off, and the length is that of what is left.

    Parameters
    ----------
    model, images, bounds
        As of `nearest`.
    directions : numpy.ndarray of shape (n_directions, ...)
        Of any length, in the shape of an image; the same for all images.
    farthest : float
        How far to go, before anything is cut off, in units of an input; a ten-thousandth of it is the first step.

    Returns
    -------
    numpy.ndarray of shape (n_images, n_directions)
        Euclidean, in units of an input; infinite where the reading stays.
    """
    with network.ready(model) as net:
        batch = network.inputs(net, images)
        ways = network.inputs(net, directions).flatten(1)
        ways = ways / ways.norm(dim=1, keepdim=True)
        lengths = torch.logspace(-4, 0, _LENGTHS) * farthest
        return np.concatenate([_along(net, part, ways, lengths, bounds) for part in batch.split(_IMAGES)])


def _along(
    net: nn.Module, batch: torch.Tensor, ways: torch.Tensor, lengths: torch.Tensor, bounds: Bounds
) -> np.ndarray:
    """Return what `along` does of a portion of images."""
    image, way = torch.meshgrid(torch.arange(len(batch)), torch.arange(len(ways)), indexing="ij")
    image, way = image.flatten(), way.flatten()
    flat, read = batch.flatten(1), network.run(net, batch).argmax(1)

    def go(rows: torch.Tensor, length: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        moved = _within(flat[image[rows]] + length[:, None] * ways[way[rows]], bounds)
        said = network.run(net, moved.reshape(len(rows), *batch.shape[1:]))
        return said.argmax(1) != read[image[rows]], (moved - flat[image[rows]]).norm(dim=1)

    found = torch.full((len(image),), torch.inf)
    left, last = torch.arange(len(image)), torch.zeros(())
    for length in lengths:
        changed, _ = go(left, length.expand(len(left)))
        rows, left = left[changed], left[~changed]
        low, high = last.expand(len(rows)).clone(), length.expand(len(rows)).clone()
        for _ in range(HALVINGS // 2):
            middle = (low + high) / 2
            there, _ = go(rows, middle)
            low, high = torch.where(there, low, middle), torch.where(there, middle, high)
        found[rows] = go(rows, high)[1].cpu().float()
        last = length
        if not len(left):
            break
    return found.reshape(len(batch), len(ways)).numpy()
