"""Specialization: its scores are those of the modules that define them, and dead units do not count."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, specialization
from mnist_interp.methods import selectivity
from mnist_interp.training import registry
from tests.experiments import little


def test_scores_are_those_of_the_last_and_first_checkpoint() -> None:
    run = training.run(registry.PUBLISHED)
    found = specialization.summary(training.Population(run.recipe, (run,)))
    labels = mnist.load("test").labels
    assert dict(found.sizes) == {"seed": 1, "state": 2, "neuron": 48}
    for state, checkpoint in {"untrained": 0, "trained": -1}.items():
        values, scores = recordings.hidden_units(run, "test", checkpoint), found.sel(seed=run.seed, state=state)
        index = selectivity.morcos_index(selectivity.class_means(values, labels))
        np.testing.assert_allclose(scores["index"], index, rtol=1e-4)
        np.testing.assert_allclose(scores["active"], (values > 0).mean(0), atol=2e-4)
        last = recordings.stage(run, "relu2", checkpoint=checkpoint).values[:, 15].numpy()
        assert float(scores["active"].sel(layer="relu2", unit=15)) == pytest.approx((last > 0).mean(), abs=2e-4)
    assert found["auroc"].min() >= 0.5 - 1e-9, "the best of ten digits is never below chance on average"


def test_units_that_are_never_active_do_not_count() -> None:
    axes = ("state", "neuron")
    scores = [[0.2, 0.4, 9.0, 1.0], [0.5, 0.7, 0.6, 1.0], [9.0, 9.0, 9.0, 1.0]]
    active = [[0.1, 0.9, 0.0, 1.0], [0.1, 0.9, 0.3, 1.0], [0.0, 0.0, 0.0, 1.0]]
    neurons = recordings.neuron_labels({"relu1": 3, "relu2": 1})
    found = xr.Dataset({"auroc": (axes, scores), "active": (axes, active)}, coords=neurons)
    np.testing.assert_allclose(specialization.over_live(found, "auroc", "relu1"), [0.3, 0.6, 0])
    np.testing.assert_allclose(specialization.over_live(found, "auroc", "relu2"), [1, 1, 1])


def _normalized(values: np.ndarray) -> np.ndarray:
    """Return each image's values with mean 0 and deviation 1."""
    away = values - values.mean(1, keepdims=True)
    return away / np.sqrt((away**2).mean(1, keepdims=True) + 1e-5)


@pytest.mark.parametrize("place", specialization.PLACES)
def test_a_norm_is_imposed_where_nothing_was_trained_for_it(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    few = little.images(monkeypatch)
    (run,) = networks = little.population(1)
    found = specialization.imposed(networks, place).sel(seed=1, layer="relu2")
    for state, checkpoint in {"untrained": 0, "trained": -1}.items():
        behind, before = little.layers(run, "test", "relu1", "linear2", checkpoint=checkpoint)
        if place == "behind relu1":
            imposed = _normalized(behind) * behind.std() + behind.mean()
            assert imposed.mean() == pytest.approx(behind.mean())
            assert imposed.std() == pytest.approx(behind.std(), rel=1e-3)
            values = imposed @ run.weights["linear2.weight"][checkpoint].T + run.weights["linear2.bias"][checkpoint]
        else:
            values = _normalized(before)
        values = np.maximum(values, 0)
        index = selectivity.morcos_index(selectivity.class_means(values, few["test"].labels))
        np.testing.assert_allclose(found["index"].sel(state=state), index, atol=2e-3)
        area = selectivity.auroc(values, few["test"].labels).max(0)
        np.testing.assert_allclose(found["auroc"].sel(state=state), area, atol=2e-3)
        np.testing.assert_allclose(found["active"].sel(state=state), (values > 0).mean(0), atol=0.006)
