"""Pushes: exact changes of logits, against means over the images themselves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr
from scipy import stats
from torch.nn import functional as F

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import recordings, signed_pushes
from mnist_interp.methods import references
from mnist_interp.methods.references import REFERENCES
from mnist_interp.training.runs import Population
from tests.experiments import little


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    return little.images(monkeypatch)


@pytest.fixture
def networks(few: dict[str, Digits]) -> Population:
    return little.population(4, 5)


def _by_digit(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.stack([values[labels == digit].mean(0) for digit in range(10)])


@pytest.mark.parametrize("reference", ["zero", "mean", "optimal"])
def test_a_push_is_the_mean_change_of_the_digits_centered_logit(
    few: dict[str, Digits], networks: Population, reference: str
) -> None:
    parts, labels = signed_pushes.measured(networks), few["train"].labels
    push = signed_pushes.push(parts, reference)
    assert push.dims == ("seed", "digit", "unit")
    for run in networks:
        (values,), (weight, _) = little.layers(run, "train", "relu2"), little.readout(run)
        fitted = recordings.stage(run, "relu2", "train", per_class=little.FITTED_ON)
        for unit in range(values.shape[1]):
            held = {"zero": 0.0, "mean": values[:, unit].mean(), "optimal": references.best_constant(fitted, unit)}
            ablated = values.copy()
            ablated[:, unit] = held[reference]
            change = (values - ablated) @ weight.T
            centered = change - change.mean(1, keepdims=True)
            expected = np.diagonal(_by_digit(centered, labels))
            np.testing.assert_allclose(push.sel(seed=run.seed, unit=unit), expected, atol=1e-4)
    assert np.abs(push).max() > 0.5


def test_every_reference_has_a_push_by_what_it_does_to_means(networks: Population) -> None:
    assert list(signed_pushes.PUSHED_BY) == list(REFERENCES)
    parts = signed_pushes.measured(networks)
    by_mean = signed_pushes.push(parts, "mean")
    for name in ("resample", "refit"):
        xr.testing.assert_identical(signed_pushes.push(parts, name), by_mean)


def test_layer_1_pushes_along_the_linear_path(few: dict[str, Digits], networks: Population) -> None:
    push, labels = signed_pushes.push(signed_pushes.measured(networks, "relu1"), "mean"), few["train"].labels
    for run in networks:
        (values,), (weight, _) = little.layers(run, "train", "relu1"), little.readout(run)
        between = run.weights["linear2.weight"][-1].astype(float)
        for unit in range(values.shape[1]):
            ablated = values.copy()
            ablated[:, unit] = values[:, unit].mean()
            change = (values - ablated) @ between.T @ weight.T  # as if every ReLU of layer 2 were open
            centered = change - change.mean(1, keepdims=True)
            expected = np.diagonal(_by_digit(centered, labels))
            np.testing.assert_allclose(push.sel(seed=run.seed, unit=unit), expected, atol=1e-4)


def test_parts_are_those_of_the_images(few: dict[str, Digits], networks: Population) -> None:
    found, train, test = signed_pushes.measured(networks), few["train"], few["test"]
    for run in networks:
        (values,), (seen,) = (little.layers(run, split, "relu2") for split in ("train", "test"))
        weight, bias = little.readout(run)
        here = found.sel(seed=run.seed)
        np.testing.assert_allclose(here["class_mean"], _by_digit(values, train.labels), atol=1e-5)
        spreads = [values[train.labels == digit].std(0) for digit in range(10)]
        np.testing.assert_allclose(here["class_std"], spreads, atol=1e-5)
        np.testing.assert_allclose(here["std"], values.std(0), atol=1e-5)

        def entropy(layer: np.ndarray, weight: np.ndarray = weight, bias: np.ndarray = bias) -> np.ndarray:
            logits = torch.from_numpy(layer @ weight.T + bias)
            each = F.cross_entropy(logits, test.targets, reduction="none").numpy()
            return _by_digit(each, test.labels)

        for unit in range(values.shape[1]):
            ablated = seen.copy()
            ablated[:, unit] = values[:, unit].mean()
            added = entropy(ablated) - entropy(seen)
            np.testing.assert_allclose(here["loss_added"].sel(unit=unit), added, atol=1e-4)
    live = signed_pushes.live(found)
    assert not live.sel(unit=little.DEAD).any()
    assert live.drop_sel(unit=little.DEAD).sum() > 10


def test_spearmans_rho_is_scipys_and_0_where_there_is_none() -> None:
    one, other = np.random.default_rng(0).integers(0, 9, size=(2, 40))
    assert signed_pushes.spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)
    assert signed_pushes.spearman(one, np.ones(40)) == signed_pushes.spearman(np.ones(40), one) == 0
    assert signed_pushes.spearman(one[:2], other[:2]) == 0


def test_cells_are_of_live_units_by_their_vote() -> None:
    vote = np.array([[[0.5, -0.5, 1.0], [-0.1, 0.0, -1.0]]])
    parts = xr.Dataset({"vote": (("seed", "digit", "unit"), vote), "mean": (("seed", "unit"), [[0.2, 0.1, 0.0]])})
    on, off = True, False
    assert signed_pushes.all_cells(parts).to_numpy().tolist() == [[[on, on, off], [on, on, off]]]
    assert signed_pushes.votes_for(parts).to_numpy().tolist() == [[[on, off, off], [off, off, off]]]
    assert signed_pushes.votes_against(parts).to_numpy().tolist() == [[[off, on, off], [on, off, off]]]


def test_correlations_are_over_the_chosen_cells_whatever_the_order_of_dimensions() -> None:
    generator = np.random.default_rng(2)
    axes = ("seed", "digit", "unit")
    predictor, harm = (xr.DataArray(generator.random((3, 10, 4)), dims=axes) for _ in range(2))
    cells = xr.DataArray(generator.random((3, 10, 4)) < 0.6, dims=axes)
    expected = [
        stats.spearmanr(predictor.to_numpy()[k][cells.to_numpy()[k]], harm.to_numpy()[k][cells.to_numpy()[k]]).statistic
        for k in range(3)
    ]
    found = signed_pushes.correlations(predictor, harm.transpose("unit", "seed", "digit"), cells)
    np.testing.assert_allclose(found, expected)
