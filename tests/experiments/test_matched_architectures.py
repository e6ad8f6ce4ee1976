"""Matched architectures: measures from a recording against loops, crossings by hand, inequality in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

from mnist_interp.data import mnist
from mnist_interp.experiments import matched_architectures as matched
from mnist_interp.training import loop, registry
from tests.experiments import little

PLACES = [2, 4, 5]
TRANSFORMER = {"options": (("width", 8), ("mlp", 8), ("n_blocks", 1), ("n_heads", 2)), "model": "transformer"}


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> object:
    little.images(monkeypatch)
    monkeypatch.setattr(matched, "PER_CLASS", little.PER_CLASS)
    return little.population(3, 8)


def test_a_units_loss_is_that_of_the_network_run_without_it(networks: object) -> None:
    found = matched.measured(networks, PLACES)
    test, train = mnist.load("test"), mnist.load("train")
    run = networks[1]
    model, place = run.model(4), found.sel(seed=8, checkpoint=4)
    values, learned = (
        torch.from_numpy(little.layers(run, split, "relu2", checkpoint=4)[0]).float() for split in ("test", "train")
    )

    def accuracies(values: torch.Tensor) -> np.ndarray:
        right = model[-1](values).argmax(1).numpy() == test.labels
        return np.array([right.mean(), *(right[test.labels == digit].mean() for digit in range(10))])

    whole = accuracies(values)
    assert float(place["accuracy"]) == pytest.approx(whole[0])
    for reference, constants in {"zero": torch.zeros(values.shape[1]), "mean": learned.mean(0)}.items():
        for unit in (0, 5, little.DEAD):
            without = values.clone()
            without[:, unit] = constants[unit]
            lost = whole - accuracies(without)
            here = place.sel(reference=reference, unit=unit)
            np.testing.assert_allclose(here["lost"], lost[1:], atol=1e-9)
            assert float(here["lost_overall"]) == pytest.approx(lost[0])
    for unit in (0, 5):
        column = values[:, unit].numpy()
        own = [learned[train.labels == digit, unit].mean() for digit in range(10)]
        areas = [roc_auc_score(test.labels == digit, column) for digit in range(10)]
        assert float(place["auroc"].sel(unit=unit)) == pytest.approx(max(areas))
        favorite = int(np.argmax(own))  # of one unit the score rises with the mean on the digit
        precision = average_precision_score(test.labels == favorite, column)
        assert float(place["average_precision"].sel(unit=unit)) == pytest.approx(precision)
        assert float(place["active"].sel(unit=unit)) == pytest.approx((column > 0).mean())
    assert float(place["active"].sel(unit=little.DEAD)) == 0


def test_the_optimal_constant_is_another_one_and_a_dead_unit_costs_nothing(networks: object) -> None:
    found = matched.measured(networks, PLACES)["lost"]
    assert (found.sel(reference="optimal") != found.sel(reference="mean")).any()
    assert (found.sel(reference="optimal") != found.sel(reference="zero")).any()
    assert (found.sel(unit=little.DEAD) == 0).all()


@pytest.mark.parametrize("changes", [TRANSFORMER, {"model": "cnn", "options": (("channels", (2, 2)), ("hidden", 16))}])
def test_other_kinds_are_recorded_at_the_layer_before_the_logits(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(matched, "PER_CLASS", little.PER_CLASS)
    networks = little.population(3, 8, **changes)
    assert matched.last_layer(networks[0]) == "relu3"
    found = matched.measured(networks, [1, 3]).sel(seed=8, checkpoint=3)
    run, test = networks[1], mnist.load("test")
    read = run.model(3)(test.pixels).argmax(1).numpy()
    assert float(found["accuracy"]) == pytest.approx((read == test.labels).mean())
    (values,) = little.layers(run, "test", "relu3", checkpoint=3)
    np.testing.assert_allclose(found["active"], (values > 0).mean(0))


def test_checkpoints_are_the_steps_of_each_kind_and_shares_of_them_in_the_preview() -> None:
    for recipe in (registry.TUNED["the MLP, tuned"], registry.TRANSFORMER, registry.TUNED["the CNN with 16 units"]):
        whole = replace(recipe, epochs=3, images="train")
        steps = [loop.checkpoint_steps(whole)[place] for place in matched.checkpoints(whole)]
        assert steps == list(matched._STEPS[recipe.model]), "steps at which weights are kept"
        short = replace(recipe, epochs=1, images="validation")
        few = matched.checkpoints(short)
        assert few == sorted(set(few))
        assert loop.checkpoint_steps(short)[few[-1]] == loop.checkpoint_steps(short)[-1]


def test_inequality_in_closed_form() -> None:
    assert matched.gini(np.full(7, 0.3)) == pytest.approx(0)
    assert matched.gini(np.array([0, 0, 0, 1.0])) == pytest.approx(3 / 4)
    assert matched.gini(np.array([[0.0, 0], [1, 3]])).tolist() == pytest.approx([0, 1 / 4])
    assert matched.gini(np.array([-0.2, 1.0])) == pytest.approx(1 / 2), "what is gained counts for nothing"
    shares = np.random.default_rng(0).random(16)
    apart = np.abs(shares[:, None] - shares).mean() / (2 * shares.mean())
    assert matched.gini(shares) == pytest.approx(apart)


def _found(**lost: float) -> xr.Dataset:
    """Return one network's dataset of three units by two references, nothing lost but what is told: ``r0u1d2=0.6``."""
    table = np.zeros((1, 2, 3, 10))
    for place, value in lost.items():
        table[0, int(place[1]), int(place[3]), int(place[5])] = value
    return xr.Dataset(
        {
            "lost": (("seed", "reference", "unit", "digit"), table),
            "lost_overall": (("seed", "reference", "unit"), table.mean(-1)),
            "active": (("seed", "unit"), [[0.4, 0.0, 0.2]]),
            "auroc": (("seed", "unit"), [[0.9, 0.5, 0.7]]),
            "average_precision": (("seed", "unit"), [[0.6, 0.1, 0.4]]),
        },
        {"seed": [3], "reference": ["zero", "mean"], "digit": range(10)},
    )


def test_summaries_by_hand() -> None:
    found = _found(r0u0d1=0.7, r0u0d2=0.9, r0u2d1=0.3, r1u1d4=0.6)
    assert matched.mean_worst(found)[0].values.tolist() == pytest.approx([1.2 / 3, 0.2])
    assert matched.bottlenecks(found)[0].values.tolist() == [1, 1]
    assert matched.ones(found)[0].values.tolist() == [0.7, 0]
    assert matched.overall(found)[0].values.tolist() == pytest.approx([1.9 / 30, 0.02])
    assert matched.inequality(found)[0].values.tolist() == pytest.approx(
        [float(matched.gini(np.array([0.9, 0, 0.3]))), 2 / 3]
    )
    assert float(matched.auroc(found)[0]) == pytest.approx(0.8)
    assert float(matched.average_precision(found)[0]) == pytest.approx(0.5)
    assert float(matched.dead(found)[0]) == pytest.approx(1 / 3)


def test_pushes_are_correlated_with_losses_over_live_units() -> None:
    generator = np.random.default_rng(1)
    found = _found()
    found["lost"] = found["lost"].copy(data=generator.random((1, 2, 3, 10)))
    found["mean"] = (("seed", "unit"), [[0.5, 0.0, 0.25]])
    found["class_mean"] = (("seed", "digit", "unit"), generator.random((1, 10, 3)))
    found["vote"] = (("seed", "digit", "unit"), generator.normal(size=(1, 10, 3)))
    rho = matched.push_predicts(found).sel(seed=3)
    for name, held in {"zero": 0, "mean": found["mean"].values[0, [0, 2]]}.items():
        push = (found["class_mean"].values[0][:, [0, 2]] - held) * found["vote"].values[0][:, [0, 2]]
        harm = found["lost"].sel(seed=3, reference=name).transpose("digit", "unit").values[:, [0, 2]]
        expected = stats.spearmanr(push.ravel(), harm.ravel()).statistic
        assert float(rho.sel(reference=name)) == pytest.approx(expected)


REACHED = xr.DataArray(
    [[0.90, 0.94, 0.96, 0.93], [0.91, 0.92, 0.93, 0.92], [0.97, 0.94, 0.98, 0.99]],
    {"seed": [3, 8, 9], "checkpoint": [5, 7, 8, 11]},
    ("seed", "checkpoint"),
)


def test_a_measure_is_interpolated_to_the_first_crossing() -> None:
    values = xr.DataArray(np.arange(24.0).reshape(3, 4, 2), {**REACHED.coords}, ("seed", "checkpoint", "reference"))
    found = matched.at(values, REACHED, 0.95)
    assert found.dims == ("seed", "reference")
    assert found.sel(seed=3).values.tolist() == pytest.approx([3, 4]), "half way from its second to its third"
    assert found.sel(seed=8).values.tolist() == [12, 13], "never: its best checkpoint"
    assert found.sel(seed=9).values.tolist() == [16, 17], "beyond from the first on"
    assert matched.at(REACHED, REACHED, 0.92).values.tolist() == pytest.approx([0.92, 0.92, 0.97])
    assert matched.reach(REACHED, 0.95).tolist() == [True, False, False]
    assert matched.reach(REACHED, 0.92).tolist() == [True, True, False]


def test_the_nearest_checkpoint_is_one_of_those_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    found = xr.Dataset({"accuracy": REACHED})
    monkeypatch.setattr(matched, "through_training", lambda population: found)
    assert matched.nearest(object()) == [7, 8, 7]
    values = matched.matched(object(), lambda one: 2 * one["accuracy"], 0.92)
    assert values.values.tolist() == pytest.approx([1.84, 1.84, 1.94])
