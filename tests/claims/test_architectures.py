"""Effects of chapter 9's claims on made-up measurements: of two networks one bears a claim out, the other does not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import architectures
from mnist_interp.experiments import (
    head_ablation,
    matched_architectures,
    paired_architectures,
    performance,
    robustness,
    rollout,
)
from mnist_interp.methods import estimates
from tests.claims import made
from tests.claims.made import shows

ONE, OTHER, THIRD = made.population(), made.population(), made.population()
OTHERWISE = 9.0  # what is measured of all that a claim is not about
PLACES = {id(ONE): [3, 5], id(OTHER): [2, 2], id(THIRD): [7, 4]}


def _damage(at_matched: list[float]) -> xr.Dataset:
    """Return units that cost their worst digit so much at 95 % under the optimal constant, twice that just before."""
    lost = np.full((2, 3, 3, 16, 10), OTHERWISE)  # seed, checkpoint, reference, unit, digit
    for seed, mean in enumerate(at_matched):
        lost[seed, :, 2] = 0
        lost[seed, 0, 2, :8, 4], lost[seed, 1, 2, :8, 4] = 4 * mean, 2 * mean  # half of the units: means are half
        lost[seed, :, 2, :8, 6] = 0.5 * mean
        lost[seed, 0, 2, :, :] *= 1.5
        lost[seed, 1, 2, :, :] *= 0.5
    return xr.Dataset(
        {
            "lost": (("seed", "checkpoint", "reference", "unit", "digit"), lost),
            "accuracy": (("seed", "checkpoint"), np.array([[0.94, 0.96, 0.97]] * 2)),
        },
        coords={"seed": made.SEEDS, "checkpoint": [5, 9, 12], "reference": list(matched_architectures.REFERENCES)},
    )


@pytest.mark.parametrize(
    ("claim", "effects"),
    [("architectures-damage-cnn", [0.2, 0.3]), ("architectures-damage-transformer", [-0.2, -0.3])],
)
def test_damage_at_equal_accuracy_is_a_ratio(monkeypatch: pytest.MonkeyPatch, claim: str, effects: list[float]) -> None:
    """Half way from .94 to .96 the mean is half way between 3 and 0.5 times; a ratio does not depend on that."""
    theirs = np.array([0.02, 0.05])
    found = made.by_population(
        (ONE, _damage((theirs * np.exp(effects)).tolist())),
        (OTHER, _damage(theirs.tolist())),
    )
    monkeypatch.setattr(matched_architectures, "through_training", found)
    np.testing.assert_allclose(architectures.damage(OTHER), 1.75 * theirs)
    shows(claim, ONE, OTHER, effects=effects)


def _accuracies(monkeypatch: pytest.MonkeyPatch, one: list[float], other: list[float]) -> None:
    answers = [
        (which, made.labeled({"seed": made.SEEDS}, accuracy=values)) for which, values in ((ONE, one), (OTHER, other))
    ]
    monkeypatch.setattr(performance, "accuracy", made.by_population(*answers))


def test_a_cnn_is_held_against_the_transformer_of_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    _accuracies(monkeypatch, [0.988, 0.975], [0.97, 0.974])
    shows("architectures-cnn-beats-transformer", ONE, OTHER, effects=[0.018, 0.001])


def test_shuffling_costs_what_the_intact_one_has_more(monkeypatch: pytest.MonkeyPatch) -> None:
    _accuracies(monkeypatch, [0.97, 0.97], [0.95, 0.965])
    shows("architectures-shuffle-transformer", ONE, OTHER, effects=[0.02, 0.005])


def test_shifts_are_held_against_each_other_each_at_its_own_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matched_architectures, "nearest", lambda population: PLACES[id(population)])
    cost = {id(ONE): [0.1, 0.2], id(OTHER): [0.2, 0.2]}

    def summary(population: object, places: list[int], shifts: object, turns: object) -> xr.Dataset:
        assert places == PLACES[id(population)]
        assert shifts == (0, 2)
        moved = [[0.95, 0.95 - one] for one in cost[id(population)]]
        return made.labeled({"seed": made.SEEDS, "pixels": [0, 2]}, shift=moved)

    monkeypatch.setattr(robustness, "summary", summary)
    shows("architectures-shift", ONE, OTHER, effects=[[0.1, 0.2], [0.2, 0.2]])


def _privileges(monkeypatch: pytest.MonkeyPatch, *beyond_rotations: list[float]) -> None:
    monkeypatch.setattr(matched_architectures, "nearest", lambda population: PLACES[id(population)])
    values = dict(zip(map(id, (ONE, OTHER, THIRD)), beyond_rotations, strict=True))

    def of_pairs(population: object, places: list[int]) -> xr.Dataset:
        assert places == PLACES[id(population)]
        partner = 0.5 + np.array(values[id(population)])
        return made.labeled({"pair": ["3 and 8", "11 and 12"]}, live_partner=partner, live_rotated=[0.5, 0.5])

    monkeypatch.setattr(paired_architectures, "of_pairs", of_pairs)


def test_privilege_is_of_the_kind_that_has_most_less_that_of_the_kind_that_has_least(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _privileges(monkeypatch, [0.05, 0.07], [0.03, 0.02], [0.06, 0.12])
    shows("architectures-privilege-alike", ONE, OTHER, THIRD, effects=[0.03, 0.1])


def test_kinds_that_trade_places_from_pair_to_pair_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    _privileges(monkeypatch, [0.02, 0.12], [0.12, 0.02], [0.07, 0.07])
    assert estimates.estimate(architectures.privilege_apart(ONE, OTHER, THIRD)).value == pytest.approx(0)


def test_rollout_is_what_the_network_of_each_seed_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS}
    found = made.labeled(axes, correlation=[0.3, 0.7], ink=[OTHERWISE, OTHERWISE])
    monkeypatch.setattr(rollout, "measured", made.by_population((ONE, found)))
    shows("architectures-rollout", ONE, effects=[0.3, 0.7])


def test_the_most_vital_head_is_held_against_the_most_vital_rotated_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Means over rotations of the largest loss, not the largest of all rotations, nor that of the means."""
    heads = [f"{block}.{head}" for block in (1, 2) for head in range(4)]
    lost, rotated = np.zeros((2, 8)), np.zeros((2, 2, 8))
    lost[:, 5] = [0.1, 0.04]
    rotated[:, 0, 1], rotated[:, 1, 6] = 0.02, 0.04
    found = xr.Dataset(
        {"lost": (("seed", "head"), lost), "lost_rotated": (("seed", "rotation", "head"), rotated)},
        coords={"seed": made.SEEDS, "head": heads},
    )
    monkeypatch.setattr(head_ablation, "measured", made.by_population((ONE, found)))
    shows("architectures-heads", ONE, effects=[0.07, 0.01])
