"""Does a neuron of layer 2 answer to one thing or to two? Clusters of what drives it, and what they are held against.

K-means divides anything into two, so the two parts must lie farther apart than the parts of something whole: halves
drawn by lot, the two parts of a single digit's images, and the two parts of a Gaussian cloud with the same mean and
covariance, which has no clusters. About 3 s a neuron.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from sklearn.cluster import KMeans

from mnist_interp.data import mnist
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


def two_features(run: Run, unit: int, *, top: int = TOP) -> xr.Dataset:
    """Return two clusters of what drives a unit of layer 2 on its top training images, tested on every digit.

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
    xarray.Dataset
        ``share`` (cluster, digit), of the digit in the cluster; ``auroc`` (cluster, digit), of the cluster's template
        for the digit on all test images; ``cosine``, between the two templates.
    """
    drive, labels = _drive(run, unit, "train"), mnist.load("train").labels
    chosen = _strongest(drive, top)
    points, origin = drive[chosen], drive.mean(0)
    clusters = _parts(points, seed=run.seed, starts=10)
    templates = np.stack([points[clusters == k].mean(0) for k in (0, 1)]) - origin
    composition = np.stack([np.bincount(labels[chosen][clusters == k], minlength=10) for k in (0, 1)])
    tested = selectivity.auroc(_drive(run, unit, "test") @ templates.T, mnist.load("test").labels).T
    axes = ("cluster", "digit")
    return xr.Dataset(
        {
            "share": (axes, composition / composition.sum(1, keepdims=True)),
            "auroc": (axes, tested),
            "cosine": ((), cosine_of_parts(points, clusters, origin)),
        },
        coords={"cluster": ["cluster 1", "cluster 2"], "digit": range(10)},
    )


@store.cached
def splits_of_one(run: Run, unit: int, *, top: int = TOP, repeats: int = 50) -> xr.Dataset:
    """Return the nulls of the cosine between two templates: of parts of what is not two features.

    Parameters
    ----------
    run, unit, top
        As of `two_features`.
    repeats : int
        Halves drawn by lot, and Gaussian clouds.

    Returns
    -------
    xarray.Dataset
        Cosines between the templates of two parts. ``halves`` (repeat), of halves drawn by lot; ``clouds`` (repeat),
        of k-means' parts of Gaussian clouds with the mean and covariance of the images; ``one_digit`` (digit), of
        k-means' parts of the images of one digit, NaN where it has less than a twentieth of the top images.
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
    return xr.Dataset(
        {"halves": ("repeat", halves), "clouds": ("repeat", clouds), "one_digit": ("digit", by_digit)},
        coords={"digit": range(10)},
    )
