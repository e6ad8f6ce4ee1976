"""References of ablation: what replaces a unit that is taken out, and the logits that result.

Five of them, each a function from a `Lesion` to logits: zero, the mean over training images, the constant that is best
for the loss on training images (`optimal`), the value on another image (`resample`), and zero with the output biases
refitted (`refit`). What is best among constants is the question of Li and Janson 2024, "Optimal ablation for
interpretability". To add a reference, write such a function and an entry of `RECORDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from scipy.optimize import minimize_scalar

from mnist_interp.methods import ablation, bias_refit, evaluate

SEARCHED = 2_000  # training images, at most, on which the best constant is looked for
_TOLERANCE = 0.01  # of the range of the unit's activations


class Layer(Protocol):
    """A layer of a network on some images: `ablation.Stage`, or `hooked_layer.HookedLayer`."""

    @property
    def values(self) -> torch.Tensor:
        """Activations, (n_images, n_units, ...)."""

    @property
    def labels(self) -> np.ndarray:
        """True classes, (n_images,)."""

    @property
    def n_units(self) -> int:
        """Units of the layer."""

    def some(self, images: np.ndarray) -> Layer:
        """Return the same layer on some of the images."""

    def untouched(self) -> torch.Tensor:
        """Return the network's logits."""

    def replaced(self, unit: int, values: torch.Tensor) -> torch.Tensor:
        """Return logits with one unit at other values, (n_images, ...) or, the same for all, (1, ...)."""


@dataclass(frozen=True, eq=False)
class Lesion:
    """One unit of a layer, to be taken out.

    Attributes
    ----------
    unit : int
        Which.
    test : Layer
        The layer on the images that are scored.
    training : Layer
        The layer on the training images that constants and biases are fitted on.
    mean : torch.Tensor of shape (n_units, ...)
        Over training images, as `ablation.mean` gives it.
    partner : torch.Tensor of int64, shape (n_images,)
        For each scored image the one that resampling takes a value from, as `ablation.partners` gives it.
    """

    unit: int
    test: Layer
    training: Layer
    mean: torch.Tensor
    partner: torch.Tensor

    def constant(self, value: torch.Tensor) -> torch.Tensor:
        """Return logits of the scored images with the unit at a number, or at one map, of shape (...)."""
        return self.test.replaced(self.unit, value[None])


def _silent(layer: Layer, unit: int) -> torch.Tensor:
    return layer.replaced(unit, torch.zeros_like(layer.values[:1, unit]))


def zero(lesion: Lesion) -> torch.Tensor:
    """Return logits with the unit at zero."""
    return _silent(lesion.test, lesion.unit)


def mean(lesion: Lesion) -> torch.Tensor:
    """Return logits with the unit at its mean over training images."""
    return lesion.constant(lesion.mean[lesion.unit])


def best_constant(training: Layer, unit: int) -> float:
    """Return the constant for a unit, or for every value of a channel's map, that raises the training loss least.

    Brent's bounded search on the mean cross-entropy, over the range of the unit's activations widened by itself at
    both ends. The loss is convex in it for the last hidden layer; for others it need not be, so the search's result is
    held against zero and the mean, and the best of the three returned.
    """
    few = training.some(np.arange(0, len(training.labels), -(-len(training.labels) // SEARCHED)))
    values = few.values[:, unit]
    low, high = (float(end) for end in values.aminmax())
    width = high - low
    if width == 0:
        return low

    def loss(constant: float) -> float:
        return evaluate.loss(few.replaced(unit, torch.full_like(values[:1], constant)), few.labels)

    bounds = (low - width, high + width)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": _TOLERANCE * width})
    return min((0.0, float(values.mean()), float(found.x)), key=loss)


def optimal(lesion: Lesion) -> torch.Tensor:
    """Return logits with the unit at `best_constant`."""
    best = best_constant(lesion.training, lesion.unit)
    return lesion.constant(torch.full_like(lesion.test.values[0, lesion.unit], best))


def resample(lesion: Lesion) -> torch.Tensor:
    """Return logits with the unit at its value on another image."""
    return lesion.test.replaced(lesion.unit, lesion.test.values[lesion.partner, lesion.unit])


def refit(lesion: Lesion) -> torch.Tensor:
    """Return logits with the unit at zero and the output biases refitted on training images."""
    learned = _silent(lesion.training, lesion.unit)
    return zero(lesion) + bias_refit.output_biases(learned, lesion.training.labels)


class Reference(NamedTuple):
    """A reference: its function, its title on pages, and whether it is fitted on training images."""

    logits: Callable[[Lesion], torch.Tensor]
    title: str
    fitted: bool


RECORDS = {
    "zero": Reference(zero, "zero", fitted=False),
    "mean": Reference(mean, "mean", fitted=True),
    "optimal": Reference(optimal, "best constant", fitted=True),
    "resample": Reference(resample, "resample", fitted=False),
    "refit": Reference(refit, "zero, biases refitted", fitted=True),
}
REFERENCES = {name: record.logits for name, record in RECORDS.items()}
TITLES = {name: record.title for name, record in RECORDS.items()}
FITTED = tuple(name for name, record in RECORDS.items() if record.fitted)


def each_unit(
    mean: torch.Tensor,
    training: Layer,
    test: Layer,
    *,
    seed: int,
    names: Sequence[str] = tuple(REFERENCES),
    units: Sequence[int] | None = None,
) -> np.ndarray:
    """Ablate units one by one under every reference.

    Parameters
    ----------
    mean, training, test
        As of `Lesion`.
    seed : int
        Of the images that resampling takes values from.
    names : sequence of str
        Of `REFERENCES`.
    units : sequence of int, optional
        Which units; all unless told.

    Returns
    -------
    numpy.ndarray of int64, shape (n_references, n_units, n_classes, n_classes)
        Confusion counts, in the order of `names`.
    """
    partner = ablation.partners(len(test.values), seed=seed)
    chosen = range(test.n_units) if units is None else units
    lesions = (Lesion(unit, test, training, mean, partner) for unit in chosen)
    counts = [[evaluate.confusion(REFERENCES[name](one), test.labels) for name in names] for one in lesions]
    return np.array(counts).swapaxes(0, 1)
