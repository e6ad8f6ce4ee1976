"""Tuning of a population: labels, rates and statuses against direct counts, and matching of neurons."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sklearn.metrics import roc_auc_score

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, training_dynamics, unit_selectivity
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


def _trained(run: training.Run, split: mnist.Split) -> np.ndarray:
    return activations.record(run.model(), mnist.load(split).pixels, ["relu2"])["relu2"].numpy()[:, 0]


def test_rates_are_counted_on_test_images_at_the_threshold_of_training_images(
    run: training.Run, summary: xr.Dataset
) -> None:
    one = summary.sel(state="trained", layer="relu2", unit=0)
    values, labels = _trained(run, "train"), mnist.load("train").labels
    digit = int(one["favorite"])
    assert digit == int(one["train_means"].argmax("digit")) == 1
    assert float(one["active"]) == pytest.approx((values > 0).mean(), abs=1e-4)
    threshold = selectivity.best_thresholds(values[:, None], labels, np.array([digit]))[0]
    seen, true = _trained(run, "test"), mnist.load("test").labels == digit
    assert float(one["hits"]) == pytest.approx((seen[true] > threshold).mean(), abs=1e-3)
    assert float(one["false_alarms"]) == pytest.approx((seen[~true] > threshold).mean(), abs=1e-3)


def test_nulls_are_scores_under_permuted_labels(run: training.Run, summary: xr.Dataset) -> None:
    one = summary.sel(state="trained", layer="relu2", unit=0)
    values, labels = _trained(run, "test"), mnist.load("test").labels
    generator = np.random.default_rng(run.seed)
    assert one.sizes["permutation"] == unit_selectivity.PERMUTATIONS
    for permutation in range(2):
        permuted = generator.permutation(labels)
        means = np.array([values[permuted == digit].mean() for digit in range(10)])
        rest = (means.sum() - means) / 9
        index = ((means - rest) / (means + rest + selectivity.EPSILON)).max()
        areas = [roc_auc_score(permuted == digit, values) for digit in range(10)]
        here = one.isel(permutation=permutation)
        assert float(here["null_index"]) == pytest.approx(index, abs=1e-4)
        assert float(here["null_auroc"]) == pytest.approx(max(areas), abs=1e-4)
    reported = float(one["hits"]) * (labels == 1).mean() + float(one["false_alarms"]) * (labels != 1).mean()
    assert float(one["null_hits"].mean()) == pytest.approx(reported, abs=0.01)
    together = one["null_hits"] * (labels == 1).mean() + one["null_false_alarms"] * (labels != 1).mean()
    np.testing.assert_allclose(together, reported, atol=1e-6)


def test_active_shares_are_counted_at_the_milestones(run: training.Run) -> None:
    found = unit_selectivity.active_shares(training.Population(run.recipe, (run,)))["active"].sel(seed=run.seed)
    assert found["checkpoint"].to_numpy().tolist() == training_dynamics.milestones(run)
    for checkpoint in (0, 5):
        values = activations.record(run.model(checkpoint), mnist.load("test").pixels, ["relu1", "relu2"])
        for layer in ("relu1", "relu2"):
            expected = (values[layer].numpy() > 0).mean(0)
            np.testing.assert_allclose(found.sel(checkpoint=checkpoint, layer=layer), expected, atol=3e-4)


def test_distributions_are_over_active_units_of_a_layer_beside_both_nulls(monkeypatch: pytest.MonkeyPatch) -> None:
    means = np.ones((2, 2, 10, 5))  # two seeds; of two units in layer 1 and three in layer 2
    means[:, 1, 3] = 4
    active = np.ones((2, 2, 5))
    active[0, 0, 2], active[0, 1, 3] = 0, 0
    area = np.tile(np.linspace(0.5, 0.6, 10)[:, None], (2, 2, 1, 5))
    area[0, 0, 7, 2:], area[1, 0, 7, 2:] = [0.99, 0.7, 0.8], [0.9, 0.75, 0.65]
    null = np.full((2, 2, 3, 5), 0.2)
    null[:, 1] = 0.1
    null[0, 1, :, 3] = 0.9  # of a unit that is dead once trained
    null[1, 1, 2, 4] = 0.3
    axes = ("seed", "state", "digit", "neuron")
    by_permutation = ("seed", "state", "permutation", "neuron")
    made = xr.Dataset(
        {
            "test_means": (axes, means),
            "auroc": (axes, area),
            "active": (("seed", "state", "neuron"), active),
            "null_index": (by_permutation, null),
            "null_auroc": (by_permutation, null + 0.5),
        },
        recordings.neuron_labels({"relu1": 2, "relu2": 3}).assign(
            seed=[1, 2], state=list(unit_selectivity.STATES), digit=range(10)
        ),
    )
    population = training.Population(registry.PUBLISHED, seeds=[1, 2])
    monkeypatch.setattr(unit_selectivity, "summary", lambda asked: made if asked is population else None)
    frame = unit_selectivity.distributions(population)
    assert list(frame) == ["layer", "network", "share", "index", "auroc"]
    assert frame.groupby(["layer", "network"]).size().to_dict() == {
        (layer, network): 51
        for layer in unit_selectivity.LAYERS
        for network in ("trained", "untrained", "permuted labels")
    }
    at = frame.set_index(["layer", "network", "share"])
    least, middle, most = (at.xs(share, level="share") for share in (0.0, 0.5, 1.0))
    assert middle.loc[("layer 2", "trained"), "index"] == pytest.approx((4 - 1) / (4 + 1 + selectivity.EPSILON))
    assert middle.loc[("layer 2", "untrained"), "index"] == 0
    # untrained: .7, .8, .9, .75 and .65 without the .99 of the dead unit
    untrained = ("layer 2", "untrained")
    assert [one.loc[untrained, "auroc"] for one in (least, middle, most)] == pytest.approx([0.65, 0.75, 0.9])
    permuted = ("layer 2", "permuted labels")
    assert [one.loc[permuted, "index"] for one in (least, middle, most)] == pytest.approx([0.1, 0.1, 0.3])
    assert [one.loc[permuted, "auroc"] for one in (least, middle, most)] == pytest.approx([0.6, 0.6, 0.8])
    assert most.loc[("layer 1", "permuted labels"), "index"] == pytest.approx(0.1)
