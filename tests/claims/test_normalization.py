"""Effects of chapter 4's claims on made-up measurements: of two seeds one bears a claim out and the other does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import baseline, normalization
from mnist_interp.experiments import (
    ablation_effects,
    correctness,
    layernorm_ablation,
    performance,
    recordings,
    specialization,
    subset_scores,
    training_dynamics,
)
from tests.claims import made
from tests.claims.made import by_digit, shows

RAW, OTHER, ARM = made.population(), made.population(last_accuracy=[0.5, 0.75]), made.population()
BEFORE_THE_LAST = [0.1, 0.3, 0.5, 0.7]  # accuracies that no mean of the last five epochs takes in


def _read(*settled: float) -> xr.Dataset:
    """Make test accuracies after epochs 0 to 8, whose last five have the means that are given."""
    rows = [[*BEFORE_THE_LAST, one - 0.02, one + 0.02, one, one - 0.01, one + 0.01] for one in settled]
    return made.labeled({"seed": made.SEEDS, "epoch": range(made.EPOCHS + 1)}, test_accuracy=rows)


def _reads(monkeypatch: pytest.MonkeyPatch, *rows: Sequence[float]) -> None:
    """Stand in for the settled accuracies of the baseline, another population and an arm between them."""
    answers = zip((RAW, OTHER, ARM), (_read(*row) for row in rows), strict=False)
    monkeypatch.setattr(performance, "summary", made.by_population(*answers))


def test_a_gain_is_of_settled_accuracy_second_less_first(monkeypatch: pytest.MonkeyPatch) -> None:
    _reads(monkeypatch, [0.9, 0.92], [0.92, 0.925])
    shows("normalization-standardizing-gains", RAW, OTHER, effects=[0.02, 0.005])


@pytest.mark.parametrize(
    ("claim", "effects"),
    [
        ("normalization-tuned-pixels", [0.001, -0.002]),
        ("normalization-both-tuned", [-0.002, -0.003]),
        ("normalization-order-is-noise", [0.002, 0.003]),
    ],
)
def test_a_small_gain_is_counted_by_images(monkeypatch: pytest.MonkeyPatch, claim: str, effects: list[float]) -> None:
    first = np.random.default_rng(0).integers(0, 6, size=(2, 50)) / 5
    tilt = np.linspace(-0.1, 0.1, 50)
    second = first + np.array(effects)[:, None] + tilt
    monkeypatch.setattr(correctness, "settled", made.by_population((RAW, first), (OTHER, second)))
    shows(claim, RAW, OTHER, effects=effects)


@pytest.mark.parametrize(
    ("claim", "gains"),
    [
        ("normalization-rate-alone", [0.032, 0.01]),
        ("normalization-start-alone", [0.004, 0.006]),
        ("normalization-centering-alone", [-0.004, 0.006]),
    ],
)
def test_an_arm_gains_beside_what_standardizing_gains(
    monkeypatch: pytest.MonkeyPatch, claim: str, gains: list[float]
) -> None:
    _reads(monkeypatch, [0.9, 0.92], [0.94, 0.94], [0.9 + gains[0], 0.92 + gains[1]])
    shows(claim, RAW, OTHER, ARM, effects=[[gains[0], 0.04], [gains[1], 0.02]])


def test_epochs_are_counted_to_what_the_baseline_settles_at(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS, "epoch": range(9)}
    early, never = [0.1, 0.8, 0.91, 0.7, *[0.95] * 5], [0.1, *[0.91] * 8]
    faster = made.labeled(axes, test_accuracy=[early, never])
    monkeypatch.setattr(performance, "summary", made.by_population((RAW, _read(0.9, 0.92)), (OTHER, faster)))
    shows("normalization-faster", RAW, OTHER, effects=[2 / 8, 9 / 8])


def test_the_mask_hides_what_training_printed_less(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made.labeled({"seed": made.SEEDS}, train_accuracy=[0.55, 0.755])
    monkeypatch.setattr(performance, "summary", made.by_population((OTHER, found)))
    shows("normalization-mask-hides", OTHER, effects=[0.05, 0.005])


def test_rises_are_counted_after_the_first_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    def losses(*risen: Sequence[int]) -> xr.Dataset:
        steps = -np.ones((2, 7))
        for row, one in zip(steps, risen, strict=True):
            row[list(one)] = 2  # of the seven steps between eight epochs
        rows = np.hstack([[[0.0], [99.0]], 20 + np.cumsum(np.hstack([[[0], [0]], steps]), axis=1)])
        return made.labeled({"seed": made.SEEDS, "epoch": range(9)}, test_loss=rows)

    answers = made.by_population((RAW, losses([0, 2, 6], [1])), (OTHER, losses([3], [2])))
    monkeypatch.setattr(performance, "summary", answers)
    shows("normalization-losses-steadier", RAW, OTHER, effects=[1 / 7 - 3 / 7, 1 / 7 - 1 / 7])


def _tuning(population: made.Population, turned: Sequence[int]) -> xr.DataArray:
    """Make class means of which so many of layer 2's four units turn, after epoch 5, from one digit to its opposite.

    A fifth unit is dead, and layer 1's are all for 0 at first and then for 9.
    """
    run = population[0]
    places = baseline.landmarks(run)
    ramp = np.arange(10.0)
    labels = recordings.neuron_labels({"relu1": 2, "relu2": 5})
    means = np.zeros((2, len(places), 10, 7))
    means[:, :, :, :2] = ramp[::-1, None]
    means[:, -1, :, :2] = ramp[:, None]
    means[:, :, :, 2:6] = ramp[:, None]
    for seed, count in enumerate(turned):
        means[seed, places.index(baseline.checkpoint_at(run, 5)), :, 2 : 2 + count] = 3 + 2 * ramp[::-1, None]
    means[:, : places.index(baseline.checkpoint_at(run, 5)), :, 2:] = 1
    return xr.DataArray(
        means,
        dims=("seed", "checkpoint", "digit", "neuron"),
        coords=labels.assign(seed=made.SEEDS, checkpoint=places, digit=range(10)),
    )


def test_tuning_is_steadier_where_fewer_units_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = made.by_population((RAW, _tuning(RAW, [2, 1])), (OTHER, _tuning(OTHER, [1, 2])))
    monkeypatch.setattr(training_dynamics, "class_means", answers)
    shows("normalization-neurons-steadier", RAW, OTHER, effects=[0.5 - 0, 0 - 0.5])


def test_what_is_wider_are_layer_1s_pre_activations_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def spreads(*last: float) -> xr.Dataset:
        values = np.full((2, 2, 3), 5.0)
        values[:, 1, 1] = last
        axes = {"seed": made.SEEDS, "checkpoint": [0, 9], "layer": ["relu1", "linear1", "linear2"]}
        return made.labeled(axes, std_overall=values)

    answers = made.by_population((RAW, spreads(2, 4)), (OTHER, spreads(4, 5)))
    monkeypatch.setattr(training_dynamics, "summary", answers)
    shows("normalization-activations-wider", RAW, OTHER, effects=[1, 0.25])


def _scored(score: str, untrained: Sequence[float], trained: Sequence[float]) -> xr.Dataset:
    """Make scores of two live units of layer 2 with these means, beside a dead one and layer 1."""
    values = np.full((2, 2, 4), 7.0)
    for place, means in enumerate((untrained, trained)):
        values[:, place, 1], values[:, place, 2] = np.subtract(means, 0.1), np.add(means, 0.1)
    active = np.ones((2, 2, 4))
    active[:, :, 3] = 0
    return made.specialized({"relu1": 1, "relu2": 3}, **{score: values}, active=active)


@pytest.mark.parametrize(
    ("claim", "score", "first", "second", "effects"),
    [
        (
            "normalization-before-specializes",
            "index",
            ([0.2, 0.3], [0.4, 0.5]),
            ([0.1, 0.3], [0.6, 0.5]),
            [0.5 - 0.2, 0.2 - 0.2],
        ),
        ("normalization-before-tells", "auroc", ([0.5, 0.9], [0.7, 0.7]), ([0.5, 0.5], [0.75, 0.6]), [0.05, -0.1]),
        ("normalization-dropout-blurs", "index", ([0.1, 0.9], [0.6, 0.6]), ([0.2, 0.2], [0.5, 0.7]), [-0.1, 0.1]),
    ],
)
def test_specialization_is_that_of_live_units_of_layer_2(
    monkeypatch: pytest.MonkeyPatch,
    claim: str,
    score: str,
    first: tuple[list[float], list[float]],
    second: tuple[list[float], list[float]],
    effects: list[float],
) -> None:
    answers = made.by_population((RAW, _scored(score, *first)), (OTHER, _scored(score, *second)))
    monkeypatch.setattr(specialization, "summary", answers)
    shows(claim, RAW, OTHER, effects=effects)


def _imposed(monkeypatch: pytest.MonkeyPatch, score: str, plain: Sequence[float], **places: Sequence[float]) -> None:
    """Stand in for a score of layer 2 trained without a norm, and with one imposed before or behind a ReLU."""
    nothing = [0.0, 0.0]
    answers = {name.replace("_", " "): _scored(score, nothing, trained) for name, trained in places.items()}
    monkeypatch.setattr(specialization, "summary", made.by_population((RAW, _scored(score, nothing, plain))))

    def imposed(population: object, place: str) -> xr.Dataset:
        assert population is RAW
        return answers[place]

    monkeypatch.setattr(specialization, "imposed", imposed)


def test_a_norm_is_imposed_behind_layer_1(monkeypatch: pytest.MonkeyPatch) -> None:
    _imposed(monkeypatch, "index", [0.4, 0.4], behind_relu1=[0.41, 0.45])
    shows("normalization-imposed-behind-index", RAW, effects=[0.01, 0.05])
    _imposed(monkeypatch, "auroc", [0.7, 0.7], behind_relu1=[0.72, 0.69])
    shows("normalization-imposed-behind-auroc", RAW, effects=[0.02, -0.01])


def test_a_trained_norm_is_held_against_the_best_of_what_is_trained_without(monkeypatch: pytest.MonkeyPatch) -> None:
    _imposed(monkeypatch, "auroc", [0.7, 0.7], behind_relu1=[0.72, 0.69], before_relu2=[0.71, 0.79])
    plain = specialization.summary(RAW)
    trained = _scored("auroc", [0.0, 0.0], [0.75, 0.78])
    monkeypatch.setattr(specialization, "summary", made.by_population((RAW, plain), (OTHER, trained)))
    shows("normalization-before-beats-every-ruler", RAW, OTHER, effects=[0.75 - 0.72, 0.78 - 0.79])


def _bottlenecks(layer: str, reference: str, *answers: tuple[made.Population, Sequence[int]]) -> Callable[..., object]:
    """Stand in for costs under which so many units of each network are bottlenecks."""
    n_units = 6
    found = {}
    for population, counts in answers:
        lost = by_digit(n_units, *[(seed, unit, 3, 0.5) for seed, count in enumerate(counts) for unit in range(count)])
        others = {name: np.zeros((2, n_units, 10)) for name in ("zero", "mean", "resample") if name != reference}
        found[population, layer] = made.costs({reference: lost, **others})
    return made.ablated(found)


def test_bottlenecks_are_the_baselines_less_those_of_the_normalized_network(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = _bottlenecks("relu2", "zero", (RAW, [4, 1]), (OTHER, [1, 3]))
    monkeypatch.setattr(ablation_effects, "costs", costs)
    shows("normalization-bottlenecks-fewer", RAW, OTHER, effects=[4 - 1, 1 - 3])


def test_a_better_rate_spares_beside_what_normalization_spares(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = _bottlenecks("relu2", "zero", (RAW, [5, 5]), (ARM, [2, 4]), (OTHER, [1, 2]))
    monkeypatch.setattr(ablation_effects, "costs", costs)
    shows("normalization-fewer-is-faster", RAW, ARM, OTHER, effects=[[5 - 2, 5 - 1], [5 - 4, 5 - 2]])


def test_resampling_breaks_more_of_the_normalized_network(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = _bottlenecks("relu2", "resample", (RAW, [1, 2]), (OTHER, [3, 1]))
    monkeypatch.setattr(ablation_effects, "costs", costs)
    shows("normalization-resampled-breaks-more", RAW, OTHER, effects=[2, -1])


def test_bottlenecks_behind_a_norm_are_units_of_that_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablation_effects, "costs", _bottlenecks("norm2", "zero", (OTHER, [0, 2])))
    shows("normalization-behind-no-bottleneck", OTHER, effects=[0, 2])


def test_the_normalized_network_has_a_one_if_some_unit_costs_the_1s_half(monkeypatch: pytest.MonkeyPatch) -> None:
    zero = by_digit(3, (0, 1, 1, 0.75), (0, 0, 1, 0.25), (0, 2, 7, 1.0), (1, 0, 1, 0.375), (1, 0, 2, 0.75))
    mean = by_digit(3, (0, 1, 1, 0.125), (0, 2, 7, 1.0), (1, 2, 1, 0.625), (1, 1, 1, 0.25))
    answers = {(OTHER, "relu2"): made.costs({"zero": zero, "mean": mean})}
    monkeypatch.setattr(ablation_effects, "costs", made.ablated(answers))
    shows("normalization-share-with-a-one-under-zero", OTHER, effects=[1, 0])
    shows("normalization-share-with-a-one-under-mean", OTHER, effects=[0, 1])


def test_zero_is_held_against_the_mean_behind_the_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = {"zero": [[0.02, 0.01], [0.04, 0.02]], "mean": [[0.01, 0.014], [0.01, 0.02]]}
    answers = {(OTHER, "norm1"): made.costs(lost_overall=lost)}
    monkeypatch.setattr(ablation_effects, "costs", made.ablated(answers))
    shows("normalization-zero-is-mean", OTHER, effects=[0.015 - 0.012, 0.03 - 0.015])


def test_coupling_costs_what_recomputed_statistics_cost_beyond_frozen_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS, "reference": ["zero", "mean"], "statistics": ["recomputed", "frozen"], "unit": [0, 1]}
    overall = np.full((2, 2, 2, 2), 9.0)
    overall[:, 0] = [[[0.01, 0.03], [0.02, 0.018]], [[0.05, 0.03], [0.02, 0.01]]]
    overall[:, 1, 0] = 5.0
    found = made.labeled(axes, overall=overall)
    monkeypatch.setattr(layernorm_ablation, "costs", made.by_population((OTHER, found)))
    shows("normalization-coupling-harmless", OTHER, effects=[0.02 - 0.019, 0.04 - 0.015])


def test_selective_subspaces_are_compared_beyond_random_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    raw, normal = (
        made.labeled({"seed": made.SEEDS}, selective=selective, random=random)
        for selective, random in (([0.2, 0.3], [0.1, 0.1]), ([0.4, 0.6], [0.2, 0.45]))
    )
    monkeypatch.setattr(normalization, "subspaces", made.by_population((RAW, raw), (OTHER, normal)))
    shows("normalization-subspaces-clearer-than-random", RAW, OTHER, effects=[0.2 - 0.1, 0.15 - 0.2])


def test_subspaces_are_of_selective_fives_and_of_random_live_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.repeat(range(10), 2)
    points = np.zeros(
        (20, 4)
    )  # in unit 0 all coincide, in unit 2 two images of a digit, in unit 3 none; unit 1 is dead
    points[:, 2], points[:, 3] = labels, np.tile([0, 1], 10)
    selective = {made.SEEDS[0]: np.array([[2]] * 9 + [[3]]), made.SEEDS[1]: np.array([[0]] * 10)}

    def random_fives(n_units: int, *, seed: int) -> np.ndarray:
        assert n_units == 3, "of live units"
        return {made.SEEDS[0]: np.array([[0], [1]]), made.SEEDS[1]: np.array([[1], [2]])}[seed]

    monkeypatch.setattr(recordings, "points", lambda run, layer, *, per_class: {"relu2": points}[layer])
    monkeypatch.setattr(recordings, "labels", lambda *, per_class: labels)
    monkeypatch.setattr(subset_scores, "live_units", lambda run: np.array([0, 2, 3]))
    monkeypatch.setattr(subset_scores, "selective_live_fives", lambda run: selective[run.seed])
    monkeypatch.setattr(subset_scores, "random_fives", random_fives)
    monkeypatch.setattr(normalization.parallel, "each", lambda function, jobs: [function(*job) for job in jobs])
    found = normalization.subspaces.__wrapped__(RAW)
    assert found["seed"].to_numpy().tolist() == made.SEEDS
    # in unit 3 an image lies 1 from the other of its digit, and 1/2 on average from those of the next digit
    np.testing.assert_allclose(found["selective"], [(9 * 1 - 0.5) / 10, 0])
    np.testing.assert_allclose(found["random"], [(0 + 1) / 2, (1 - 0.5) / 2])
