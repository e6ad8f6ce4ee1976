"""Refitting the ten output biases of a network that lost something, to tell an offset from information.

Whatever ten constants added to the logits can give back was an offset that the rest of the network counted on; what
they cannot was information. Replacing a unit of the last hidden layer by any constant is adding ten such numbers, so
the refitted ones do at least as well, in cross-entropy on the images they are fitted to. About 10 ms for 10,000 images.
"""

from __future__ import annotations

import numpy as np
import torch

_STEPS = 12
_RIDGE = 1e-6
_ENOUGH = 1e-9


def output_biases(logits: torch.Tensor, labels: np.ndarray) -> torch.Tensor:
    """Return what to add to the ten output biases to lower the cross-entropy most, (10,), with mean 0.

    Newton's method on a convex function of ten numbers; steps that do not lower the loss are halved.
    """
    logits = logits.double()
    shares = torch.from_numpy(np.bincount(labels, minlength=10) / len(labels))

    def loss(bias: torch.Tensor) -> torch.Tensor:
        return torch.logsumexp(logits + bias, 1).mean() - shares @ bias

    bias = torch.zeros(10, dtype=torch.float64)
    best = loss(bias)
    for _ in range(_STEPS):
        chance = torch.softmax(logits + bias, 1)
        gradient = chance.mean(0) - shares
        curvature = torch.diag(chance.mean(0)) - chance.T @ chance / len(chance)
        step = torch.linalg.solve(curvature + _RIDGE * torch.eye(10) + 0.1, gradient)  # + 0.1: no move along ones
        size = 1.0
        while (trial := loss(bias - size * step)) > best and size > 1e-4:
            size /= 2
        if best - trial < _ENOUGH:
            break
        bias, best = bias - size * step, trial
    return (bias - bias.mean()).float()
