"""Projections of activations to the plane: PCA, linear discriminants, t-SNE and UMAP.

PCA is a linear view; t-SNE (van der Maaten & Hinton 2008) and UMAP (McInnes et al. 2018, arXiv:1802.03426) keep
neighbors and little else. On 2,000 images and one thread t-SNE takes about 1 s, UMAP about 2 s (and 10 s once a
process, to compile), PCA nothing; the store keeps what they return. All repeat exactly under the same seed, which
takes a single thread: in more, sums come out in another order, and a map follows its last bits.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal

import numpy as np
from openTSNE import TSNEEmbedding, affinity, initialization
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import pairwise_distances
from threadpoolctl import threadpool_limits

from mnist_interp.methods import exact_tsne
from mnist_interp.runtime import numba_cache, parallel, preview, store

EXAGGERATED = preview.reduced(250)
EXACT_BELOW = 4096
FOR_THE_EYE = 200


def pca_basis(points: np.ndarray) -> PCA:
    """Fit the two directions of largest variance of `points`, (n_points, n_dimensions), to project others on."""
    return PCA(2, svd_solver="full").fit(points)


def discriminant_basis(points: np.ndarray, labels: np.ndarray) -> LinearDiscriminantAnalysis:
    """Fit the two directions that best separate the labels of `points`, (n_points, n_dimensions) (Fisher 1936)."""
    return LinearDiscriminantAnalysis(n_components=2).fit(points, labels)


@store.cached
def tsne(points: np.ndarray, *, perplexity: float, seed: int) -> store.Arrays:
    """Project by t-SNE: 250 iterations with exaggerated attraction, then 750 without, from a PCA.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        What is projected.
    perplexity : float
        About how many neighbors a point feels.
    seed : int
        Of the jitter of the start.

    Returns
    -------
    dict of numpy.ndarray of shape (n_points, 2)
        ``exaggerated``, after the first phase, where the published code cell stopped; ``map``, at the end.
    """
    with threadpool_limits(1):
        affinities = affinity.PerplexityBasedNN(points, perplexity=perplexity, method="exact", n_jobs=1)
        start = initialization.pca(points, random_state=seed)
        options = {"negative_gradient_method": exact_tsne.exact, "n_jobs": 1}
        embedding = TSNEEmbedding(start, affinities, random_state=seed, **options)
        first = embedding.optimize(EXAGGERATED, exaggeration=12, momentum=0.5)
        second = first.optimize(preview.reduced(750), exaggeration=1, momentum=0.8)
    return {"exaggerated": np.asarray(first, np.float32), "map": np.asarray(second, np.float32)}


@cache
def _umap() -> Any:
    """Import UMAP, which takes seconds, at first use."""
    from umap import UMAP, layouts, umap_, utils

    numba_cache.keep([umap_, layouts, utils])
    return UMAP


@store.cached
def umap(
    points: np.ndarray, *, neighbors: int, seed: int, min_distance: float = 0.1, epochs: int | None = None
) -> store.Arrays:
    """Project by UMAP.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        What is projected.
    neighbors : int
        Neighbors of a point in the graph that is laid out.
    seed : int
        Of the layout.
    min_distance : float
        How tightly the map may pack.
    epochs : int, optional
        Passes over the graph; 500 unless told, and 200 for more than 10,000 points, as the library has it.
        `FOR_THE_EYE` shows the same islands in half the time.

    Returns
    -------
    dict of numpy.ndarray
        ``map``: (n_points, 2).
    """
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")

        # Of few points UMAP takes all distances, one call of Python each; given them, it makes the same graph sooner.
        few = len(points) < EXACT_BELOW
        metric = "precomputed" if few else "euclidean"
        reducer = _umap()(
            n_neighbors=neighbors,
            min_dist=min_distance,
            metric=metric,
            n_epochs=preview.reduced(epochs or 500) if preview.enabled() else epochs,
            random_state=seed,
            n_jobs=1,
        )
        return {"map": np.asarray(reducer.fit_transform(pairwise_distances(points) if few else points), np.float32)}


Method = Literal["pca", "t-sne", "umap"]


def project(values: np.ndarray, *, method: Method = "umap", seed: int = 0) -> np.ndarray:
    """Project a layer to the plane, with the settings that the book uses unless it says otherwise.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_images, n_units)
        Activations.
    method : {"pca", "t-sne", "umap"}
        PCA; t-SNE at perplexity 30; UMAP with 15 neighbors.
    seed : int
        Of t-SNE and UMAP.

    Returns
    -------
    numpy.ndarray of shape (n_images, 2)
        The map.

    Raises
    ------
    ValueError
        If the method is unknown, or values are not finite.
    """
    points = np.ascontiguousarray(values)
    if not np.isfinite(points).all():
        raise ValueError("the values are not all finite")
    if method == "pca":
        return pca_basis(points).transform(points)
    if method == "t-sne":
        return tsne(points, perplexity=30, seed=seed)["map"]
    if method == "umap":
        return umap(points, neighbors=15, seed=seed)["map"]
    raise ValueError(f"unknown method {method!r}: expected 'pca', 't-sne' or 'umap'")


def maps(points: np.ndarray, *, seed: int) -> dict[str, np.ndarray]:
    """Project points as the published notebooks did: PCA, t-SNE at perplexity 30, UMAP with 15 neighbors.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        What is projected.
    seed : int
        Of t-SNE and UMAP.

    Returns
    -------
    dict of numpy.ndarray of shape (n_points, 2)
        ``PCA``; ``t-SNE cut short``, after 250 iterations; ``t-SNE``, after 1,000; ``UMAP``.
    """
    found = tsne(points, perplexity=30, seed=seed)
    return {
        "PCA": pca_basis(points).transform(points),
        "t-SNE cut short": found["exaggerated"],
        "t-SNE": found["map"],
        "UMAP": umap(points, neighbors=15, seed=seed)["map"],
    }


def maps_of(spaces: Mapping[str, np.ndarray], *, seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Project several sets of points, each as `maps` does, on all processors; the same names, their maps."""
    return dict(zip(spaces, parallel.each(_seeded_maps, [(points, seed) for points in spaces.values()]), strict=True))


def _seeded_maps(points: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    return maps(points, seed=seed)


def umaps_of(spaces: Iterable[np.ndarray], *, neighbors: int, seed: int) -> list[np.ndarray]:
    """Project several sets of points by `umap`, for the eye, on all processors: their maps, in order."""
    return parallel.each(_seeded_umap, [(points, neighbors, seed) for points in spaces])


def _seeded_umap(points: np.ndarray, neighbors: int, seed: int) -> np.ndarray:
    return umap(points, neighbors=neighbors, seed=seed, epochs=FOR_THE_EYE)["map"]


def on_grid(projected: np.ndarray, *, size: int = 1000) -> np.ndarray:
    """Scale a map into a square of whole numbers, 0 to `size`, keeping its shape; pages do not use its scale."""
    low, high = projected.min(0), projected.max(0)
    return np.rint((projected - low - (high - low) / 2) / (high - low).max() * size + size / 2).astype(int)
