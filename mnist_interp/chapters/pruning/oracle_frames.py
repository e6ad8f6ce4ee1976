"""All subsets of layer 2 as frames: counted by size and accuracy, and the choices of plans among them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp import training
from mnist_interp.experiments import pruning_oracle, pruning_plans
from mnist_interp.methods import subset_games
from mnist_interp.training import registry
from mnist_interp.training.runs import Population, Run

REFERENCES = {"their means": "mean", "zero": "zero"}
BEST = "the best of each size"
_BINS = 60


def published() -> Population:
    """Return the published network as a population of one."""
    return training.population(*registry.BOOK["the published run"])


def games(run: Run) -> dict[str, np.ndarray]:
    """Return how many test images each subset classifies correctly, (2^n_units,), by reference."""
    return {reference: pruning_oracle.counts(run, reference)["test"] for reference in REFERENCES.values()}


def n_images(run: Run) -> int:
    """Return of how many test images `games` counts."""
    return int(pruning_oracle.counts(run, "mean")["images"][1])


def cells(games: dict[str, np.ndarray], n_images: int) -> pd.DataFrame:
    """Count subsets by size and accuracy.

    Parameters
    ----------
    games : dict of str to numpy.ndarray of shape (2^n_units,)
        Images classified correctly, by reference.
    n_images : int
        Of how many.

    Returns
    -------
    pandas.DataFrame
        Columns ``reference``, ``size``, ``accuracy`` and ``accuracy2`` (edges), ``sets``, and ``share``, their number
        over that of the size's fullest cell. Empty cells are left out.
    """
    edges, parts = np.linspace(0, 1, _BINS + 1), []
    for reference, counts in games.items():
        size = subset_games.sizes(subset_games.n_players(counts))
        for one in range(size.max() + 1):
            found = np.histogram(counts[size == one] / n_images, edges)[0]
            full = np.flatnonzero(found)
            parts.append(
                pd.DataFrame(
                    {
                        "reference": reference,
                        "size": one,
                        "accuracy": edges[full],
                        "accuracy2": edges[full + 1],
                        "sets": found[full],
                        "share": found[full] / found.max(),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def chosen(population: Population) -> pd.DataFrame:
    """Return what each plan keeps of one network, at every size.

    Returns
    -------
    pandas.DataFrame
        Columns ``reference``, ``plan`` (of `pruning_plans.PLANS`, and `BEST`, chosen on training images), ``size``,
        ``accuracy`` and ``percentile`` on test images, and ``units``, the kept ones as a list of text.
    """
    (run,), rows = population, []
    for reference in REFERENCES.values():
        found = pruning_plans.measured(population, reference).isel(seed=0)
        games = pruning_oracle.accuracies(run, reference)
        percentile = subset_games.percentiles(games["test"])
        best = subset_games.best_of_each_size(games["train"])
        places = {BEST: best} | {plan: found["subset"].sel(plan=plan).to_numpy() for plan in pruning_plans.PLANS}
        for plan, subsets in places.items():
            rows += [
                {
                    "reference": reference,
                    "plan": plan,
                    "size": size,
                    "accuracy": games["test"][subset],
                    "percentile": percentile[subset],
                    "units": as_text(int(subset)),
                }
                for size, subset in enumerate(subsets)
            ]
    return pd.DataFrame(rows)


def as_text(subset: int) -> list[str]:
    """Return the members of a subset, given by its place, as text: the values of the reader's switches."""
    return [str(unit) for unit in range(subset.bit_length()) if subset >> unit & 1]
