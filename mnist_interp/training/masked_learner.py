"""Perceptrons whose output layer may use some of its weights only; else as `compiled_learner`.

After every step the others are put back to zero. As they are zero in every forward pass, what the rest learns is what
gradient descent on the masked network gives.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import torch
from numba import njit
from torch import nn

from mnist_interp.runtime import numba_cache
from mnist_interp.training import sgd_kernel
from mnist_interp.training.compiled_learner import CompiledLearner
from mnist_interp.training.recipe import Recipe


@njit  # pragma: no cover
def _descend(layers, values, slopes, pixels, order, targets, seen, masks, norms, widths, batch, rate, first_rate, used):  # type: ignore[no-untyped-def]
    weight = values.weight[len(norms)]
    for start in range(0, len(order), batch):
        stop = min(start + batch, len(order))
        images, labels, logits = order[start:stop], targets[start:stop], seen[start:stop]
        sgd_kernel.descend(
            layers, values, slopes, pixels, images, labels, logits, masks, norms, widths, batch, rate, first_rate
        )
        for row in range(weight.shape[0]):
            for column in range(weight.shape[1]):
                weight[row, column] *= used[row, column]


numba_cache.keep([sys.modules[__name__]])


class MaskedLearner(CompiledLearner):
    """Networks of one recipe, each of which learns with some weights of its output layer alone.

    Parameters
    ----------
    recipe, models, masks, images
        As of `CompiledLearner`; without dropout.
    readouts : numpy.ndarray of bool, shape (n_networks, n_classes, n_units)
        Which weights are used.
    """

    def __init__(
        self,
        recipe: Recipe,
        models: Sequence[nn.Sequential],
        masks: Sequence[torch.Generator],
        images: np.ndarray,
        readouts: np.ndarray,
    ) -> None:
        super().__init__(recipe, models, masks, images)
        self._used = []
        for network, readout in zip(self._networks, readouts, strict=True):
            weight = network.values.weight[-1]
            used = np.zeros_like(weight)
            used[: readout.shape[1], : readout.shape[0]] = readout.T
            weight *= used
            self._used.append(used)

    def advance(self, order: torch.Tensor, targets: torch.Tensor, seen: torch.Tensor) -> None:
        """Learn from images in each network's order, as `CompiledLearner.advance`."""
        arrays = zip(order.numpy(), targets.numpy(), seen.numpy(), strict=True)
        for network, used, data in zip(self._networks, self._used, arrays, strict=True):
            about = network.kinds, np.array(network.widths), network.batch, *network.rates
            nothing = network._masks(0)
            _descend(network.layers, network.values, network.slopes, self._pixels, *data, nothing, *about, used)
