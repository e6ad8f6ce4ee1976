"""Does a neuron of layer 2 answer to one thing or to two? Clusters of what drives it, and what they are held against.

K-means divides anything into two, so the two parts must lie farther apart than the parts of something whole: halves
drawn by lot, the two parts of a single digit's images, and the two parts of a Gaussian cloud with the same mean and
covariance, which has no clusters. About 3 s a neuron.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from mnist_interp.data import mnist
from mnist_interp.experiments import unit_selectivity
from mnist_interp.methods import activations, selectivity
from mnist_interp.runtime import store
from mnist_interp.training.runs import Run

TOP = 3000


def _drive(run: Run, unit: int, split: mnist.Split) -> np.ndarray:
    """Return what each unit of layer 1 contributes to a unit of layer 2, (n_images, 32)."""
    found = activations.record(run.model(), mnist.load(split).pixels, ["relu1"])["relu1"].numpy()
    return found * run.weights["linear2.weight"][-1][unit]


def _strongest(drive: np.ndarray, top: int) -> np.ndarray:
    return np.argsort(-drive.sum(1), kind="stable")[:top]


def _parts(points: np.ndarray, *, seed: int, starts: int) -> np.ndarray:
    return KMeans(2, n_init=starts, random_state=seed).fit_predict(points)


def cosine_of_parts(points: np.ndarray, second: np.ndarray, origin: np.ndarray) -> float:
    """Return the cosine between the means of two parts of some points, both taken from an origin.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        All points.
    second : numpy.ndarray of shape (n_points,)
        Whether a point is of the second part.
    origin : numpy.ndarray of shape (n_dimensions,)
        Where both means are looked at from.
    """
    first, other = (points[second == part].mean(0) - origin for part in (0, 1))
    return float(first @ other / max(np.linalg.norm(first) * np.linalg.norm(other), 1e-12))


def two_features(run: Run, unit: int, *, top: int = TOP) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Cluster what drives a unit of layer 2 on its top training images, and test each cluster on every digit.

    Images are clustered by what each unit of layer 1 contributes, into two by k-means. A cluster's template is its mean
    less that of all training images; an image's score for it is their inner product.

    Parameters
    ----------
    run : Run
        A 784-32-16-10 network.
    unit : int
        Of layer 2.
    top : int
        How many training images, by pre-activation.

    Returns
    -------
    composition : pandas.DataFrame
        ``cluster``, ``digit``, ``value``: share of the digit in the cluster.
    tested : pandas.DataFrame
        ``cluster``, ``digit``, ``value``: AUROC of the cluster's template for the digit on all test images.
    cosine : float
        Between the two templates.
    """
    drive, labels = _drive(run, unit, "train"), mnist.load("train").labels
    chosen = _strongest(drive, top)
    points, origin = drive[chosen], drive.mean(0)
    clusters = _parts(points, seed=run.seed, starts=10)
    templates = np.stack([points[clusters == k].mean(0) for k in (0, 1)]) - origin
    composition = np.stack([np.bincount(labels[chosen][clusters == k], minlength=10) for k in (0, 1)])
    tested = selectivity.auroc(_drive(run, unit, "test") @ templates.T, mnist.load("test").labels).T
    axes = {"cluster": [0, 1], "digit": list(range(10))}
    return (
        unit_selectivity.tidy(composition / composition.sum(1, keepdims=True), **axes),
        unit_selectivity.tidy(tested, **axes),
        cosine_of_parts(points, clusters, origin),
    )


@store.cached
def splits_of_one(run: Run, unit: int, *, top: int = TOP, repeats: int = 50) -> store.Arrays:
    """Split into two what is no two features: the nulls of the cosine between two templates.

    Parameters
    ----------
    run, unit, top
        As of `two_features`.
    repeats : int
        Halves drawn by lot, and Gaussian clouds.

    Returns
    -------
    dict of numpy.ndarray
        Cosines between the templates of two parts. ``halves``: (repeats,), of halves drawn by lot; ``clouds``:
        (repeats,), of k-means' parts of Gaussian clouds with the mean and covariance of the images; ``digits``: (10,),
        of k-means' parts of the images of one digit, NaN where it has less than a twentieth of the top images.
    """
    drive, labels = _drive(run, unit, "train"), mnist.load("train").labels
    chosen = _strongest(drive, top)
    points, origin, digits = drive[chosen].astype(float), drive.mean(0), labels[chosen]
    generator = np.random.default_rng([run.seed, unit])
    halves = [cosine_of_parts(points, generator.permutation(top) % 2, origin) for _ in range(repeats)]
    clouds = []
    for turn in range(repeats):
        cloud = generator.multivariate_normal(points.mean(0), np.cov(points.T), top, check_valid="ignore")
        clouds.append(cosine_of_parts(cloud, _parts(cloud, seed=turn, starts=3), origin))
    by_digit = np.full(10, np.nan)
    for digit in np.flatnonzero(np.bincount(digits, minlength=10) >= top / 20):
        own = points[digits == digit]
        by_digit[digit] = cosine_of_parts(own, _parts(own, seed=run.seed, starts=10), origin)
    return {"halves": np.array(halves), "clouds": np.array(clouds), "digits": by_digit}
