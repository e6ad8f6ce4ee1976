"""Whether selective units are a bad choice because they are seldom active: sets of eight that are equally active.

All 12,870 sets are sorted by how active their units are, and cut into 20 groups of as many; within a group activity is
about equal, and selectivity still differs. A fifth of a second a network, once its oracle is there.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from mnist_interp.experiments import pruning_oracle, training_moments
from mnist_interp.experiments.pruning_plans import KEPT
from mnist_interp.methods import selectivity, subset_games
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

GROUPS = 20
NOTHING, SHARE, MEAN = "nothing", "active share", "mean activity"


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's correlation, 0 where either is the same throughout."""
    return float(spearmanr(one, other).statistic) if np.ptp(one) and np.ptp(other) else 0.0


def within(one: np.ndarray, other: np.ndarray, held: np.ndarray) -> float:
    """Return the rank correlation among things that are about equal in a third respect, (n_things,) each.

    By that they are cut into `GROUPS` of as many; the mean over groups.
    """
    groups = np.array_split(np.argsort(held, kind="stable"), GROUPS)
    return float(np.mean([rank_correlation(one[here], other[here]) for here in groups]))


def _of_run(run: Run) -> xr.Dataset:
    game = pruning_oracle.counts(run, "mean")["test"].astype(float)
    inside = subset_games.members(subset_games.n_players(game))
    eights = inside.sum(1) == KEPT
    values, inside = game[eights], inside[eights].astype(float)
    moments = training_moments.of_run(run, pruning_oracle.LAYER)
    selective = inside @ selectivity.class_selectivity(moments["class_means"]).max(0)
    share = (pruning_oracle.chosen_on(run).values > 0).double().mean(0).numpy()
    found = {
        NOTHING: rank_correlation(selective, values),
        SHARE: within(selective, values, inside @ share),
        MEAN: within(selective, values, inside @ moments["mean"]),
    }
    return xr.Dataset({"correlation": ("held", list(found.values()))}, coords={"held": list(found)})


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Correlate how selective a set is with how accurate, over sets of eight, and over those that are equally active.

    Parameters
    ----------
    population : Population
        Networks whose layer 2 has at most 20 units.

    Returns
    -------
    xarray.Dataset
        ``correlation`` (seed, held): rank correlation of the sum of a set's class selectivities, on training images,
        with its accuracy on test images, the other units at their means. Over all sets of eight (`NOTHING` held), or
        among those that are about equal in the share of images on which their units are active (`SHARE`, a sum over
        units), or in their mean activity (`MEAN`).
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
