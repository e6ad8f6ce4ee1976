"""Gaussian twins: point clouds with a layer's means and covariances and no other structure.

What such a twin shows as well, width and spread alone would give. A twin of rectified activations is either rectified
itself, or told to be Gaussian where the layer is not: which of the two, whoever draws it decides.
"""

from __future__ import annotations

import numpy as np


def twin(points: np.ndarray, *, seed: int) -> np.ndarray:
    """Draw a Gaussian cloud of the same mean, covariance and size.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        Activations.
    seed : int
        Of the draw.

    Returns
    -------
    numpy.ndarray of shape (n_points, n_dimensions)
        In the unit of the points.
    """
    generator = np.random.default_rng(seed)
    covariance = np.atleast_2d(np.cov(points, rowvar=False))
    return generator.multivariate_normal(points.mean(0), covariance, size=len(points), method="eigh")


def rectified(points: np.ndarray, *, seed: int) -> np.ndarray:
    """Draw a `twin` and set negative values to 0, as a ReLU does to Gaussian pre-activations."""
    return np.maximum(twin(points, seed=seed), 0)


def by_label(points: np.ndarray, labels: np.ndarray, *, seed: int) -> np.ndarray:
    """Draw for each label a `twin` of its own points: the points of a label keep their places.

    Parameters
    ----------
    points, seed
        As of `twin`.
    labels : numpy.ndarray of shape (n_points,)
        The digits, each with two points or more.
    """
    drawn = np.empty(points.shape)
    for label in np.unique(labels):
        own = labels == label
        drawn[own] = twin(points[own], seed=seed * 10 + int(label))
    return drawn
