"""In which order a run sees the training images.

Two ways: as `torch.utils.data.DataLoader(shuffle=True)` orders them when it draws from the stream that also
initialized the weights, which is what the published run did; or from a generator of their own, so that two recipes
that differ in anything random still see the same minibatches. Costs a permutation of 60,000 an epoch, about 1 ms.
"""

from __future__ import annotations

import numpy as np
import torch

from mnist_interp.training.recipe import Order

_STREAMS = {"order": 1, "dropout": 2, "labels": 3}


def generator_for(seed: int, purpose: str) -> torch.Generator:
    """Return a generator of a seed's own for one purpose: ``"order"``, ``"dropout"`` or ``"labels"``.

    numpy mixes seed and purpose into one number of 32 bits, for torch seeds its generator with no more than that: of
    a larger number it ignores the rest.
    """
    mixed = np.random.SeedSequence([seed, _STREAMS[purpose]]).generate_state(1)
    return torch.Generator().manual_seed(int(mixed[0]))


class MinibatchOrder:
    """The order of one run, epoch after epoch.

    Parameters
    ----------
    kind : {"dataloader", "generator"}
        See `recipe.Recipe.order`.
    seed : int
        The run's seed.
    stream : torch.Generator
        The seed's stream as the initialization of the weights left it; read by ``"dataloader"`` only.
    """

    def __init__(self, kind: Order, seed: int, stream: torch.Generator) -> None:
        self._kind = kind
        self._generator = stream if kind == "dataloader" else generator_for(seed, "order")

    def epoch(self, n_images: int) -> torch.Tensor:
        """Draw the next epoch: a permutation of ``range(n_images)``, int64."""
        if self._kind == "generator":
            return torch.randperm(n_images, generator=self._generator)
        # The loader draws a base seed for its workers, whether or not it has any; its sampler then draws another.
        self._draw()
        return torch.randperm(n_images, generator=torch.Generator().manual_seed(self._draw()))

    def _draw(self) -> int:
        return int(torch.empty((), dtype=torch.int64).random_(generator=self._generator).item())
