"""Effects of chapter 2's claims on a small labeled summary whose answers are plain."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import neurons
from mnist_interp.experiments import recordings, training_dynamics, unit_selectivity
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
    wrong = np.array([[[0.9] * 5, [0.9, 0.1, 0.2, 0.4, 0.0]]])
    axes = ("seed", "state", "digit", "neuron")
    labels = recordings.neuron_labels({"relu1": 2, "relu2": 3})
    found = xr.Dataset(
        {
            "train_means": (axes, means),
            "test_means": (axes, means),
            "auroc": (axes, auroc),
            "active": (("seed", "state", "neuron"), active),
            "false_share": (("seed", "state", "neuron"), wrong),
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


def test_false_reports_are_those_of_strong_units_of_layer_2() -> None:
    np.testing.assert_allclose(neurons.false_share(NOBODY), [0.3])


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
        Arrays that broadcast to (seed, state, neuron); ``auroc`` is for ones.
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
            "false_share": (("seed", "state", "neuron"), np.broadcast_to(variables.get("false_share", 0.5), (2, 2, 3))),
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


def test_two_networks_differ_in_false_reports_and_shared_units(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = np.full((2, 2, 3), 0.9)
    wrong[0, 1, 1:], wrong[1, 1, 1] = [0.6, 0.4], 0.1
    words = ["alike", "two", "two", "two", "one", "alike"]
    _tuning(monkeypatch, ["alike"] * 6, words, false_share=wrong)
    shows("neurons-index-overstates", NETWORKS, effects=[0.5, 0.1])
    shows("neurons-most-are-shared", NETWORKS, effects=[1, 0])


def test_two_networks_differ_in_their_detector_of_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    auroc = np.full((2, 2, 3), 0.98)
    auroc[:, 1, 1:] = [[0.6, 0.97], [0.9, 0.96]]
    _tuning(monkeypatch, ["one"] * 6, ["one", "alike", "one", "one", "one", "alike"], auroc=auroc)
    shows("neurons-every-net-has-a-one", NETWORKS, effects=[0.97, 0.9])


def _gradients(monkeypatch: pytest.MonkeyPatch, **variables: np.ndarray) -> None:
    n_units = next(iter(variables.values())).shape[2]
    axes = {"seed": made.SEEDS, "digit": range(10), "unit": range(n_units)}
    found = made.labeled(axes, **{name: np.full((2, 10, n_units), 0.5) for name in ("loss", "own", "readout")})
    found = found.assign({name: (tuple(axes), values) for name, values in variables.items()})
    monkeypatch.setattr(unit_selectivity, "gradients", made.by_population((NETWORKS, found)))


def test_the_gap_is_the_largest_difference_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    readout = np.random.default_rng(0).normal(size=(2, 10, 4))
    own = readout.copy()
    own[0, 3, 2] += 1e-6
    own[1, 3, 2] += 0.1
    own[1, 4, 0] -= 0.2
    _gradients(monkeypatch, own=own, readout=readout)
    shows("neurons-gradient-is-readout", NETWORKS, effects=[1e-6, 0.2])


def test_votes_are_counted_in_the_three_top_places_of_each_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    spared = (np.arange(10)[:, None] % 4) == np.arange(4)  # the one unit of four that is in none of its three places
    loss = np.where(spared, -1.0, np.arange(4))
    against, in_favor = np.where(spared, 1.0, -1.0), np.where(spared, -1.0, 1.0)
    _gradients(monkeypatch, loss=np.stack([loss, loss]), readout=5 + np.stack([against, in_favor]))
    shows("neurons-loss-gradient-sign", NETWORKS, effects=[1, 0])


def test_likeness_is_held_against_confusion_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    angles = 3 * 2.0 ** np.arange(-9, 1)  # of ten patterns, no two pairs as far apart; likeness falls with distance
    patterns = np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.arange(1, 11)[:, None]
    apart = np.abs(np.subtract.outer(angles, angles))
    one_way = np.random.default_rng(0).normal(size=(10, 10)) * 50
    counts = np.stack([apart, -apart]) + one_way - one_way.T
    axes = {"seed": made.SEEDS, "checkpoint": [0, 9], "true": range(10), "predicted": range(10)}
    watched = made.labeled(axes, confusion=np.stack([-counts, counts], axis=1))
    monkeypatch.setattr(training_dynamics, "summary", made.by_population((NETWORKS, watched)))
    both = np.stack([patterns, patterns])
    _gradients(monkeypatch, loss=both, readout=np.ones_like(both))
    shows("neurons-confusion-opposes-loss", NETWORKS, effects=[-1, 1])
    turned = watched.assign(confusion=-watched["confusion"])
    monkeypatch.setattr(training_dynamics, "summary", made.by_population((NETWORKS, turned)))
    _gradients(monkeypatch, loss=np.ones_like(both), readout=both)
    shows("neurons-confusion-shares-readout", NETWORKS, effects=[1, -1])


def test_the_published_cast_is_looked_for_in_each_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"seed": made.SEEDS, "unit": [0, 1]}
    found = made.labeled(
        axes, trained=[[0.9, 0.7], [0.7, 0.7]], renamed=[[0.5, 0.7], [0.6, 0.7]], untrained=[[9, 9]] * 2
    )

    def matches(published: object, population: object) -> xr.Dataset:
        assert (published, population) == (PUBLISHED, NETWORKS)
        return found

    monkeypatch.setattr(unit_selectivity, "matches", matches)
    shows("neurons-cast-returns", NETWORKS, PUBLISHED, effects=[0.8 - 0.6, 0.7 - 0.65])
