"""Perceptrons and CNNs with equally wide last hidden layers, each tuned: what their units cost, and who is alive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from mnist_interp.chapters.cnn.parts import WIDTHS
from mnist_interp.claims.cnn import cost_a_unit, matched_checkpoints
from mnist_interp.experiments import ablation_effects
from mnist_interp.experiments.ablation_effects import bottlenecks
from mnist_interp.training.runs import Population

Networks = Mapping[str, Population]
MLP, CNN = "MLP, 16 units", "CNN, 16 units"


def _of(networks: Networks, title: str) -> tuple[Population, str]:
    name, layer = WIDTHS[title]
    return networks[name], layer


def _live(population: Population, layer: str, checkpoint: int | Sequence[int] = -1) -> np.ndarray:
    """Return how many units of a layer vary over the training images, (n_runs,)."""
    return (ablation_effects.costs(population, layer, checkpoint)["std"] > 0).sum("unit").to_numpy()


def best_of_sixteen(scores: xr.DataArray, *, draws: int = 200, seed: int = 0) -> float:
    """Return the mean over networks of the best score among sixteen units drawn at random, of (seed, unit)."""
    values = scores.transpose("seed", "unit").to_numpy()
    generator = np.random.default_rng(seed)
    drawn = [generator.permutation(values.shape[1])[:16] for _ in range(draws)]
    return float(np.mean([values[:, units].max(1) for units in drawn]))


def measured(networks: Networks, untuned: Population) -> dict[str, Any]:
    """Return what last units of narrow networks cost and how many live, and what the learning rate alone spares.

    Parameters
    ----------
    networks : mapping of str to Population
        By the names of `registry.BOOK`.
    untuned : Population
        The narrow perceptron at the rate of the wide CNN.
    """
    (mlp, layer), (cnn, last) = _of(networks, MLP), _of(networks, CNN)
    matched = matched_checkpoints(cnn, mlp)
    dearer = 100 * (cost_a_unit(cnn, last, matched) - cost_a_unit(mlp, layer))
    rates = [float(one[0].recipe.learning_rate) for one in (untuned, mlp)]
    return {
        "unit_cnn16": 100 * cost_a_unit(cnn, last, matched).mean(),
        "unit_mlp16": 100 * cost_a_unit(mlp, layer).mean(),
        "n_dearer": int((dearer > 0).sum()),
        "live_cnn16": _live(cnn, last, matched).mean(),
        "live_mlp16": _live(mlp, layer).mean(),
        "rate_untuned": rates[0],
        "rate_tuned": rates[1],
        "spared_by_rate": (bottlenecks(untuned, "zero", layer) - bottlenecks(mlp, "zero", layer)).mean(),
    }
