"""Effects of chapter 6's claims on made-up measurements: one of two networks bears a claim out, the other does not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import cnn
from mnist_interp.experiments import (
    ablation_effects,
    accuracy_matching,
    channel_places,
    performance,
    recordings,
    robustness,
    specialization,
)
from tests.claims import made
from tests.claims.made import by_digit, shows

CNN, ALIKE, WIDE, FROZEN, SHUFFLED, SHUFFLED_MLP = (made.population() for _ in range(6))


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
    shows("cnn-frozen", CNN, ALIKE, FROZEN, effects=[[0.03, 0.04], [0.001, 0.005]])
    shows("cnn-needs-neighbors", CNN, ALIKE, SHUFFLED, SHUFFLED_MLP, effects=[[0.04 - 0.01, 0.04], [0, 0.005]])


@pytest.fixture
def matched(monkeypatch: pytest.MonkeyPatch, accuracies: None) -> None:
    """Stand in for the checkpoints at which the two CNNs read as well as the MLP does in the end."""

    def checkpoints(population: object, accuracy: np.ndarray) -> xr.Dataset:
        assert population is CNN
        np.testing.assert_allclose(accuracy, [0.94, 0.95])
        return _by_seed(checkpoint=[2, 5], accuracy=accuracy)

    monkeypatch.setattr(accuracy_matching, "checkpoints", checkpoints)


def _at(answers: dict[tuple[object, str, str], object]) -> Callable[..., object]:
    """Stand in for what is measured of a population's layer: at its last checkpoint, or at those that match."""
    places = {"-1": "last", "[2, 5]": "matched"}

    def measured(population: object, *layer: str, checkpoint: int | list[int] = -1) -> object:
        return answers[population, *layer, places[f"{checkpoint}"]]

    return measured


@pytest.mark.usefixtures("matched")
def test_a_shift_costs_what_two_pixels_take(monkeypatch: pytest.MonkeyPatch) -> None:
    def shifted(*rows: tuple[float, float]) -> xr.Dataset:
        axes = {"seed": made.SEEDS, "pixels": list(robustness.SHIFTS)}
        return made.labeled(axes, shift=[[still, 0.1, moved, 0.2, 0.3] for still, moved in rows])

    answers = {
        (CNN, "last"): shifted((0.95, 0.85), (0.95, 0.947)),
        (CNN, "matched"): shifted((0.9, 0.7), (0.9, 0.896)),
        (FROZEN, "last"): shifted((0.9, 0.8), (0.9, 0.897)),
        (ALIKE, "last"): shifted((0.9, 0.5), (0.9, 0.896)),
    }
    summary = _at(answers)
    monkeypatch.setattr(
        robustness, "summary", lambda population, checkpoint=-1: summary(population, checkpoint=checkpoint)
    )
    shows("cnn-shift-is-not-free", CNN, effects=[0.1, 0.003])
    shows("cnn-shift-at-matched-accuracy", CNN, ALIKE, effects=[[0.2, 0.4], [0.004, 0.004]])
    shows("cnn-shift-without-learning", FROZEN, ALIKE, effects=[[0.1, 0.4], [0.003, 0.004]])


def _costs(monkeypatch: pytest.MonkeyPatch, answers: dict[tuple[object, str, str], xr.Dataset]) -> None:
    costs = _at(answers)

    def of_layer(population: object, layer: str = "relu2", checkpoint: int | list[int] = -1) -> object:
        return costs(population, layer, checkpoint=checkpoint)

    monkeypatch.setattr(ablation_effects, "costs", of_layer)


@pytest.mark.usefixtures("matched")
def test_a_channel_is_measured_where_the_cnn_reads_as_well_as_the_mlp(monkeypatch: pytest.MonkeyPatch) -> None:
    channels = made.costs(lost_overall={"mean": [[0.01, 0.03], [0.1, 0.2]]})
    neurons = made.costs(lost_overall={"mean": [[0.1, 0.2, 0.3], [0.1, 0.2, 0.15]]})
    _costs(monkeypatch, {(CNN, "relu2", "matched"): channels, (ALIKE, "relu2", "last"): neurons})
    shows("cnn-channel-is-cheaper", CNN, ALIKE, effects=[0.02 - 0.2, 0.15 - 0.15])


def test_a_one_is_looked_for_among_the_channels_of_layer_2(monkeypatch: pytest.MonkeyPatch) -> None:
    channels = by_digit(3, (0, 0, 1, 0.25), (0, 1, 2, 0.75), (1, 1, 1, 0.75))
    _costs(monkeypatch, {(CNN, "relu2", "last"): made.costs({"zero": channels})})
    shows("cnn-share-with-a-one-among-channels", CNN, effects=[0, 1])


@pytest.mark.usefixtures("matched")
def test_last_layers_are_compared_at_the_accuracy_of_the_mlp(monkeypatch: pytest.MonkeyPatch) -> None:
    units = by_digit(4, (0, 2, 1, 0.375), (0, 0, 2, 0.75), (1, 0, 1, 0.125), (1, 1, 7, 0.25))
    mlp = by_digit(5, (0, 2, 1, 0.5), (1, 0, 1, 0.75), (1, 1, 3, 0.5))
    answers = {
        (CNN, "relu3", "matched"): made.costs({"zero": units}),
        (ALIKE, "relu2", "last"): made.costs({"zero": mlp}),
    }
    _costs(monkeypatch, answers)
    for width in ("", "-32"):
        assert made.claims()[f"cnn-ones-at-equal-width{width}"].effects is cnn.ones_beside
        assert made.claims()[f"cnn-bottlenecks-at-equal-width{width}"].effects is cnn.bottlenecks_beside
    shows("cnn-ones-at-equal-width", CNN, ALIKE, effects=[0.375 - 0.5, 0.125 - 0.75])
    shows("cnn-ones-at-equal-width-32", CNN, ALIKE, effects=[0.375 - 0.5, 0.125 - 0.75])
    shows("cnn-bottlenecks-at-equal-width", CNN, ALIKE, effects=[1 - 1, 0 - 2])
    shows("cnn-bottlenecks-at-equal-width-32", CNN, ALIKE, effects=[1 - 1, 0 - 2])


def test_bottlenecks_are_compared_by_the_width_of_perceptrons(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = by_digit(4, (0, 0, 1, 0.5), (0, 1, 1, 0.5), (0, 3, 9, 0.75), (1, 2, 2, 0.75))
    wide = by_digit(8, (0, 7, 3, 0.5), (1, 0, 2, 0.75), (1, 1, 0, 0.25))
    answers = {
        (ALIKE, "relu2", "last"): made.costs({"zero": narrow}),
        (WIDE, "relu2", "last"): made.costs({"zero": wide}),
    }
    _costs(monkeypatch, answers)
    shows("cnn-bottlenecks-by-width", ALIKE, WIDE, effects=[3 - 1, 1 - 1])


def test_detectors_are_averaged_over_the_live_units_of_each_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.zeros((2, 2, 6))  # (seed, state, two units of each layer), untrained 0
    scores[:, 1] = [[0.6, 0.7, 9, 9, 0.9, 0.5], [0.6, 0.7, 9, 9, 0.66, 0.68]]
    active = np.ones((2, 2, 6))
    active[0, 1, 5] = 0
    found = made.specialized({"relu1": 2, "relu2": 2, "relu3": 2}, auroc=scores, active=active, index=5.0)
    monkeypatch.setattr(specialization, "summary", made.by_population((CNN, found)))
    shows("cnn-selectivity-rises", CNN, effects=[0.9 - 0.65, 0.67 - 0.65])
    places = made.labeled(
        {"seed": made.SEEDS, "channel": range(3)},
        best=[[0.92, 0.87, 0.9], [0.55, 0.65, 0.9]],
        typical=np.zeros((2, 3)),
        mean_of_map=np.zeros((2, 3)),
        live=[[True, True, True], [True, True, False]],
    )
    monkeypatch.setattr(channel_places, "detection", made.by_population((CNN, places)))
    shows("cnn-best-place-does-not-rise", CNN, effects=[0.9 - 2.69 / 3, 0.67 - 0.6])


def test_spread_times_readout_is_held_against_the_spread_alone_in_layer_3(monkeypatch: pytest.MonkeyPatch) -> None:
    ordered, mixed = [1, 2, 3, 4, 5], [3, 1, 5, 2, 4]  # ranks differ by 2, 1, 2, 2, 1: 1 - 6 * 14 / 120
    mean = np.array([ordered, ordered]) / 100
    found = made.costs(
        lost_overall={"mean": mean, "zero": -mean},
        spread=[ordered, mixed],
        std=[mixed, ordered],
        activity=[[1] * 5] * 2,
    )
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(CNN, "relu3"): found}))
    shows("cnn-spread-beyond-std", CNN, effects=[1 - 0.3, 0.3 - 1])


@pytest.mark.usefixtures("matched")
def test_digits_are_clearer_where_the_last_hidden_layer_has_the_higher_silhouette(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = {
        (CNN, "relu3", "matched"): _by_seed(silhouette=[0.4, 0.3]),
        (ALIKE, "relu2", "last"): _by_seed(silhouette=[0.3, 0.28]),
    }
    silhouettes = _at(answers)
    monkeypatch.setattr(
        cnn,
        "silhouettes",
        lambda population, layer, checkpoint=-1: silhouettes(population, layer, checkpoint=checkpoint),
    )
    shows("cnn-digits-clearer-at-equal-width", CNN, ALIKE, effects=[0.1, 0.02])


def test_a_silhouette_is_that_of_the_layers_points(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = np.array([[0.0, 0], [0, 1], [10, 0], [10, 1]])
    mixed = np.array([[0.0, 0], [10, 0], [0, 1], [10, 1]])
    points = {(made.SEEDS[0], "relu3", 2): apart, (made.SEEDS[1], "relu3", 5): mixed}
    monkeypatch.setattr(
        recordings, "points", lambda run, layer, *, per_class, checkpoint: points[run.seed, layer, checkpoint]
    )
    monkeypatch.setattr(recordings, "labels", lambda *, per_class: np.array([4, 4, 7, 7]))
    monkeypatch.setattr(cnn.parallel, "each", lambda function, jobs: [function(*job) for job in jobs])
    found = cnn.silhouettes.__wrapped__(CNN, "relu3", [2, 5])["silhouette"]
    assert found["seed"].to_numpy().tolist() == made.SEEDS
    other = (10 + np.sqrt(101)) / 2  # mean distance of a point to those of the other digit
    own, next_one = 10.0, (1 + np.sqrt(101)) / 2  # where digits lie across each other
    np.testing.assert_allclose(found, [(other - 1) / other, (next_one - own) / own])
