"""What an attention head can bring to each token, the same for all images, for the least loss: its best constant.

These are many numbers, 170 for a head of the book's transformer: fitted on a thousand images until nothing improves,
they are worse on others than the head's mean. So the search goes once over many images, some at a time, by Adam.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOGETHER, TRIED = 125, 1_000  # images of a step, and those on which what was found is held against zero and the mean
_RATE, _LAST = 0.1, 0.05  # of the first step, and how much of it is left in the last


@contextmanager
def _tapped(heads: nn.Module, tap: Callable[[torch.Tensor], torch.Tensor | None]) -> Iterator[None]:
    handle = heads.register_forward_hook(lambda module, inputs, output: tap(output))
    try:
        yield
    finally:
        handle.remove()


def best(rest: nn.Sequential, heads: nn.Module, before: torch.Tensor, labels: np.ndarray) -> np.ndarray:
    """Search with each head of a layer alone, from its mean; the best of what is found, the mean and zero is returned.

    Parameters
    ----------
    rest : torch.nn.Sequential
        A network from somewhere before the heads to its logits, without gradients of its own.
    heads : torch.nn.Module
        Puts out what the heads bring, (n_images, n_tokens, n_heads, size).
    before : torch.Tensor of shape (n_images, ...)
        What `rest` reads of training images in any order, 1 s per 5,000 of them and head.
    labels : numpy.ndarray of shape (n_images,)
        Their digits.

    Returns
    -------
    numpy.ndarray of shape (n_heads, n_tokens, size)
        float32.
    """
    targets = torch.from_numpy(labels)

    def loss(head: int, constant: torch.Tensor, images: slice) -> torch.Tensor:
        def hold(output: torch.Tensor) -> torch.Tensor:
            return torch.where((torch.arange(output.shape[2]) == head)[:, None], constant[:, None], output)

        with _tapped(heads, hold):
            return cross_entropy(rest(before[images]), targets[images])

    def searched(head: int, mean: torch.Tensor) -> torch.Tensor:
        constant = mean.clone().requires_grad_()
        steps = range(0, len(before), TOGETHER)
        search = torch.optim.Adam([constant], lr=_RATE)
        rates = torch.optim.lr_scheduler.LinearLR(search, 1, _LAST, len(steps))
        for first in steps:
            search.zero_grad()
            loss(head, constant, slice(first, first + TOGETHER)).backward()
            search.step()
            rates.step()
        with torch.no_grad():
            tried = (torch.zeros_like(mean), mean, constant.detach())
            return min(tried, key=lambda one: float(loss(head, one, slice(TRIED))))

    brought: list[torch.Tensor] = []
    with torch.no_grad(), _tapped(heads, brought.append):
        rest(before[:TRIED])
    means = brought[0].mean(0).movedim(1, 0)
    return torch.stack([searched(head, mean) for head, mean in enumerate(means)]).numpy()
