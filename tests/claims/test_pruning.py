"""Effects of chapter 8's claims on made-up measurements: of two networks one bears a claim out, the other does not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.claims import pruning
from mnist_interp.experiments import pruned_biases, pruning_oracle, pruning_plans, readout_masks, recovery
from mnist_interp.methods import estimates
from mnist_interp.training import registry
from tests.claims import made
from tests.claims.made import shows

NETWORKS = made.population()
OTHERWISE = 9.0  # what is measured of all that a claim is not about
ALL_PLANS = [*pruning_plans.PLANS, *(pruning_plans.INVERSE + plan for plan in pruning_plans.PLANS)]


def _plans(monkeypatch: pytest.MonkeyPatch, name: str, plan: str, values: list[float]) -> None:
    """Stand in for where plans' choices fall: values of one plan at eight kept, and something else of all others."""
    axes = {"seed": made.SEEDS, "plan": ALL_PLANS, "size": range(17)}
    filled = {one: np.full((2, len(ALL_PLANS), 17), OTHERWISE) for one in ("percentile", "regret")}
    filled[name][:, ALL_PLANS.index(plan), 8] = values
    monkeypatch.setattr(pruning_plans, "measured", made.by_population((NETWORKS, made.labeled(axes, **filled))))


def test_where_the_most_selective_eight_fall_is_counted_from_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    _plans(monkeypatch, "percentile", "selectivity", [62, 20])
    shows("pruning-selective-is-random", NETWORKS, effects=[12, -30])


def test_spread_times_readout_is_held_against_the_best_eight(monkeypatch: pytest.MonkeyPatch) -> None:
    _plans(monkeypatch, "regret", pruning_plans.SPREAD, [0.01, 0.05])
    shows("pruning-spread-times-readout", NETWORKS, effects=[0.01, 0.05])


def test_biases_give_back_a_share_of_what_random_eights_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.full((2, 3, 2, 2), OTHERWISE)
    random[:, 1] = [[[0.2, 0.6], [0.4, 0.8]], [[0.4, 0.4], [0.5, 0.7]]]  # size 8: draws by biases
    found = xr.Dataset(
        {
            "random": (("seed", "size", "draw", "biases"), random),
            "whole": (("seed", "biases"), [[0.9, OTHERWISE], [0.95, OTHERWISE]]),
        },
        coords={"seed": made.SEEDS, "size": [4, 8, 12], "biases": ["as it is", "refitted"]},
    )
    monkeypatch.setattr(pruned_biases, "measured", made.by_population((NETWORKS, found)))
    shows("pruning-biases-recover", NETWORKS, effects=[[0.4, 0.6], [0.1, 0.5]])


def test_single_neurons_and_pairs_are_what_the_test_images_say(monkeypatch: pytest.MonkeyPatch) -> None:
    energy = np.full((2, 2, 4), OTHERWISE)
    energy[:, 1] = [[0.6, 0.3, 0.05, 0.05], [0.2, 0.3, 0.4, 0.1]]
    axes = {"seed": made.SEEDS, "split": ["train", "test"], "order": range(1, 5)}
    found = made.labeled(axes, energy=energy)
    monkeypatch.setattr(pruning_oracle, "measured", made.by_population((NETWORKS, found)))
    shows("pruning-pairs-suffice", NETWORKS, effects=[0.9, 0.5])


def _tuned(monkeypatch: pytest.MonkeyPatch, **variables: xr.DataArray) -> None:
    monkeypatch.setattr(recovery, "by_plan", made.by_population((NETWORKS, xr.Dataset(variables))))


def _accuracy(**by_plan: list[float]) -> xr.DataArray:
    """Return accuracies after five epochs, .94 but for some plans (by their first words); otherwise before."""
    plans = [*pruning_plans.PLANS, "random 1"]
    values = np.full((2, len(plans), 6), OTHERWISE)
    values[:, :, -1] = 0.94
    for name, one in by_plan.items():
        values[:, [plan.partition(" ")[0] for plan in plans].index(name), -1] = one
    return xr.DataArray(
        values, dims=("seed", "plan", "epoch"), coords={"seed": made.SEEDS, "plan": plans, "epoch": range(6)}
    )


def test_the_best_plan_on_average_is_held_against_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    accuracy = _accuracy(Shapley=[0.945, 0.947], activity=[0.943, 0.935])
    others = accuracy["plan"].isin([pruning_plans.FAVORABLE, "random 1"])
    _tuned(monkeypatch, accuracy=accuracy.where(~others | (accuracy["epoch"] < 5), 0.1))
    shows("pruning-plans-converge", NETWORKS, effects=[0.002, 0.012])


def test_the_spread_of_means_is_no_mean_of_spreads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plans that trade places from seed to seed are alike on average."""
    _tuned(monkeypatch, accuracy=_accuracy(Shapley=[0.95, 0.93], activity=[0.93, 0.95]))
    assert estimates.estimate(pruning.plans_converge(NETWORKS)).value == pytest.approx(0)


def test_a_pruned_network_is_held_against_one_from_scratch_of_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(training, "population", lambda recipe, seeds: (asked.append((recipe, seeds)), recipe)[1])
    arms = [recovery.FINE_TUNED, recovery.SCRATCH, recovery.WHOLE]
    found = made.labeled(
        {"seed": made.SEEDS, "arm": arms}, accuracy=[[0.95, 0.949, OTHERWISE], [0.95, 0.945, OTHERWISE]]
    )

    def measured(population: object, scratch: object, like_parent: object) -> xr.Dataset:
        assert (population, scratch, like_parent) == (NETWORKS, registry.OF_EIGHT, registry.narrow(8))
        return found

    monkeypatch.setattr(recovery, "arms", measured)
    shows("pruning-equals-scratch", NETWORKS, effects=[0.001, 0.005])
    assert all(seeds == made.SEEDS for _, seeds in asked)


def test_selective_survivors_change_beside_random_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [pruning_plans.SELECTIVITY, pruning_plans.SHAPLEY, "random", "random 1"]
    monkeypatch.setattr(recovery, "N_RANDOM", 2)
    before = np.full((2, 4, 2), 0.8)
    change = np.array([[[0.1, 0.08], [9, 9], [0.04, 0], [0.06, 0.02]], [[0.1, 0.02], [9, 9], [0.1, 0], [0.1, 0.02]]])
    auroc = xr.DataArray(
        np.stack([before, before + change], axis=2),
        dims=("seed", "plan", "state", "place"),
        coords={"seed": made.SEEDS, "plan": plans, "state": ["before", "after"]},
    )
    _tuned(monkeypatch, auroc=auroc)
    shows("pruning-survivors-detect-better", NETWORKS, effects=[0.06, 0.005])


def test_selectivity_under_the_notebooks_mask_rises_beside_that_under_a_dealt_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readout_masks, "N_DEALT", 2)
    masks = ["most selective", "dealt at random 0", "dealt at random 1", "no mask"]
    before = np.array([[0.6, 0.1, 0.0, 9], [0.6, 0.1, 0.2, 9]])
    rise = np.array([[0.2, 0.0, 0.1, 5], [0.1, 0.3, 0.1, 5]])
    found = xr.Dataset(
        {"selectivity": (("seed", "mask", "state"), np.stack([before, before + rise], axis=-1))},
        coords={"seed": made.SEEDS, "mask": masks, "state": ["before", "after"]},
    )
    monkeypatch.setattr(readout_masks, "measured", made.by_population((NETWORKS, found)))
    shows("pruning-mask-forces-selectivity", NETWORKS, effects=[0.15, -0.1])
