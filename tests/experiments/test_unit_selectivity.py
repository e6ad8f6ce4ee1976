"""Tuning of a population: labels, rates and statuses against direct counts, and matching of neurons."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sklearn.metrics import roc_auc_score

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import unit_selectivity
from mnist_interp.methods import activations, selectivity, similarity
from mnist_interp.training import registry

GENERATOR = np.random.default_rng(3)


def test_a_shuffled_network_is_matched_perfectly_and_renamed_digits_are_not() -> None:
    means = GENERATOR.random((10, 16))
    np.testing.assert_allclose(similarity.matched(means, means[:, GENERATOR.permutation(16)]), 1)
    assert similarity.matched_by_chance(means, means, repeats=5, seed=0).mean() < 0.9


def test_correlations_are_numpys_and_zero_for_dead_units() -> None:
    first, second = GENERATOR.random((10, 4)), GENERATOR.random((10, 3))
    expected = np.corrcoef(first.T, second.T)[:4, 4:]
    np.testing.assert_allclose(similarity.correlations(first, second), expected)
    second[:, 1] = 0
    np.testing.assert_array_equal(similarity.correlations(first, second)[:, 1], 0)


@pytest.fixture(scope="module")
def run() -> training.Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def summary(run: training.Run) -> xr.Dataset:
    return unit_selectivity.summary(training.Population(run.recipe, (run,))).sel(seed=run.seed)


def test_a_unit_is_found_by_its_layer_and_number(run: training.Run, summary: xr.Dataset) -> None:
    labels = mnist.load("test").labels
    for state, checkpoint in {"untrained": 0, "trained": -1}.items():
        seen = activations.record(run.model(checkpoint), mnist.load("test").pixels, ["relu1", "relu2"])
        for layer, unit in (("relu1", 31), ("relu2", 0)):
            one = summary.sel(state=state, layer=layer, unit=unit)
            values = seen[layer].numpy()[:, unit]
            means = [values[labels == digit].mean() for digit in range(10)]
            np.testing.assert_allclose(one["test_means"], means, rtol=1e-3, atol=1e-5)
            area = roc_auc_score(labels == 1, values)
            assert float(one["auroc"].sel(digit=1)) == pytest.approx(area, abs=1e-4)


def test_rates_are_counted_as_reports(summary: xr.Dataset) -> None:
    one = summary.sel(state="trained", layer="relu2", unit=0)
    n_own = (mnist.load("test").labels == int(one["favorite"])).sum()
    reported_own, reported_rest = one["hits"] * n_own, one["false_alarms"] * (10_000 - n_own)
    assert float(one["false_share"]) == pytest.approx(float(reported_rest / (reported_own + reported_rest)))


def test_labeled_scores_are_those_of_the_arrays(summary: xr.Dataset) -> None:
    means = summary["test_means"]
    index = unit_selectivity.index(means).sel(state="trained", layer="relu2")
    expected = selectivity.morcos_index(means.sel(state="trained", layer="relu2").to_numpy())
    np.testing.assert_array_equal(index, expected)
    with pytest.raises(ValueError, match="expected"):
        unit_selectivity.scores(means.transpose("digit", ...))


def test_statuses_do_not_depend_on_the_order_of_dimensions(summary: xr.Dataset) -> None:
    words = unit_selectivity.statuses(summary["train_means"], summary["active"])
    turned = unit_selectivity.statuses(summary["train_means"].transpose("digit", ...), summary["active"])
    xr.testing.assert_identical(words, turned)
    trained = summary.sel(state="trained")
    expected = selectivity.status(trained["train_means"].to_numpy(), trained["active"].to_numpy())
    assert words.sel(state="trained").to_numpy().tolist() == expected.tolist()


def test_every_unit_has_one_status_at_every_checkpoint(run: training.Run) -> None:
    counts = unit_selectivity.statuses_over_training(training.Population(run.recipe, (run,)))
    assert list(counts) == ["seed", "epoch", "layer", "status", "units"]
    totals = counts.groupby(["layer", "epoch"])["units"].sum()
    assert set(totals["layer 1"]) == {32}
    assert set(totals["layer 2"]) == {16}


def test_a_network_matches_itself_and_not_with_its_digits_renamed(run: training.Run) -> None:
    alone = training.Population(run.recipe, (run,))
    found = unit_selectivity.matches(alone, alone, repeats=5).sel(seed=run.seed)
    active = unit_selectivity.summary(alone)["active"].sel(seed=run.seed, state="trained", layer="relu2") > 0
    np.testing.assert_allclose(found["trained"].to_numpy()[active], 1)
    assert found["renamed"].mean() < 0.9
