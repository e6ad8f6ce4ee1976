"""The oracle of pruning: a network's accuracy on every subset of layer 2's units, 65,536 of sixteen.

Units outside of a subset are held at a reference: zero, their means, or the constants that are best for each alone.
What is chosen is chosen on training images, what is scored is scored on test images; counts of both are kept, half a
second a network and reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import xarray as xr

from mnist_interp.experiments import ablation_effects, recordings
from mnist_interp.methods import ablation, kept_subsets, references, subset_games
from mnist_interp.methods.ablation import Stage
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

LAYER = "relu2"
REFERENCES = ("zero", "mean", "optimal")
PER_CLASS = preview.reduced(1_000)  # training images of each digit on which subsets are chosen
SPLITS = ("train", "test")


def chosen_on(run: Run) -> Stage:
    """Record layer 2 on the 10,000 training images on which subsets are chosen."""
    return recordings.stage(run, LAYER, "train", per_class=PER_CLASS)


def constants(run: Run, reference: str, training: Stage | None = None) -> torch.Tensor:
    """Return what a reference holds each unit of layer 2 at, (n_units,).

    Parameters
    ----------
    run : Run
        One network.
    reference : {"zero", "mean", "optimal"}
        Nothing; the mean over all training images; or the constant that costs least if the unit alone is held.
    training : Stage, optional
        From `chosen_on`, where it is at hand.

    Raises
    ------
    ValueError
        If the reference is another: those that are drawn or fitted depend on the subset.
    """
    if reference == "mean":
        return ablation_effects.mean(run, LAYER)
    stage = chosen_on(run) if training is None else training
    if reference == "zero":
        return ablation.zero(stage)
    if reference == "optimal":
        return torch.tensor([references.best_constant(stage, unit) for unit in range(stage.n_units)])
    raise ValueError(f"unknown reference {reference!r} of subsets: expected one of {', '.join(REFERENCES)}")


@store.cached
def counts(run: Run, reference: str) -> store.Arrays:
    """Count the images classified correctly with every subset of layer 2's units.

    Returns
    -------
    dict of numpy.ndarray
        ``train`` and ``test``, int16 of shape (2^n_units,), in the order of `subset_games`; ``images`` (2,), of how
        many; ``constants`` (n_units,), what units outside of a subset are held at.
    """
    training, test = chosen_on(run), ablation_effects.scored(run, LAYER)
    held = constants(run, reference, training)
    right = [kept_subsets.correct(stage, held).astype(np.int16) for stage in (training, test)]
    return {
        **dict(zip(SPLITS, right, strict=True)),
        "images": np.array([len(training.labels), len(test.labels)]),
        "constants": held.numpy(),
    }


def accuracies(run: Run, reference: str) -> dict[str, np.ndarray]:
    """Return the accuracy on every subset by split, ``train`` and ``test``: games, (2^n_units,), fractions."""
    found = counts(run, reference)
    return {split: found[split] / images for split, images in zip(SPLITS, found["images"].tolist(), strict=True)}


def _of_run(run: Run, reference: str) -> xr.Dataset:
    games = accuracies(run, reference)
    both = np.stack([games[split] for split in SPLITS])
    chosen = subset_games.best_of_each_size(games["train"])
    size = subset_games.sizes(subset_games.n_players(both))
    spread = np.array([np.quantile(games["test"][size == one], (0, 0.25, 0.5, 0.75, 1)) for one in range(len(chosen))])
    return xr.Dataset(
        {
            "shapley": (("split", "unit"), subset_games.shapley(both)),
            "banzhaf": (("split", "unit"), subset_games.banzhaf(both)),
            "energy": (("split", "order"), subset_games.energies(both)),
            "energy_beyond_size": (("split", "order"), subset_games.energies(subset_games.beyond_size(both))),
            "whole": ("split", both[:, -1]),
            "empty": ("split", both[:, 0]),
            "best": ("size", chosen),
            "best_accuracy": ("size", games["test"][chosen]),
            "spread": (("size", "quantile"), spread),
        },
        coords={
            "split": list(SPLITS),
            "unit": range(len(chosen) - 1),
            "order": range(1, len(chosen)),
            "size": range(len(chosen)),
            "quantile": [0, 0.25, 0.5, 0.75, 1],
        },
    )


@store.cached
def measured(population: Population, reference: str = "mean") -> xr.Dataset:
    """Return what all subsets say of the units of every network's layer 2.

    Parameters
    ----------
    population : Population
        Networks whose layer 2 has at most 20 units.
    reference : {"zero", "mean", "optimal"}
        What units outside of a subset are held at.

    Returns
    -------
    xarray.Dataset
        By ``seed``; accuracies are fractions. By ``split``, training images or test images: ``shapley`` and
        ``banzhaf`` (unit); ``energy`` (order), the share of variance in interactions of so many units, and
        ``energy_beyond_size``, that of what subsets of one size differ by; ``whole`` and ``empty``. By ``size``:
        ``best``, the place of the best subset on training images, ``best_accuracy``, its accuracy on test images, and
        ``spread`` (quantile), that of all subsets of the size.
    """
    found = parallel.each(_of_run, [(run, reference) for run in population])
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)


def as_json(run: Run) -> dict[str, Any]:
    """Return what anyone can check of a network's oracle, on test images, under zero and under the mean.

    Returns
    -------
    dict
        By reference: accuracies ``full`` and ``empty``, ``shapley`` and ``banzhaf`` by unit, and ``best`` by size, the
        ``units`` and the ``accuracy`` of the best subset.
    """
    found = {}
    for reference in ("zero", "mean"):
        game = accuracies(run, reference)["test"]
        best = subset_games.best_of_each_size(game)
        inside = subset_games.members(subset_games.n_players(game))[best]
        found[reference] = {
            "full": float(game[-1]),
            "empty": float(game[0]),
            "shapley": subset_games.shapley(game).tolist(),
            "banzhaf": subset_games.banzhaf(game).tolist(),
            "best": [
                {"units": np.flatnonzero(units).tolist(), "accuracy": float(game[one])}
                for units, one in zip(inside, best, strict=True)
            ],
        }
    return found
