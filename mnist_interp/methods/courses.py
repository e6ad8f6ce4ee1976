"""The course of a value through training: whether it rises early, declines, and stays elevated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DECLINED, ELEVATED = 0.05, 0.5


def rises_then_declines(course: np.ndarray, epochs: Sequence[float]) -> np.ndarray:
    """Return which values rise early, then decline, and stay elevated.

    Early: the highest value comes in the first half of training. Declined: at least a twentieth of the rise from the
    first value to the highest is lost in the end. Elevated: no more than half of it.

    Parameters
    ----------
    course : numpy.ndarray of shape (n_checkpoints, ...)
        From the untrained network on.
    epochs : sequence of float
        When each checkpoint was taken.

    Returns
    -------
    numpy.ndarray of bool, shape (...)
        False where a value never rises above its first.
    """
    highest = course.max(0)
    rise, left = highest - course[0], course[-1] - course[0]
    early = np.asarray(epochs)[course.argmax(0)] <= epochs[-1] / 2
    return (rise > 0) & early & (left <= (1 - DECLINED) * rise) & (left >= ELEVATED * rise)
