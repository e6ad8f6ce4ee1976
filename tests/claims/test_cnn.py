"""Effects of chapter 6's claims on made-up measurements: one of two networks bears a claim out, the other does not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import cnn
from mnist_interp.experiments import (
    ablation_effects,
    accuracy_matching,
    performance,
    recordings,
    robustness,
    specialization,
)
from tests.claims import made
from tests.claims.made import by_digit, shows

CNN, ALIKE, FROZEN, SHUFFLED, SHUFFLED_MLP = (made.population() for _ in range(5))


def _by_seed(**variables: object) -> xr.Dataset:
    return made.labeled({"seed": made.SEEDS}, **variables)


@pytest.fixture
def accuracies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for what five populations of two networks read."""
    found = {CNN: [0.98, 0.955], ALIKE: [0.94, 0.95], FROZEN: [0.97, 0.951]}
    found |= {SHUFFLED: [0.951, 0.945], SHUFFLED_MLP: [0.941, 0.94]}
    answers = [(one, _by_seed(accuracy=values)) for one, values in found.items()]
    monkeypatch.setattr(performance, "accuracy", made.by_population(*answers))


@pytest.mark.usefixtures("accuracies")
def test_gains_and_their_shares_are_over_the_mlp_of_the_same_seed() -> None:
    shows("cnn-reads-better", CNN, ALIKE, effects=[0.04, 0.005])
    shows("cnn-frozen", CNN, ALIKE, FROZEN, effects=[0.75, 0.2])
    shows("cnn-needs-neighbors", CNN, ALIKE, SHUFFLED, SHUFFLED_MLP, effects=[1 - 0.01 / 0.04, 1 - 0.005 / 0.005])
    shows("cnn-mlp-is-blind", ALIKE, SHUFFLED_MLP, effects=[0.001, -0.01])


def test_a_shift_costs_what_two_pixels_take(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS, "pixels": list(robustness.SHIFTS)}
    convolutions = made.labeled(axes, shift=[[0.95, 0.1, 0.85, 0.2, 0.3], [0.95, 0.1, 0.947, 0.2, 0.3]])
    perceptron = made.labeled(axes, shift=[[0.9, 0.3, 0.5, 0.2, 0.1], [0.9, 0.3, 0.896, 0.2, 0.1]])
    monkeypatch.setattr(robustness, "summary", made.by_population((CNN, convolutions), (ALIKE, perceptron)))
    shows("cnn-shift", CNN, ALIKE, effects=[0.1 / 0.4, 0.003 / 0.004])
    shows("cnn-shift-is-not-free", CNN, effects=[0.1, 0.003])


@pytest.mark.usefixtures("accuracies")
def test_a_channel_is_measured_where_the_cnn_reads_as_well_as_the_mlp(monkeypatch: pytest.MonkeyPatch) -> None:
    def checkpoints(population: object, accuracy: np.ndarray) -> xr.Dataset:
        assert population is CNN
        np.testing.assert_allclose(accuracy, [0.94, 0.95])
        return _by_seed(checkpoint=[2, 5], accuracy=accuracy)

    channels = made.costs(lost_overall={"mean": [[0.01, 0.03], [0.1, 0.2]]})
    neurons = made.costs(lost_overall={"mean": [[0.1, 0.2, 0.3], [0.1, 0.2, 0.15]]})

    def costs(population: object, layer: str, checkpoint: int | list[int] = -1) -> xr.Dataset:
        return {(CNN, "relu2", "[2, 5]"): channels, (ALIKE, "relu2", "-1"): neurons}[population, layer, f"{checkpoint}"]

    monkeypatch.setattr(accuracy_matching, "checkpoints", checkpoints)
    monkeypatch.setattr(ablation_effects, "costs", costs)
    shows("cnn-channel-is-cheaper", CNN, ALIKE, effects=[0.02 - 0.2, 0.15 - 0.15])


def test_ones_and_bottlenecks_are_those_of_the_layer_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    channels = by_digit(3, (0, 0, 1, 0.25), (0, 1, 2, 0.75), (1, 1, 1, 0.75))
    units = by_digit(4, (0, 2, 1, 0.375), (1, 0, 1, 0.5), (1, 1, 7, 0.75), (1, 3, 1, 0.625))
    mlp = by_digit(5, *[(0, unit, unit + 2, 0.75) for unit in range(3)], *[(1, unit, unit, 0.5) for unit in range(4)])
    answers = {
        (CNN, "relu2"): made.costs({"zero": channels}),
        (CNN, "relu3"): made.costs({"zero": units}),
        (ALIKE, "relu2"): made.costs({"zero": mlp}),
    }
    monkeypatch.setattr(ablation_effects, "costs", made.ablated(answers))
    shows("cnn-no-one-among-channels", CNN, effects=[0.25, 0.75])
    shows("cnn-no-one-among-units", CNN, effects=[0.375, 0.625])
    shows("cnn-fewer-bottlenecks", CNN, ALIKE, effects=[0 - 3, 3 - 4])


def test_detectors_are_averaged_over_the_live_units_of_each_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.zeros((2, 2, 6))  # (seed, state, two units of each layer), untrained 0
    scores[:, 1] = [[0.6, 0.7, 9, 9, 0.9, 0.5], [0.6, 0.7, 9, 9, 0.66, 0.68]]
    active = np.ones((2, 2, 6))
    active[0, 1, 5] = 0
    found = made.specialized({"relu1": 2, "relu2": 2, "relu3": 2}, auroc=scores, active=active, index=5.0)
    monkeypatch.setattr(specialization, "summary", made.by_population((CNN, found)))
    shows("cnn-selectivity-rises", CNN, effects=[0.9 - 0.65, 0.67 - 0.65])


def test_spread_is_held_against_what_the_mean_costs_in_layer_3(monkeypatch: pytest.MonkeyPatch) -> None:
    mean = np.array([[1, 2, 3, 4, 5], [3, 1, 5, 2, 4]]) / 100  # ranks differ by 2, 1, 2, 2, 1: 1 - 6 * 14 / 120
    found = made.costs(lost_overall={"mean": mean, "zero": -mean}, spread=[[1, 2, 4, 8, 16]] * 2)
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(CNN, "relu3"): found}))
    shows("cnn-spread-foretells", CNN, effects=[1, 0.3])


def test_digits_are_clearer_where_the_last_hidden_layer_has_the_higher_silhouette(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = {(CNN, "relu3"): [0.4, 0.3], (ALIKE, "relu2"): [0.3, 0.28]}
    monkeypatch.setattr(cnn, "silhouettes", lambda population, layer: _by_seed(silhouette=answers[population, layer]))
    shows("cnn-digits-are-clearer", CNN, ALIKE, effects=[0.1, 0.02])


def test_a_silhouette_is_that_of_the_layers_points(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = np.array([[0.0, 0], [0, 1], [10, 0], [10, 1]])
    mixed = np.array([[0.0, 0], [10, 0], [0, 1], [10, 1]])
    points = {(made.SEEDS[0], "relu3"): apart, (made.SEEDS[1], "relu3"): mixed}
    monkeypatch.setattr(recordings, "points", lambda run, layer, *, per_class: points[run.seed, layer])
    monkeypatch.setattr(recordings, "labels", lambda *, per_class: np.array([4, 4, 7, 7]))
    monkeypatch.setattr(cnn.parallel, "each", lambda function, jobs: [function(*job) for job in jobs])
    found = cnn.silhouettes.__wrapped__(CNN, "relu3")["silhouette"]
    assert found["seed"].to_numpy().tolist() == made.SEEDS
    other = (10 + np.sqrt(101)) / 2  # mean distance of a point to those of the other digit
    own, next_one = 10.0, (1 + np.sqrt(101)) / 2  # where digits lie across each other
    np.testing.assert_allclose(found, [(other - 1) / other, (next_one - own) / own])
