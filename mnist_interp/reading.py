"""Which digit a network reads, counted: the step in which every ablation ends, thousands of times a network.

Compiled, as taking the largest of ten numbers an image is what libraries are slow at: 0.03 ms for 10,000 images, 0.25
by torch and numpy.
"""

from __future__ import annotations

import sys

import numpy as np
from numba import njit

from mnist_interp import compiled


@njit  # pragma: no cover
def counted(logits, labels):  # type: ignore[no-untyped-def]
    """Count images by true and predicted digit, (10, 10), from C-ordered logits; of equal ones the first counts."""
    counts = np.zeros((10, 10), np.int64)
    for image in range(len(logits)):
        own = logits[image]
        largest = own[0]
        for digit in range(1, 10):
            largest = max(largest, own[digit])
        read = 0
        for digit in range(9, -1, -1):  # no branch to mispredict, as "where it is larger" would be
            read = digit if own[digit] == largest else read
        counts[labels[image], read] += 1
    return counts


compiled.keep([sys.modules[__name__]])
