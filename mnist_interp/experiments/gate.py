"""Which measures of superposition, and which dictionaries, find what is known of the toy model.

A measure passes if it ranks features (or networks) as the toy's weights do, by a rank correlation of at least .9; a
dictionary if its directions have a mean cosine of at least .9 with those of the features. Only what passes may speak
of networks whose features nobody knows; what fails is shown failing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from scipy import stats

from mnist_interp.experiments import toy_superposition
from mnist_interp.experiments.toy_superposition import REPRESENTED, Toy
from mnist_interp.methods import dictionaries, superposition
from mnist_interp.methods.dictionaries import Dictionary
from mnist_interp.methods.similarity import random_rotations
from mnist_interp.runtime import parallel, preview, store

PASS = 0.9
ALIKE = 0.01  # a standard deviation, in dimensions, below which what is known does not vary
ROTATIONS = 20
ROWS = 500  # inputs on which features are put in and axes are taken out
FITTED = 1_000 if preview.enabled() else 5_000  # inputs, none blank, that dictionaries are fitted on
LATENTS, ACTIVE = 20, 2
DICTIONARIES = ("sparse autoencoder", "neurons", "PCA", "ICA", "k-means", "random directions")


def interference(
    weights: np.ndarray, bias: np.ndarray, x: np.ndarray, *, rectified: bool, amount: float = 1.0
) -> np.ndarray:
    """Return how each output moves when a feature is put in.

    Parameters
    ----------
    weights, bias, x : numpy.ndarray of shape (hidden, features), (features,) and (rows, features)
        A network, and inputs.
    rectified : bool
        Whether outputs are taken behind the ReLU.
    amount : float
        What the feature is put to, from 0.

    Returns
    -------
    numpy.ndarray of shape (features, features)
        Mean change of output f where feature g is put in.
    """

    def outputs(inputs: np.ndarray) -> np.ndarray:
        found = inputs @ weights.T @ weights + bias
        return np.maximum(found, 0) if rectified else found

    columns = []
    for feature in range(weights.shape[1]):
        without, within = x.copy(), x.copy()
        without[:, feature], within[:, feature] = 0, amount
        columns.append((outputs(within) - outputs(without)).mean(0))
    return np.stack(columns, axis=1)


def axis_costs(weights: np.ndarray, bias: np.ndarray, x: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return what each feature loses when a direction of the hidden layer is held at its mean.

    Parameters
    ----------
    weights, bias, x
        As of `interference`.
    axes : numpy.ndarray of shape (n_axes, hidden)
        Of length 1.

    Returns
    -------
    numpy.ndarray of shape (n_axes, features)
        Rise of the mean squared error.
    """
    hidden = x @ weights.T
    untouched = np.square(np.maximum(hidden @ weights + bias, 0) - x).mean(0)
    along = (hidden - hidden.mean(0)) @ axes.T
    held = (hidden - along[:, [k]] * axes[k] for k in range(len(axes)))
    return np.stack([np.square(np.maximum(rows @ weights + bias, 0) - x).mean(0) for rows in held]) - untouched


def _measures(weights: np.ndarray, bias: np.ndarray, x: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Return all measures of one network, by feature and of the whole."""
    own, lengths = toy_superposition.dimensionality(weights), toy_superposition.norms(weights)
    represented = lengths > REPRESENTED
    effective = float(superposition.effective_dimension(weights.T))
    turned = random_rotations(len(weights), ROTATIONS, seed=seed).reshape(-1, len(weights))
    costs = {
        name: axis_costs(weights, bias, x, axes)
        for name, axes in {"axes": np.eye(len(weights)), "turned": turned}.items()
    }
    found = {
        "dimensionality": own,
        "norm": lengths,
        "causal": superposition.causal_dimensionality(interference(weights, bias, x, rectified=False)),
        "causal_rectified": superposition.causal_dimensionality(interference(weights, bias, x, rectified=True)),
        "total": own.sum(),
        "effective": effective,
        "crowding": 1 / own[represented].mean() if represented.any() else np.nan,
        "ratio": represented.sum() / effective if effective else np.nan,
    }
    found |= {
        f"polysemanticity_{name}": np.nanmean(superposition.participation(np.maximum(cost, 0), axis=1))
        for name, cost in costs.items()
    }
    return {name: np.asarray(value, float) for name, value in found.items()}


def _of_sparsity(
    toy: Toy, sparsity: float, seeds: Sequence[int], weights: np.ndarray, bias: np.ndarray
) -> store.Arrays:
    generators = [torch.Generator().manual_seed(seed + 2**20) for seed in seeds]
    inputs = toy_superposition.draw(toy, sparsity, generators, ROWS).numpy()
    rows = [
        _measures(own.astype(float), offset.astype(float), x.astype(float), seed)
        for own, offset, x, seed in zip(weights, bias, inputs, seeds, strict=True)
    ]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


@store.cached
def measures(toy: Toy = toy_superposition.TWENTY, seeds: Sequence[int] = toy_superposition.SEEDS) -> xr.Dataset:
    """Measure the toy's networks by what is known and by what is to be tried.

    Returns
    -------
    xarray.Dataset
        By ``sparsity``, ``seed`` and ``feature``: ``dimensionality`` and ``norm``, from the weights; ``causal`` and
        ``causal_rectified``, the dimensionality from what outputs do when features are put in, before and behind the
        ReLU. By ``sparsity`` and ``seed``: ``total``, the sum of dimensionalities; ``effective``, the effective
        dimension of the weights; ``crowding``, one over the mean dimensionality of represented features; ``ratio``,
        represented features over the effective dimension; ``polysemanticity_axes`` and ``polysemanticity_turned``, of
        the hidden layer's axes and of random ones.
    """
    found = toy_superposition.networks(toy, tuple(seeds)).isel(step=-1)
    jobs = [
        (
            toy,
            float(s),
            tuple(seeds),
            found["weights"].sel(sparsity=s).to_numpy(),
            found["bias"].sel(sparsity=s).to_numpy(),
        )
        for s in found["sparsity"]
    ]
    rows = parallel.each(_of_sparsity, jobs)
    variables = {}
    for name in rows[0]:
        values = np.stack([row[name] for row in rows])
        variables[name] = (("sparsity", "seed", "feature")[: values.ndim], values)
    labels = {"sparsity": found["sparsity"].to_numpy(), "seed": list(seeds), "feature": range(toy.features)}
    return xr.Dataset(variables, labels)


def _ranked(first: xr.DataArray, second: xr.DataArray, kept: np.ndarray) -> float:
    """Return the rank correlation of what is kept and finite in both; not a number where what is known is one value."""
    one, other = first.to_numpy(), second.to_numpy()
    kept = kept & np.isfinite(one) & np.isfinite(other)
    if kept.sum() < 3 or other[kept].std() < ALIKE or np.ptp(one[kept]) == 0:
        return np.nan
    return float(stats.spearmanr(one[kept], other[kept]).statistic)


PAIRS = {
    "causal dimensionality": ("causal", "dimensionality"),
    "the same, behind the ReLU": ("causal_rectified", "dimensionality"),
    "effective dimension": ("effective", "total"),
    "features per effective dimension": ("ratio", "crowding"),
    "polysemanticity of hidden axes": ("polysemanticity_axes", "crowding"),
}


def recovery(found: xr.Dataset) -> xr.Dataset:
    """Return how well each measure ranks what is known, from `measures`.

    Returns
    -------
    xarray.Dataset
        By ``measure``: ``overall``, the rank correlation over networks (and represented features) of all sparsities;
        ``within`` (measure, sparsity), over those of one; not a number where what is known does not vary. And ``off``,
        by how much of what is known the measure differs from it, on average.
    """
    represented = found["norm"] > REPRESENTED
    overall, within, off = [], [], []
    for measured, known in PAIRS.values():
        by_feature = "feature" in found[known].dims
        kept = represented if by_feature else xr.ones_like(found[known], bool)
        away = abs(found[measured] / found[known] - 1).to_numpy()[kept.to_numpy()]
        off.append(away[np.isfinite(away)].mean())
        overall.append(_ranked(found[measured], found[known], kept.to_numpy()))
        each = (
            (found[measured].sel(sparsity=s), found[known].sel(sparsity=s), kept.sel(sparsity=s))
            for s in found["sparsity"]
        )
        within.append([_ranked(one, other, mask.to_numpy()) for one, other, mask in each])
    variables: dict[str, Any] = {
        "overall": ("measure", overall),
        "off": ("measure", off),
        "within": (("measure", "sparsity"), within),
    }
    return xr.Dataset(variables, {"measure": list(PAIRS), "sparsity": found["sparsity"].to_numpy()})


def shown(toy: Toy, sparsity: float, seed: int) -> np.ndarray:
    """Draw inputs of which none is blank, (FITTED, features)."""
    generator = torch.Generator().manual_seed(seed + 2**21)
    found: list[torch.Tensor] = []
    while sum(map(len, found)) < FITTED:
        drawn = toy_superposition.draw(toy, sparsity, [generator], FITTED)[0]
        found.append(drawn[drawn.any(1)])
    return torch.cat(found)[:FITTED].numpy()


def _baselines(points: np.ndarray, seed: int) -> dict[str, Dictionary]:
    sized: dict[str, Any] = {"latents": LATENTS, "active": ACTIVE, "seed": seed}
    made: dict[str, Callable[[], Dictionary]] = {
        "neurons": lambda: dictionaries.neurons(points, active=ACTIVE),
        "PCA": lambda: dictionaries.principal(points, active=ACTIVE),
        "ICA": lambda: dictionaries.independent(points, active=ACTIVE, seed=seed),
        "k-means": lambda: dictionaries.clusters(points, **sized),
        "random directions": lambda: dictionaries.random(points, **sized),
    }
    return {name: make() for name, make in made.items()}


def _found(toy: Toy, sparsity: float, seeds: Sequence[int], weights: np.ndarray) -> np.ndarray:
    """Return mean largest cosines, (n_dictionaries, n_seeds)."""
    hidden = np.stack([shown(toy, sparsity, seed) @ own.T for own, seed in zip(weights, seeds, strict=True)])
    learned = dictionaries.autoencoders(hidden, latents=LATENTS, active=ACTIVE, seeds=seeds)
    scores = []
    for own, points, autoencoder, seed in zip(weights, hidden, learned, seeds, strict=True):
        known = own.T[toy_superposition.norms(own) > REPRESENTED]
        fitted = {"sparse autoencoder": autoencoder, **_baselines(points.astype(float), seed)}
        assert tuple(fitted) == DICTIONARIES
        cosines = [dictionaries.largest_cosines(one.directions, known) for one in fitted.values()]
        scores.append([one.mean() if len(known) else np.nan for one in cosines])
    return np.array(scores).T


@store.cached
def cosines(toy: Toy = toy_superposition.TWENTY, seeds: Sequence[int] = toy_superposition.SEEDS) -> xr.Dataset:
    """Fit dictionaries to the toy's hidden layer, and hold their directions against those of represented features.

    Returns
    -------
    xarray.Dataset
        ``cosine`` (sparsity, dictionary, seed): mean over represented features of the largest cosine.
    """
    found = toy_superposition.networks(toy, tuple(seeds)).isel(step=-1)["weights"]
    jobs = [(toy, float(s), tuple(seeds), found.sel(sparsity=s).to_numpy()) for s in found["sparsity"]]
    axes = ("sparsity", "dictionary", "seed")
    labels = {"sparsity": found["sparsity"].to_numpy(), "dictionary": list(DICTIONARIES), "seed": list(seeds)}
    return xr.Dataset({"cosine": (axes, np.stack(parallel.each(_found, jobs)))}, labels)
