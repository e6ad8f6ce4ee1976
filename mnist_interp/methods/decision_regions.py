"""Where a linear readout of two numbers predicts which class: convex polygons, computed exactly.

A class is read where its logit, w . x + b, is the largest: within as many half-planes as there are other classes. A
polygon is cut by one half-plane after the other (Sutherland and Hodgman 1974, "Reentrant polygon clipping").
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np


def rectangle(low: Sequence[float] | np.ndarray, high: Sequence[float] | np.ndarray) -> np.ndarray:
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


def before_relu(
    weight: np.ndarray, bias: np.ndarray, low: np.ndarray, high: np.ndarray
) -> list[tuple[int, bool, np.ndarray]]:
    """Divide a rectangle of two units' pre-activations by the class that their readout predicts.

    Where a unit takes less than 0 it puts out 0, and the other decides alone, or the biases do.

    Parameters
    ----------
    weight, bias : numpy.ndarray of shape (n_classes, 2) and (n_classes,)
        The readout.
    low, high : numpy.ndarray of shape (2,)
        Opposite corners, `low` at most and `high` at least 0.

    Returns
    -------
    list of (int, bool, numpy.ndarray of shape (n_vertices, 2))
        A class, whether a unit is silent there, and a convex polygon.
    """
    pieces = []
    for signs in product((1, 0), repeat=2):
        active = np.array(signs)
        corner = np.where(active, 0, low), np.where(active, high, 0)
        parts = regions(weight * active, bias, rectangle(*corner)) if (corner[0] < corner[1]).all() else []
        pieces += [(own, not active.all(), part) for own, part in enumerate(parts) if len(part)]
    return pieces


def area(polygon: np.ndarray) -> float:
    """Return the area of a polygon, (n_vertices, 2), positive where its vertices run counterclockwise."""
    x, y = np.asarray(polygon, dtype=float).reshape(-1, 2).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def roomiest(polygon: np.ndarray, avoided: np.ndarray, *, steps: int = 30) -> tuple[np.ndarray, float]:
    """Return center, (2,), and radius of nearly the largest circle in a polygon that holds none of some points.

    Parameters
    ----------
    polygon : numpy.ndarray of shape (n_vertices, 2)
        Convex, counterclockwise, of some area.
    avoided : numpy.ndarray of shape (n_points, 2)
        The points, or none.
    steps : int
        Among so many places along each axis the center is looked for.
    """
    edges = np.roll(polygon, -1, axis=0) - polygon
    lengths = np.linalg.norm(edges, axis=1)
    edges, starts = edges[lengths > 0] / lengths[lengths > 0, None], polygon[lengths > 0]
    low, high = polygon.min(0), polygon.max(0)
    shares = (np.arange(steps) + 0.5) / steps
    places = low + (high - low) * np.stack(np.meshgrid(shares, shares), axis=-1).reshape(-1, 2)
    away = places[:, None] - starts
    room = (edges[:, 0] * away[..., 1] - edges[:, 1] * away[..., 0]).min(1)
    near = avoided[((avoided >= low) & (avoided <= high)).all(1)]
    if len(near):
        room = np.minimum(room, np.linalg.norm(places[:, None] - near, axis=-1).min(1))
    best = int(room.argmax())
    return places[best], max(float(room[best]), 0.0)


def extreme(points: np.ndarray) -> np.ndarray:
    """Return which points in the plane are corners of their convex hull, (n_points,).

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
