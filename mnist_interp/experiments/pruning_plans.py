"""Which units of layer 2 to keep: plans that rank them by what training images say, and where their choices fall.

A plan keeps the units of highest score. With every subset's accuracy known (`pruning_oracle`), where a plan's choice of
so many units falls among all choices of as many is an exact percentile, and its regret is what the best choice, on
training images, has more. Each plan is held against its own inverse, which keeps the units of lowest score. Half a
second a network, once its oracle is there. The units of a random choice are one draw; its scores are the means over all
choices, which are known.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.experiments import pruning_oracle, signed_pushes, training_moments
from mnist_interp.methods import ablation, evaluate, selectivity, subset_games
from mnist_interp.methods.ablation import Stage
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

SELECTIVITY, FAVORABLE, PUSH, ACTIVITY = "selectivity", "selectivity where it votes for", "signed push", "activity"
READOUT, SPREAD, TAYLOR, SINGLE = "readout norm", "spread times readout", "Taylor", "single ablation"
GREEDY, SHAPLEY, RANDOM = "greedy", "Shapley", "random"
PLANS = (SELECTIVITY, FAVORABLE, PUSH, ACTIVITY, READOUT, SPREAD, TAYLOR, SINGLE, GREEDY, SHAPLEY, RANDOM)
INVERSE = "inverse of "
KEPT = 8


def taylor(stage: Stage, constants: torch.Tensor) -> np.ndarray:
    """Return the change of an image's loss that a unit at its constant promises to first order, (n_units,).

    The mean over images of its absolute value, as Molchanov et al. 2017 (arXiv:1611.06440) rank feature maps.
    """
    wrong = stage.untouched().softmax(1) - torch.eye(10)[torch.from_numpy(stage.labels)]
    slopes = wrong @ stage.linear.weight
    return (slopes * (constants - stage.values)).abs().mean(0, dtype=torch.float64).numpy()


def single_costs(stage: Stage, constants: torch.Tensor) -> np.ndarray:
    """Return what each unit alone at its constant adds to the cross-entropy, (n_units,), in nats."""
    before = evaluate.loss(stage.untouched(), stage.labels)
    after = [evaluate.loss(stage.replaced(unit, constants[unit][None]), stage.labels) for unit in range(stage.n_units)]
    return np.array(after) - before


def _places(order: np.ndarray) -> np.ndarray:
    """Return scores that rank units in an order, best first."""
    scores = np.empty(len(order))
    scores[order] = -np.arange(len(order))
    return scores


def scores(run: Run, reference: str) -> np.ndarray:
    """Score layer 2's units by every plan, on training images: (11 of `PLANS`, n_units), the highest kept first.

    Parameters
    ----------
    run : Run
        One network.
    reference : {"zero", "mean", "optimal"}
        What units that are not kept are held at; pushes, Taylor's promise, the greedy plan and Shapley values depend on
        it.
    """
    few, moments = pruning_oracle.chosen_on(run), training_moments.of_run(run, pruning_oracle.LAYER)
    held = pruning_oracle.constants(run, reference, few)
    game = pruning_oracle.accuracies(run, reference)["train"]
    means, votes = moments["class_means"], signed_pushes.votes(run, pruning_oracle.LAYER)
    selective = selectivity.class_selectivity(means)
    norms = ablation.readout_norms(few)
    found = {
        SELECTIVITY: selective.max(0),
        FAVORABLE: np.where(votes > 0, selective, -1).max(0),
        PUSH: ((means - held.numpy()) * votes).max(0),
        ACTIVITY: moments["mean"],
        READOUT: norms,
        SPREAD: moments["std"] * norms,
        TAYLOR: taylor(few, held),
        SINGLE: single_costs(few, pruning_oracle.constants(run, "optimal", few)),
        GREEDY: _places(subset_games.grown_backward(game)),
        SHAPLEY: subset_games.shapley(game),
        RANDOM: _places(np.random.default_rng(run.seed).permutation(few.n_units)),
    }
    return np.stack([found[plan] for plan in PLANS])


def ranked(scored: np.ndarray) -> np.ndarray:
    """Return the units in the order in which they are kept, the highest score first, of equals the first: (..., n)."""
    return np.argsort(-scored, axis=-1, kind="stable")


def _of_run(run: Run, reference: str) -> xr.Dataset:
    games, scored = pruning_oracle.accuracies(run, reference), scores(run, reference)
    test, percentile = games["test"], subset_games.percentiles(games["test"])
    best = test[subset_games.best_of_each_size(games["train"])]
    orders = ranked(scored)
    both = np.concatenate([orders, orders[:, ::-1]])
    places = np.pad(np.cumsum(1 << both, axis=1), ((0, 0), (1, 0)))
    accuracy, percentile = test[places], percentile[places]
    drawn = [PLANS.index(RANDOM), len(PLANS) + PLANS.index(RANDOM)]
    accuracy[drawn], percentile[drawn] = subset_games.mean_of_each_size(test), 50
    return xr.Dataset(
        {
            "score": (("plan", "unit"), np.concatenate([scored, -scored])),
            "kept": (("plan", "rank"), both),
            "subset": (("plan", "size"), places),
            "accuracy": (("plan", "size"), accuracy),
            "percentile": (("plan", "size"), percentile),
            "regret": (("plan", "size"), best - accuracy),
        },
        coords={
            "plan": [*PLANS, *(INVERSE + plan for plan in PLANS)],
            "unit": range(orders.shape[1]),
            "size": range(orders.shape[1] + 1),
        },
    )


@store.cached
def measured(population: Population, reference: str = "mean") -> xr.Dataset:
    """Say what every plan keeps, and where that falls among all subsets of the same size.

    Parameters
    ----------
    population : Population
        Networks whose layer 2 has at most 20 units.
    reference : {"zero", "mean", "optimal"}
        What units that are not kept are held at.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``plan``, those of `PLANS` and the `INVERSE` of each: ``score`` (unit), ``kept`` (rank), units
        in the order in which they are kept; by ``size``, of test images: ``accuracy``, a fraction, its ``percentile``
        (0 to 100, equals in the middle of their places), ``regret``, what the subset that is best on training images
        has more, and ``subset``, its place as of `subset_games`. Of `RANDOM`, ``kept`` and ``subset`` are one draw, the
        others means over all subsets of the size.
    """
    found = parallel.each(_of_run, [(run, reference) for run in population])
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
