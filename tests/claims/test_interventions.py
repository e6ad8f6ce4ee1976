"""Effects of chapter 3's claims on made-up costs: of two networks one bears a claim out and the other does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from mnist_interp.experiments import ablation_effects, correctness, directions, interchange, signed_pushes
from tests.claims import made
from tests.claims.made import by_digit, shows

NETWORKS = made.population()
LIVE, DEAD = 2, 1  # units of a layer of which pushes are made up


@pytest.fixture
def digits_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for costs by digit: under zero four units of the first network are bottlenecks, two of the second."""
    zero = by_digit(
        5,
        *[(0, 0, 1, 0.625), (0, 1, 2, 0.75), (0, 2, 3, 0.75), (0, 2, 4, 1.0), (0, 3, 3, 0.5), (0, 4, 3, 0.25)],
        *[(1, 0, 8, 0.75), (1, 4, 0, 0.5), (1, 1, 1, 0.375), (1, 1, 2, 0.375)],
    )
    mean = by_digit(5, (0, 3, 3, 0.5), (0, 0, 1, 0.25), (1, 2, 1, 0.75), (1, 3, 1, 0.25))
    optimal = by_digit(5, (0, 3, 1, 0.375), (0, 3, 2, 1.0), (1, 4, 1, 0.5))
    refit = by_digit(5, (0, 0, 1, 0.25), (0, 0, 2, 0.375), (1, 2, 6, 0.5))
    found = made.costs({"zero": zero, "mean": mean, "optimal": optimal, "refit": refit})
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(NETWORKS, "relu2"): found}))


@pytest.mark.usefixtures("digits_lost")
def test_a_bottleneck_is_a_unit_that_costs_some_digit_half() -> None:
    shows("interventions-bottlenecks", NETWORKS, effects=[4, 2])
    shows("interventions-bottlenecks-melt", NETWORKS, effects=[4 - 1, 2 - 1])
    shows("interventions-bottlenecks-refitted", NETWORKS, effects=[0, 1])


@pytest.mark.usefixtures("digits_lost")
def test_a_network_has_a_one_if_some_unit_costs_the_1s_half() -> None:
    shows("interventions-share-with-a-one-under-zero", NETWORKS, effects=[1, 0])
    shows("interventions-share-with-a-one-under-mean", NETWORKS, effects=[0, 1])
    shows("interventions-share-with-a-one-under-optimal", NETWORKS, effects=[0, 1])


@dataclass
class Parts:
    """What the pushes of two networks are made of, each with a dead unit as the last."""

    vote: np.ndarray
    class_mean: np.ndarray
    class_std: np.ndarray
    mean: np.ndarray
    constant: np.ndarray
    selectivity: np.ndarray

    def push(self, reference: str) -> np.ndarray:
        """Return the change of the mean times the vote, (2, 10, 3)."""
        held = {"zero": np.zeros_like(self.mean), "mean": self.mean, "optimal": self.constant}[reference]
        return (self.class_mean - held[:, None]) * self.vote


@pytest.fixture
def parts() -> Parts:
    """Draw pushes of which no two references, and no two networks, have the same ranks."""
    generator = np.random.default_rng(4)
    drawn = {name: generator.random((2, 10, LIVE + DEAD)) for name in ("class_mean", "class_std", "selectivity")}
    drawn["class_mean"][:, :, -1] = 0
    mean, constant = generator.random((2, 2, LIVE + DEAD))
    mean[:, -1] = 0
    return Parts(generator.normal(size=(2, 10, LIVE + DEAD)), mean=mean, constant=constant, **drawn)


def _pushed(
    monkeypatch: pytest.MonkeyPatch,
    parts: Parts,
    harm: np.ndarray,
    *,
    reference: str | None = "mean",
    layer: str = "relu2",
) -> None:
    """Stand in for pushes and for what they come with, (2, 10, 3), under a reference or (None) in cross-entropy.

    Under other references a dead unit costs most and all others the same.
    """
    harm = harm.copy()
    harm[:, :, -1] = np.arange(10)
    lost = {} if reference is None else {reference: harm.swapaxes(1, 2)}
    lost |= {name: np.zeros((2, LIVE + DEAD, 10)) for name in ("zero", "mean") if name not in lost}
    found = xr.Dataset(
        {
            **{name: (("seed", "digit", "unit"), getattr(parts, name)) for name in ("vote", "class_mean", "class_std")},
            **{name: (("seed", "unit"), getattr(parts, name)) for name in ("mean", "constant")},
            "std": (("seed", "unit"), np.ones((2, LIVE + DEAD))),
            "loss_added": (("seed", "digit", "unit"), harm if reference is None else np.zeros_like(harm)),
        },
        {"seed": made.SEEDS, "digit": range(10), "unit": range(LIVE + DEAD)},
    )
    answers = {(NETWORKS, layer): found}
    monkeypatch.setattr(signed_pushes, "measured", lambda population, layer="relu2": answers[population, layer])
    costs = made.costs(lost, selectivity=parts.selectivity, activity=parts.mean)
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(NETWORKS, layer): costs}))


def _with_opposite(values: np.ndarray) -> np.ndarray:
    """Return what rises with values in the first network and falls with them in the second."""
    return np.stack([np.exp(values[0]), -(values[1] ** 3)])


@pytest.mark.parametrize(
    ("claim", "pushed_by", "reference", "layer"),
    [
        ("interventions-push-under-zero", "zero", "zero", "relu2"),
        ("interventions-push-under-mean", "mean", "mean", "relu2"),
        ("interventions-push-under-optimal", "optimal", "optimal", "relu2"),
        ("interventions-push-under-resample", "mean", "resample", "relu2"),
        ("interventions-push-under-refit", "mean", "refit", "relu2"),
        ("interventions-push-in-layer1", "mean", "mean", "relu1"),
        ("interventions-push-on-cross-entropy", "mean", None, "relu2"),
    ],
)
def test_a_push_is_held_against_what_its_reference_costs_live_units(
    monkeypatch: pytest.MonkeyPatch, parts: Parts, claim: str, pushed_by: str, reference: str | None, layer: str
) -> None:
    _pushed(monkeypatch, parts, _with_opposite(parts.push(pushed_by)), reference=reference, layer=layer)
    shows(claim, NETWORKS, effects=[1, -1])


def test_selectivity_is_held_against_the_damage_of_live_units(monkeypatch: pytest.MonkeyPatch, parts: Parts) -> None:
    _pushed(monkeypatch, parts, _with_opposite(parts.selectivity), reference="zero")
    shows("interventions-selectivity-under-zero", NETWORKS, effects=[1, -1])


def test_selectivity_is_asked_where_a_unit_votes_for_a_digit_and_where_against(
    monkeypatch: pytest.MonkeyPatch, parts: Parts
) -> None:
    signed = np.sign(parts.vote) * parts.selectivity
    _pushed(monkeypatch, parts, _with_opposite(signed))
    shows("interventions-selectivity-where-it-votes-for", NETWORKS, effects=[1, -1])
    shows("interventions-selectivity-where-it-votes-against", NETWORKS, effects=[-1, 1])


@pytest.mark.parametrize(
    ("claim", "rival"),
    [
        ("interventions-push-beyond-signed-selectivity", lambda parts: np.sign(parts.vote) * parts.selectivity),
        ("interventions-push-beyond-spread", lambda parts: np.abs(parts.vote) * parts.class_std),
    ],
)
def test_the_push_is_held_against_a_rival_on_the_same_cells(
    monkeypatch: pytest.MonkeyPatch, parts: Parts, claim: str, rival: Callable[[Parts], np.ndarray]
) -> None:
    push, other = parts.push("mean"), rival(parts)
    alike = [stats.spearmanr(push[k, :, :LIVE].ravel(), other[k, :, :LIVE].ravel()).statistic for k in (0, 1)]
    _pushed(monkeypatch, parts, np.stack([push[0], other[1]]))
    shows(claim, NETWORKS, effects=[1 - alike[0], alike[1] - 1])


def test_spread_times_readout_is_held_against_the_spread_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ordered, mixed = [1, 2, 3, 4, 5], [3, 1, 5, 2, 4]  # ranks differ by 2, 1, 2, 2, 1: 1 - 6 * 14 / 120
    found = made.costs(
        lost_overall={"mean": np.array([[*ordered, 100]] * 2) / 100, "zero": np.array([[*mixed, 100]] * 2)},
        spread=[[*ordered, -1], [*mixed, -1]],
        std=[[*mixed, -1], [*ordered, -1]],
        activity=[[1, 0.1, 0.2, 1, 2, 0]] * 2,
    )
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(NETWORKS, "relu2"): found}))
    shows("interventions-spread-beyond-std", NETWORKS, effects=[1 - 0.3, 0.3 - 1])


def _kept(monkeypatch: pytest.MonkeyPatch, **lost: list[int]) -> None:
    """Stand in for what ten units cost on 100 images: cells of an image and a unit, of 1,000, of two networks."""
    names = (*correctness.COMPARED, "intact", "refitted")
    kept = np.full((2, len(names), 100), 10)
    for name, counts in lost.items():
        for network, count in enumerate(counts):
            kept[network, names.index(name), : count // 10] = 0
            kept[network, names.index(name), -1] -= count % 10
    found = xr.Dataset(
        {"kept": (("seed", "reference", "image"), kept.astype(np.uint8)), "units": ((), 10)},
        {"seed": made.SEEDS, "reference": list(names)},
    )
    monkeypatch.setattr(correctness, "ablated", made.by_population((NETWORKS, found)))


def test_references_are_compared_image_by_image(monkeypatch: pytest.MonkeyPatch) -> None:
    _kept(monkeypatch, mean=[34, 29], optimal=[32, 31])
    shows("interventions-optimal-beats-mean", NETWORKS, effects=[0.002, -0.002])
    _kept(monkeypatch, mean=[34, 39], optimal=[32, 31])
    shows("interventions-mean-is-near-best", NETWORKS, effects=[0.002, 0.008])


def test_biases_are_counted_from_the_intact_network_with_refitted_biases(monkeypatch: pytest.MonkeyPatch) -> None:
    _kept(monkeypatch, optimal=[40, 40], intact=[20, 20], refit=[25, 30], refitted=[15, 12])
    shows("interventions-biases-beat-constant", NETWORKS, effects=[0.02 - 0.01, 0.02 - 0.018])


def test_an_offset_is_what_biases_give_back_beyond_what_they_give_an_intact_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost = {"zero": [[0.1, 0.3], [0.1, 0.3]], "refit": [[0.0, 0.1], [0.1, 0.15]]}
    found = made.costs(lost_overall=lost, untouched=0.9)
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(NETWORKS, "relu2"): found}))
    _kept(monkeypatch, intact=[20, 20], refitted=[10, 15])
    shows("interventions-offset", NETWORKS, effects=[[0.2 - 0.05 - 0.01, 0.2], [0.2 - 0.125 - 0.005, 0.2]])


def test_neurons_are_held_against_axes_of_all_rotations(monkeypatch: pytest.MonkeyPatch) -> None:
    found = xr.Dataset(
        {
            "neuron_cost": ("seed", [0.05, 0.09]),
            "neuron_bottlenecks": ("seed", [1, 3]),
            "axis_cost": (("seed", "rotation"), [[0.04, 0.06], [0.02, 0.04]]),
            "axis_bottlenecks": (("seed", "rotation"), [[0, 1], [1, 0]]),
        },
        {"seed": made.SEEDS},
    )
    monkeypatch.setattr(directions, "costs", made.by_population((NETWORKS, found)))
    shows("interventions-directions-cost-alike", NETWORKS, effects=[0, np.log(3)])
    shows("interventions-directions-bottlenecks", NETWORKS, effects=[1 - 0.5, 3 - 0.5])


def test_a_direction_is_held_against_the_best_neuron_and_against_itself_untrained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = made.labeled(
        {"seed": made.SEEDS, "state": ["trained", "untrained"]},
        direction=[[0.9, 0.85], [0.8, 0.4]],
        neuron=[[0.5, 0], [0.7, 0]],
        readout=np.ones((2, 2)),
    )
    monkeypatch.setattr(interchange, "successes", made.by_population((NETWORKS, found)))
    shows("interventions-interchange-direction", NETWORKS, effects=[0.4, 0.1])
    shows("interventions-interchange-needs-no-training", NETWORKS, effects=[0.05, 0.4])


def _sets(name: str, *axes: str, values: np.ndarray) -> xr.Dataset:
    """Make a dataset of `ablation_effects.sets`, of two random orders."""
    found = xr.Dataset(
        {name: (("seed", "reference", *axes), values)}, {"seed": made.SEEDS, "reference": ["zero", "mean"]}
    )
    orders = [*ablation_effects.ORDERS, "random 0", "random 1"]
    return found.assign_coords(order=orders) if "order" in axes else found


def test_redundancy_is_the_cost_of_pairs_beyond_the_sum_of_their_two(monkeypatch: pytest.MonkeyPatch) -> None:
    covering = np.array([[0.1, 0.23, 0.36], [0.23, 0.1, 0.33], [0.36, 0.33, 0.2]])  # .03, .06 and .03 beyond
    additive = np.array([[0.1, 0.2, 0.3], [0.2, 0.1, 0.3], [0.3, 0.3, 0.2]])
    pairs = 0.9 - np.array([[additive, covering], [covering, additive]])
    found = _sets("pairs_overall", "unit", "other", values=pairs)
    whole = made.costs(lost_overall={"zero": np.zeros((2, 3))}, untouched=0.9)
    monkeypatch.setattr(ablation_effects, "costs", made.ablated({(NETWORKS, "relu2"): whole}))
    monkeypatch.setattr(ablation_effects, "sets", made.by_population((NETWORKS, found)))
    shows("interventions-pairs-redundant", NETWORKS, effects=[0.04, 0])


def test_the_most_selective_first_is_held_against_random_orders_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    curves = np.full((2, 2, 6, 2), -7.0)  # of the other orders, and of ablation to zero
    curves[:, 1, 0] = [[0.9, 0.3], [0.9, 0.1]]
    curves[:, 1, 4:] = [[[0.9, 0.1], [0.9, 0.4]], [[0.9, 0.5], [0.9, 0.7]]]
    found = _sets("cumulative", "order", "gone", values=curves)
    monkeypatch.setattr(ablation_effects, "sets", made.by_population((NETWORKS, found)))
    shows("interventions-selective-first", NETWORKS, effects=[0.6 - 0.575, 0.5 - 0.75])
