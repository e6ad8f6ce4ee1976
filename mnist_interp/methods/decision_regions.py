"""Where a linear readout of two numbers says what: convex polygons, computed exactly.

A class is read where its logit, w . x + b, is the largest: within as many half-planes as there are other classes. A
polygon is cut by one half-plane after the other (Sutherland and Hodgman 1974, "Reentrant polygon clipping").
"""

from __future__ import annotations

import numpy as np


def rectangle(low: tuple[float, float], high: tuple[float, float]) -> np.ndarray:
    """Return the corners of a rectangle, counterclockwise, (4, 2)."""
    return np.array([low, (high[0], low[1]), high, (low[0], high[1])], dtype=float)


def clip(polygon: np.ndarray, normal: np.ndarray, offset: float) -> np.ndarray:
    """Return the part of a convex polygon where ``normal . x + offset >= 0``.

    Parameters
    ----------
    polygon : numpy.ndarray of shape (n_vertices, 2)
        In order; may be empty.
    normal : numpy.ndarray of shape (2,)
        At right angles to the edge, inward.
    offset : float
        Of the half-plane.

    Returns
    -------
    numpy.ndarray of shape (n_vertices, 2)
        In the same order, empty where nothing is left.
    """
    heights = polygon @ normal + offset
    kept: list[np.ndarray] = []
    for here, height, there, other in zip(
        polygon, heights, np.roll(polygon, -1, axis=0), np.roll(heights, -1), strict=True
    ):
        if height >= 0:
            kept.append(here)
        if height * other < 0:
            kept.append(here + (there - here) * (height / (height - other)))
    return np.array(kept).reshape(-1, 2)


def regions(weight: np.ndarray, bias: np.ndarray, polygon: np.ndarray) -> list[np.ndarray]:
    """Divide a convex polygon by which class's logit is the largest.

    Parameters
    ----------
    weight : numpy.ndarray of shape (n_classes, 2)
        Rows of the readout.
    bias : numpy.ndarray of shape (n_classes,)
        Its biases.
    polygon : numpy.ndarray of shape (n_vertices, 2)
        What is divided, counterclockwise.

    Returns
    -------
    list of numpy.ndarray of shape (n_vertices, 2)
        One polygon a class, empty where its logit is nowhere the largest. Where two logits are equal everywhere the
        first is read, as by ``argmax``.
    """
    weight, bias = np.asarray(weight, dtype=float), np.asarray(bias, dtype=float)
    found = []
    for own in range(len(weight)):
        part = polygon
        for other in range(len(weight)):
            normal, offset = weight[own] - weight[other], bias[own] - bias[other]
            if other < own and not normal.any() and offset == 0:
                part = part[:0]
            elif other != own and len(part):
                part = clip(part, normal, offset)
        found.append(part if area(part) > 0 else part[:0])
    return found


def area(polygon: np.ndarray) -> float:
    """Return the area of a polygon, (n_vertices, 2), positive where its vertices run counterclockwise."""
    x, y = np.asarray(polygon, dtype=float).reshape(-1, 2).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def center(polygon: np.ndarray) -> np.ndarray:
    """Return the center of mass of a polygon of some area, (2,)."""
    ahead = np.roll(polygon, -1, axis=0)
    cross = polygon[:, 0] * ahead[:, 1] - ahead[:, 0] * polygon[:, 1]
    return np.asarray(((polygon + ahead) * cross[:, None]).sum(0) / (3 * cross.sum()))


def extreme(points: np.ndarray) -> np.ndarray:
    """Say which points in the plane are corners of the smallest convex set that holds all, (n_points,).

    A corner is what one straight line tells from all other points. A class whose readout row is a corner is read
    however far one goes in some direction; the regions of all others are bounded, or empty.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, 2)
        Such as the rows of a readout.
    """
    points = np.asarray(points, dtype=float)
    found = []
    for point in points:
        others = points[(points != point).any(1)] - point
        angles = np.sort(np.arctan2(others[:, 1], others[:, 0]))
        gaps = np.diff(np.append(angles, angles[0] + 2 * np.pi)) if len(angles) else np.array([2 * np.pi])
        found.append(gaps.max() > np.pi + 1e-9)
    return np.array(found)
