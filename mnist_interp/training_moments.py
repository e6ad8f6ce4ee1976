"""What the units of a network do on the training images, in a few numbers: means, spreads, class means.

References of ablations, and what is chosen on training images, need no more than that. One pass over all 60,000 images
takes 0.08 s a multilayer network, and is kept; images go through in portions, so maps take no memory.
"""

from __future__ import annotations

import numpy as np
import torch

from mnist_interp import intervention, mnist, probe, store
from mnist_interp.training import Run


class Moments:
    """Sums over images of what a layer does, to which portions are added.

    Attributes
    ----------
    n_images : numpy.ndarray of shape (10,)
        Images of each digit.
    """

    def __init__(self) -> None:
        self.n_images = np.zeros(10, int)
        self._maps: torch.Tensor | float = 0.0
        self._levels: torch.Tensor | float = 0.0
        self._squares: torch.Tensor | float = 0.0

    def add(self, values: torch.Tensor, labels: np.ndarray) -> None:
        """Add some images' activations, (n_images, n_units, ...), and their digits."""
        levels = probe.flat(values).double()
        own = torch.eye(10, dtype=torch.float64)[torch.from_numpy(labels)]
        self._levels = own.T @ levels + self._levels
        self._squares = levels.square().sum(0) + self._squares
        self._maps = values.sum(0, dtype=torch.float64) + self._maps
        self.n_images += np.bincount(labels, minlength=10)

    def arrays(self) -> store.Arrays:
        """Return ``mean`` (n_units, ...), of channels maps; ``class_means`` (10, n_units); ``std`` (n_units,)."""
        total = self.n_images.sum()
        sums, squares = np.asarray(self._levels), np.asarray(self._squares)
        mean = sums.sum(0) / total
        return {
            "mean": np.asarray(self._maps / total, np.float32),
            "class_means": sums / self.n_images[:, None],
            "std": np.sqrt(np.maximum(squares / total - mean**2, 0)),
        }


def of_values(values: torch.Tensor, labels: np.ndarray) -> store.Arrays:
    """Return the moments of activations, (n_images, n_units, ...), as `Moments.arrays` gives them."""
    moments = Moments()
    for part, own in zip(
        values.split(probe.PORTION), np.split(labels, range(probe.PORTION, len(labels), probe.PORTION)), strict=True
    ):
        moments.add(part, own)
    return moments.arrays()


@store.cached
def _of_run(run: Run, checkpoint: int) -> store.Arrays:
    digits, model = mnist.load("train"), run.model(checkpoint)
    layers = intervention.read_layers(model)
    moments = {layer: Moments() for layer in layers}
    for first in range(0, len(digits), probe.PORTION):
        part = slice(first, first + probe.PORTION)
        for layer, values in probe.activations(model, digits.pixels[part], layers).items():
            moments[layer].add(values, digits.labels[part])
    return {f"{layer} {name}": array for layer, one in moments.items() for name, array in one.arrays().items()}


def of_run(run: Run, layer: str, checkpoint: int = -1) -> store.Arrays:
    """Return what a layer's units do on the training images.

    Parameters
    ----------
    run : Run
        One network.
    layer : str
        One that the next layer reads as it is (`intervention.read_layers`).
    checkpoint : int
        Index into the run's checkpoints.

    Returns
    -------
    dict of numpy.ndarray
        As of `Moments.arrays`, over all 60,000 training images.

    Raises
    ------
    ValueError
        If the layer is another.
    """
    found = _of_run(run, checkpoint)
    names = ("mean", "class_means", "std")
    if f"{layer} mean" not in found:
        known = [name.removesuffix(" mean") for name in found if name.endswith(" mean")]
        raise ValueError(f"no moments of {layer!r}: expected one of {', '.join(known)}")
    return {name: found[f"{layer} {name}"] for name in names}
