"""The gate: each measure against a loop or a closed form, and correlations on made-up measurements."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.experiments import gate, toy_superposition
from mnist_interp.experiments.toy_superposition import Toy
from mnist_interp.methods import superposition
from mnist_interp.runtime import parallel, store

TOY = Toy(features=6, hidden=2)
SEEDS = (1, 2, 3)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "each", lambda function, jobs: [function(*job) for job in jobs])
    monkeypatch.setattr(store, "read", lambda path: None)
    monkeypatch.setattr(store, "write", lambda path, arrays: None)
    monkeypatch.setattr(toy_superposition, "STEPS", 100)
    monkeypatch.setattr(gate, "FITTED", 400)


def _network() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(1)
    return generator.normal(size=(2, 6)), generator.normal(size=6), generator.random((30, 6))


def test_before_the_relu_interference_is_the_product_of_directions_and_gives_dimensionality() -> None:
    weights, bias, x = _network()
    found = gate.interference(weights, bias, x, rectified=False)
    np.testing.assert_allclose(found, weights.T @ weights, atol=1e-12)
    dimensionality = superposition.causal_dimensionality(found)
    np.testing.assert_allclose(dimensionality, toy_superposition.dimensionality(weights))


def test_interference_behind_the_relu_is_what_outputs_do() -> None:
    weights, bias, x = _network()
    found = gate.interference(weights, bias, x, rectified=True, amount=0.5)
    for feature in range(6):
        moved = []
        for row in x:
            less, more = row.copy(), row.copy()
            less[feature], more[feature] = 0, 0.5
            after, before = (np.maximum(weights.T @ (weights @ one) + bias, 0) for one in (more, less))
            moved.append(after - before)
        np.testing.assert_allclose(found[:, feature], np.mean(moved, 0))


def test_an_axis_is_held_at_its_mean() -> None:
    weights, bias, x = _network()
    axis = np.array([0.6, 0.8])
    found = gate.axis_costs(weights, bias, x, np.stack([axis, [1, 0]]))
    hidden = x @ weights.T
    held = hidden.copy()
    held[:, 0] = hidden[:, 0].mean()
    errors = [np.square(np.maximum(rows @ weights + bias, 0) - x).mean(0) for rows in (held, hidden)]
    np.testing.assert_allclose(found[1], errors[0] - errors[1])
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    turned = gate.axis_costs(turn @ weights, bias, x, np.array([[1.0, 0.0]]))
    np.testing.assert_allclose(found[0], turned[0])


def test_measures_are_of_the_trained_networks() -> None:
    found, networks = gate.measures(TOY, SEEDS), toy_superposition.networks(TOY, SEEDS)
    weights = networks["weights"].isel(step=-1).sel(sparsity=0.9, seed=2).to_numpy().astype(float)
    here = found.sel(sparsity=0.9, seed=2)
    own = toy_superposition.dimensionality(weights)
    np.testing.assert_allclose(here["dimensionality"], own)
    np.testing.assert_allclose(here["causal"], own, rtol=1e-6)
    kept = toy_superposition.norms(weights) > toy_superposition.REPRESENTED
    squares = np.linalg.svd(weights, compute_uv=False) ** 2
    effective = squares.sum() ** 2 / (squares**2).sum()
    assert float(here["total"]) == pytest.approx(own.sum())
    assert float(here["effective"]) == pytest.approx(effective)
    assert float(here["ratio"]) == pytest.approx(kept.sum() / effective)
    if kept.any():
        assert float(here["crowding"]) == pytest.approx(1 / own[kept].mean())


def _made(causal: np.ndarray) -> xr.Dataset:
    generator = np.random.default_rng(1)
    known, lengths = generator.random((2, 4, 5)), np.where(np.arange(5) < 4, 1.0, 0.1) * np.ones((2, 4, 1))
    by_feature = {"dimensionality": known, "norm": lengths, "causal": causal if causal.ndim else known**2}
    by_feature["causal_rectified"] = -known
    whole = generator.random((2, 4))
    by_network = {"effective": whole * 3, "total": whole, "ratio": -whole, "crowding": whole}
    by_network["polysemanticity_axes"] = np.ones((2, 4))
    axes = ("sparsity", "seed", "feature")
    return xr.Dataset(
        {**{k: (axes, v) for k, v in by_feature.items()}, **{k: (axes[:2], v) for k, v in by_network.items()}},
        {"sparsity": [0.0, 0.9]},
    )


def test_recovery_is_a_rank_correlation_over_represented_features_and_networks() -> None:
    found = gate.recovery(_made(np.array(0.0)))
    assert found["overall"].to_numpy()[:4] == pytest.approx([1, -1, 1, -1])
    np.testing.assert_allclose(found["within"].to_numpy()[:4], [[1, 1], [-1, -1], [1, 1], [-1, -1]])
    assert np.isnan(found["overall"].sel(measure="polysemanticity of hidden axes"))


def test_features_that_are_not_represented_do_not_count() -> None:
    made = _made(np.array(0.0))
    causal = made["dimensionality"].to_numpy().copy()
    causal[..., 4] = 5 - causal[..., 4]
    assert float(gate.recovery(_made(causal))["overall"][0]) == pytest.approx(1)


def test_dictionaries_are_held_against_directions_of_represented_features() -> None:
    found = gate.cosines(TOY, SEEDS)["cosine"]
    assert found.dims == ("sparsity", "dictionary", "seed")
    assert list(found["dictionary"].to_numpy()) == list(gate.DICTIONARIES)
    finite = found.to_numpy()[np.isfinite(found.to_numpy())]
    assert (finite <= 1 + 1e-6).all()
    assert (finite > 0).all()


def test_no_shown_input_is_blank() -> None:
    drawn = gate.shown(TOY, 0.99, 3)
    assert drawn.shape == (gate.FITTED, 6)
    assert drawn.any(1).all()
