"""Dictionaries of a layer's activations: directions, and for each row the amounts of a few of them.

Neurons, principal and independent components, nonnegative parts, cluster centers, random directions, and what sparse
autoencoders learn, all in one form and sparsified alike: latents are not negative, directions have length 1, so that a
latent is the length of what it adds to a row, and the `active` largest of a row are kept.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF, FastICA
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances

from mnist_interp.methods import sparse_autoencoders

_FITTED = 2_000  # rows that NMF is fitted on
_COMPONENTS_IN = 200  # rounds, at most, in which ICA finds components
_DESCENT = 100  # rounds, at most, in which NMF finds parts
_ROUNDS = 20  # in which it reads rows
_NEGLIGIBLE = 1e-6  # of the largest variance: a direction with less is taken for none


def keep_largest(values: np.ndarray, active: int) -> np.ndarray:
    """Return nonnegative values with all but the `active` largest of each row at 0."""
    values = np.maximum(values, 0)
    if active >= values.shape[1]:
        return values
    kept = np.argpartition(values, -active, axis=1)[:, -active:]
    found = np.zeros_like(values)
    np.put_along_axis(found, kept, np.take_along_axis(values, kept, axis=1), axis=1)
    return found


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Directions of a layer, and how to read them.

    Attributes
    ----------
    directions : numpy.ndarray of shape (m, k)
        Of length 1.
    active : int
        Latents that are kept in a row.
    heard : callable
        From activations (n, k) to what latents say before they compete, (n, m).
    converged : bool
        Whether its fit ended by itself, not by its limit of steps.
    """

    directions: np.ndarray
    active: int
    heard: Callable[[np.ndarray], np.ndarray]
    converged: bool = True

    def codes(self, activations: np.ndarray) -> np.ndarray:
        """Return latents (n, m), not negative, of which at most `active` in a row are above 0."""
        return keep_largest(self.heard(activations), self.active)


def _unit(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return directions of length 1, and the original lengths; zero vectors stay."""
    lengths = np.linalg.norm(directions, axis=1)
    return directions / np.where(lengths > 0, lengths, 1)[:, None], lengths


def _linear(directions: np.ndarray, readers: np.ndarray, center: np.ndarray, active: int, **rest: bool) -> Dictionary:
    """Return a dictionary whose latents are inner products with `readers` (m, k)."""
    return Dictionary(directions, active, lambda points: (points - center) @ readers.T, **rest)


def _both_signs(directions: np.ndarray) -> np.ndarray:
    return np.concatenate([directions, -directions])


def neurons(points: np.ndarray, *, active: int) -> Dictionary:
    """Return a layer's own axes: one latent per unit, or two, one per sign, if units can be below 0."""
    axes = np.eye(points.shape[1])
    axes = _both_signs(axes) if points.min() < 0 else axes
    return _linear(axes, axes, np.zeros(points.shape[1]), active)


def _principal_axes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return variances, the largest first, and axes (r, k), of those that are not negligible; one axis at least."""
    variances, axes = np.linalg.eigh(np.atleast_2d(np.cov(points, rowvar=False)))
    kept = variances > _NEGLIGIBLE * variances.max()
    kept[-1] = True
    return variances[kept][::-1], axes[:, kept][:, ::-1].T


def principal(points: np.ndarray, *, active: int) -> Dictionary:
    """Return principal components, two latents each: what lies to either side of the mean."""
    axes = _both_signs(_principal_axes(points)[1])
    return _linear(axes, axes, points.mean(0), active)


def independent(points: np.ndarray, *, active: int, seed: int) -> Dictionary:
    """Return independent components by FastICA, two latents each, of as many dimensions as the points have."""
    variances, axes = _principal_axes(points)
    center, whiten = points.mean(0), axes / np.sqrt(np.maximum(variances, np.finfo(float).tiny))[:, None]
    model = FastICA(whiten=False, random_state=seed, max_iter=_COMPONENTS_IN, tol=1e-3)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ConvergenceWarning)
        unmixing = model.fit((points - center) @ whiten.T).components_ @ whiten if len(axes) > 1 else whiten
    directions, lengths = _unit(np.linalg.pinv(unmixing).T)
    readers = unmixing * lengths[:, None]
    return _linear(_both_signs(directions), _both_signs(readers), center, active, converged=not _of_convergence(said))


def _of_convergence(said: Sequence[warnings.WarningMessage]) -> bool:
    """Whether a fit warned that it did not converge; other warnings are issued again."""
    for one in said:
        if not issubclass(one.category, ConvergenceWarning):
            warnings.warn(str(one.message), one.category, stacklevel=3)
    return any(issubclass(one.category, ConvergenceWarning) for one in said)


def parts(points: np.ndarray, *, latents: int, active: int, seed: int) -> Dictionary:
    """Return nonnegative parts by NMF: rows are sums of parts, without subtraction.

    What a row is made of takes as long to find as the parts, so its descent ends after 20 rounds.

    Raises
    ------
    ValueError
        If a value is below 0.
    """
    if points.min() < 0:
        raise ValueError(f"values reach down to {points.min():.3g}: nonnegative parts are of activations behind a ReLU")
    if not points.any():
        nothing = np.zeros((latents, points.shape[1]))
        return _linear(nothing, nothing, points.mean(0), active)
    model = NMF(latents, init="random", solver="cd", random_state=seed, max_iter=_DESCENT, tol=1e-3)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(points[:: max(len(points) // _FITTED, 1)]).set_params(max_iter=_ROUNDS)
    directions, lengths = _unit(model.components_)

    def heard(rows: np.ndarray) -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.transform(rows) * lengths

    return Dictionary(directions, active, heard, converged=not _of_convergence(said))


def clusters(points: np.ndarray, *, latents: int, active: int, seed: int) -> Dictionary:
    """Return the centers of k-means; a latent is how much nearer a row is to its center than rows are on average.

    The directions are those from the mean of all rows to the centers.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ConvergenceWarning)
        model = KMeans(latents, n_init=1, random_state=seed).fit(points)
    centers = model.cluster_centers_
    average = pairwise_distances(points[:: max(len(points) // _FITTED, 1)], centers).mean(0)
    directions, _ = _unit(centers - points.mean(0))
    return Dictionary(
        directions,
        active,
        lambda rows: average - pairwise_distances(rows, centers),
        converged=not _of_convergence(said),
    )


def random(points: np.ndarray, *, latents: int, active: int, seed: int) -> Dictionary:
    """Return uniformly random directions, untrained."""
    directions, _ = _unit(np.random.default_rng(seed).normal(size=(latents, points.shape[1])))
    return _linear(directions, directions, points.mean(0), active)


def _learned(model: sparse_autoencoders.TopKAutoencoder, scales: np.ndarray) -> list[Dictionary]:
    """Return each member of a stack as a dictionary of rows in their own unit."""
    parts = [model.encoder, model.bias, model.center, model.decoder]
    found = []
    for own, (encoder, bias, center, decoder) in zip(
        scales, zip(*(part.detach().numpy() for part in parts), strict=True), strict=True
    ):

        def heard(
            rows: np.ndarray,
            encoder: np.ndarray = encoder,
            offset: np.ndarray = own * (bias - center @ encoder),
        ) -> np.ndarray:
            return rows @ encoder + offset

        found.append(Dictionary(decoder, model.active, heard))
    return found


def autoencoders(
    points: np.ndarray, *, latents: int, active: int, seeds: Sequence[int], steps: int = sparse_autoencoders.STEPS
) -> list[Dictionary]:
    """Train sparse autoencoders side by side.

    Parameters
    ----------
    points : numpy.ndarray of shape (n, n_rows, k)
        Several matrices of activations.
    latents, active, seeds, steps
        As of `sparse_autoencoders.autoencoders`; one seed a matrix.

    Returns
    -------
    list of Dictionary
        One a matrix.
    """
    rows = torch.from_numpy(np.asarray(points, np.float32))
    scale = sparse_autoencoders.scale(rows)
    model = sparse_autoencoders.autoencoders(rows / scale, latents=latents, active=active, seeds=seeds, steps=steps)
    return _learned(model, scale.flatten().numpy())


def transcoders(
    points: np.ndarray,
    later: np.ndarray,
    *,
    latents: int,
    active: int,
    seeds: Sequence[int],
    steps: int = sparse_autoencoders.STEPS,
) -> list[Dictionary]:
    """Train transcoders side by side: their latents read `points` (n, n_rows, k), their directions are of `later`."""
    rows, targets = (torch.from_numpy(np.asarray(layer, np.float32)) for layer in (points, later))
    scale, written = sparse_autoencoders.scale(rows), sparse_autoencoders.scale(targets)
    model = sparse_autoencoders.transcoders(
        rows / scale, targets / written, latents=latents, active=active, seeds=seeds, steps=steps
    )
    return _learned(model, scale.flatten().numpy())


def largest_cosines(directions: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return each known direction's largest cosine with a direction of a dictionary.

    Parameters
    ----------
    directions : numpy.ndarray of shape (m, k)
        Of length 1, or 0 where a latent writes nothing.
    known : numpy.ndarray of shape (n_known, k)
        Of any length but 0.

    Returns
    -------
    numpy.ndarray of shape (n_known,)
        1 for a direction that is found exactly.
    """
    return (_unit(known)[0] @ directions.T).max(1)
