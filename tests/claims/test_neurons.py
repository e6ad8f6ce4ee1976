"""Effects of chapter 2's claims on a small labeled summary whose answers are plain."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.claims import neurons
from mnist_interp.experiments import recordings, unit_selectivity
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population

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
