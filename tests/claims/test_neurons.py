"""Effects of chapter 2's claims on a small labeled summary whose answers are plain."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import neurons
from mnist_interp.experiments import (
    detectors,
    digit_likeness,
    randomized_maps,
    recordings,
    revival,
    unit_selectivity,
)
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population
from tests.claims import made
from tests.claims.made import shows

NETWORKS, PUBLISHED = made.population(), made.population()
NOBODY = Population(Recipe(), seeds=[5])


@pytest.fixture(autouse=True)
def summary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the tuning of one network, of two units in layer 1 and three in layer 2."""
    alike, ones, ones_and_twos = np.ones(10), np.zeros(10), np.zeros(10)
    ones[1], ones_and_twos[[1, 2]] = 4, [6, 4]
    trained = np.stack([alike, ones, ones, ones_and_twos, np.zeros(10)], axis=1)
    untrained = np.stack([alike, alike, alike, ones, np.zeros(10)], axis=1)
    means = np.stack([untrained, trained])[None]
    active = np.array([[[1, 1, 1, 0.2, 0], [1, 0.5, 0.4, 0.3, 0]]])
    null = np.tile(np.linspace(0, 1, 101)[:, None], 5)
    auroc = np.full((1, 2, 10, 5), 0.5)
    auroc[0, 1, 1] = [0.6, 0.7, 0.91, 0.92, 0.5]
    axes = ("seed", "state", "digit", "neuron")
    labels = recordings.neuron_labels({"relu1": 2, "relu2": 3})
    found = xr.Dataset(
        {
            "train_means": (axes, means),
            "test_means": (axes, means),
            "auroc": (axes, auroc),
            "active": (("seed", "state", "neuron"), active),
            "null_index": (("seed", "state", "permutation", "neuron"), np.stack([null, null])[None]),
        },
        labels.assign(seed=[5], state=list(unit_selectivity.STATES), digit=range(10)),
    )
    monkeypatch.setattr(unit_selectivity, "summary", lambda population: found)


def test_of_the_active_units_one_in_four_passes_its_null() -> None:
    np.testing.assert_allclose(neurons.untrained_beyond_null(NOBODY), [1 / 4])


def test_the_index_gained_is_of_active_units_of_layer_2() -> None:
    both = (6 - 4 / 9) / (6 + 4 / 9 + 0.001)  # of the unit for ones and twos
    one = 4 / 4.001
    np.testing.assert_allclose(neurons.index_gained(NOBODY), [(one + both) / 2 - (0 + one) / 2])


def test_a_shared_unit_has_two_strong_scores_or_more() -> None:
    np.testing.assert_allclose(neurons.shared_share(NOBODY), [1 / 2])


def test_the_detector_is_the_unit_of_highest_score_not_of_highest_auroc() -> None:
    np.testing.assert_allclose(neurons.ones_detector(NOBODY), [0.91])


LIKE = {"alike": 1.0, "one": np.eye(10)[1] * 4, "two": np.eye(10)[1] * 6 + np.eye(10)[2] * 5, "dead": 0.0}


def _tuned(untrained: list[str], trained: list[str], **variables: object) -> xr.Dataset:
    """Make tuning of two networks of one unit in layer 1 and two in layer 2; words of `LIKE`, a network after another.

    Parameters
    ----------
    untrained, trained : list of str
        Three words a network.
    **variables
        ``auroc`` for ones, of an array that broadcasts to (seed, state, neuron).
    """
    words = np.array([untrained, trained]).reshape(2, 2, 3).swapaxes(0, 1)
    means = np.stack([np.broadcast_to(LIKE[word], 10) for word in words.ravel()]).reshape(2, 2, 3, 10).swapaxes(2, 3)
    auroc = np.full((2, 2, 10, 3), 0.99)
    auroc[:, :, 1] = variables.get("auroc", 0.5)
    axes = ("seed", "state", "digit", "neuron")
    return xr.Dataset(
        {
            "train_means": (axes, means),
            "test_means": (axes, means),
            "auroc": (axes, auroc),
            "active": (("seed", "state", "neuron"), (words != "dead") * 0.5),
            "null_index": (("seed", "state", "permutation", "neuron"), np.full((2, 2, 20, 3), 0.3)),
        },
        recordings.neuron_labels({"relu1": 1, "relu2": 2}).assign(
            seed=made.SEEDS, state=list(unit_selectivity.STATES), digit=range(10)
        ),
    )


def _tuning(monkeypatch: pytest.MonkeyPatch, *words: list[str], **variables: object) -> None:
    monkeypatch.setattr(unit_selectivity, "summary", made.by_population((NETWORKS, _tuned(*words, **variables))))


def test_two_networks_differ_in_how_far_untrained_units_pass_their_null(monkeypatch: pytest.MonkeyPatch) -> None:
    _tuning(monkeypatch, ["one", "dead", "one", "one", "alike", "dead"], ["alike"] * 3 + ["one"] * 3)
    shows("neurons-null-is-low", NETWORKS, effects=[1, 1 / 2])


def test_two_networks_differ_in_what_training_adds_to_layer_2(monkeypatch: pytest.MonkeyPatch) -> None:
    _tuning(
        monkeypatch,
        ["one", "alike", "dead", "alike", "one", "alike"],
        ["alike", "one", "one", "one", "alike", "one"],
    )
    shows("neurons-training-selects", NETWORKS, effects=[4 / 4.001, 0])


def test_two_networks_differ_in_shared_units(monkeypatch: pytest.MonkeyPatch) -> None:
    _tuning(monkeypatch, ["alike"] * 6, ["alike", "two", "two", "two", "one", "alike"])
    shows("neurons-most-are-shared", NETWORKS, effects=[1, 0])


def test_detectors_are_averaged_over_units_of_a_strong_preference(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made.labeled(
        {"seed": made.SEEDS, "unit": range(3)},
        score=[[0.5, 0.7, 0.4], [0.9, 0.2, 0.1]],
        recall=[[0.3, 0.5, 0.9], [0.6, 0.1, 0.1]],
        average_precision=[[0.8, 0.7, 0.1], [0.5, 0.9, 0.9]],
        implied=[[0.6, 0.6, 0.9], [0.48, 0.1, 0.1]],
    )
    monkeypatch.setattr(detectors, "measured", made.by_population((NETWORKS, found)))
    shows("neurons-precise-means-blind", NETWORKS, effects=[0.4, 0.6])
    shows("neurons-detects-beyond-index", NETWORKS, effects=[0.75 - 0.6, 0.5 - 0.48])


def test_two_networks_differ_in_their_detector_of_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    auroc = np.full((2, 2, 3), 0.98)
    auroc[:, 1, 1:] = [[0.6, 0.97], [0.9, 0.96]]
    _tuning(monkeypatch, ["one"] * 6, ["one", "alike", "one", "one", "one", "alike"], auroc=auroc)
    shows("neurons-every-net-has-a-one", NETWORKS, effects=[0.97, 0.9])


def _gradients(monkeypatch: pytest.MonkeyPatch, **variables: np.ndarray) -> None:
    n_units = next(iter(variables.values())).shape[2]
    axes = {"seed": made.SEEDS, "digit": range(10), "unit": range(n_units)}
    found = made.labeled(axes, own=np.full((2, 10, n_units), 0.5), **variables)
    monkeypatch.setattr(unit_selectivity, "gradients", made.by_population((NETWORKS, found)))


def test_votes_are_counted_in_the_three_top_places_of_each_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    spared = (np.arange(10)[:, None] % 4) == np.arange(4)  # the one unit of four that is in none of its three places
    loss = np.where(spared, -1.0, np.arange(4))
    against, in_favor = np.where(spared, 1.0, -1.0), np.where(spared, -1.0, 1.0)
    _gradients(monkeypatch, loss=np.stack([loss, loss]), readout=5 + np.stack([against, in_favor]))
    shows("neurons-loss-gradient-sign", NETWORKS, effects=[1, 0])


def test_likeness_is_that_of_the_patterns_that_a_claim_names(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made.labeled(
        {"seed": made.SEEDS},
        logits=[-0.8, -0.3],
        layer2=[0.1, -0.1],
        permuted=[-0.4, -0.2],
        readout=[0.4, 0.15],
        other_readouts=[0.45, 0.35],
        images=[0.37, -0.1],
    )
    monkeypatch.setattr(digit_likeness, "measured", made.by_population((NETWORKS, found)))
    shows("neurons-confusion-opposes-at-logits", NETWORKS, effects=[-0.8, -0.3])
    shows("neurons-readout-hides-opposition", NETWORKS, effects=[0.1 + 0.4, -0.1 + 0.2])
    shows("neurons-confusion-shares-readout", NETWORKS, effects=[0.4, 0.15])
    shows("neurons-readout-likeness-is-generic", NETWORKS, effects=[0.4 - 0.45, 0.15 - 0.35])
    shows("neurons-images-predict-confusion", NETWORKS, effects=[0.4 - 0.37, 0.15 + 0.1])


def test_the_published_cast_is_looked_for_in_each_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made.labeled(
        {"seed": made.SEEDS, "unit": [0, 1]},
        trained=[[0.9, 0.7], [0.7, 0.7]],
        rotated=[[0.8, 0.7], [0.6, 0.78]],
        renamed=[[9, 9]] * 2,
        untrained=[[9, 9]] * 2,
    )

    def matches(published: object, population: object) -> xr.Dataset:
        assert (published, population) == (PUBLISHED, NETWORKS)
        return found

    monkeypatch.setattr(unit_selectivity, "matches", matches)
    shows("neurons-cast-beyond-likeness", NETWORKS, PUBLISHED, effects=[0.8 - 0.75, 0.7 - 0.69])


def test_maps_are_compared_by_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS, "kind": list(randomized_maps.KINDS)}
    found = made.labeled(axes, rho=[[0.05, 0.7, 0.9, 0.8], [0.3, 0.4, 0.9, 0.8]])
    monkeypatch.setattr(randomized_maps, "likeness", made.by_population((NETWORKS, found)))
    shows("neurons-gradient-needs-weights", NETWORKS, effects=[0.05, 0.3])
    shows("neurons-attribution-keeps-the-ink", NETWORKS, effects=[0.7, 0.4])


def test_the_revived_are_counted_over_the_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = np.array([[True, True, True, False], [True, True, False, False]])
    revived = np.array([[True, False, True, False], [False, True, False, False]])
    found = made.labeled(
        {"seed": made.SEEDS, "unit": range(4)}, dead=dead, revived=revived, alone=dead, initial=np.ones((2, 4))
    )
    monkeypatch.setattr(revival, "measured", made.by_population((NETWORKS, found)))
    shows("neurons-dead-revive", NETWORKS, effects=[[2, 3], [1, 2]])
