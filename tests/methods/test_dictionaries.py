"""Dictionaries on activations whose directions are known, and the form that they share."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch

from mnist_interp.methods import dictionaries, sparse_autoencoders
from mnist_interp.methods.dictionaries import Dictionary

WIDTH, LATENTS, ACTIVE = 10, 16, 2


def _unit(directions: np.ndarray) -> np.ndarray:
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def _sparse(seed: int, n: int = 4_000) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that are sums of two of 16 known directions, (n, 10), and the directions."""
    generator = np.random.default_rng(seed)
    atoms = _unit(generator.normal(size=(LATENTS, WIDTH)))
    present = generator.random((n, LATENTS)).argsort(1) < ACTIVE
    return (present * generator.uniform(0.5, 1.5, present.shape)) @ atoms, atoms


def _near(found: list[Dictionary], known: np.ndarray) -> float:
    return float(np.mean([dictionaries.largest_cosines(one.directions, known).mean() for one in found]))


def test_an_autoencoder_finds_known_directions_and_random_ones_do_not() -> None:
    rows, atoms = _sparse(1)
    found = dictionaries.autoencoders(np.stack([rows] * 3), latents=LATENTS, active=ACTIVE, seeds=[3, 4, 5])
    assert _near(found, atoms) >= 0.9
    assert _near([dictionaries.random(rows, latents=LATENTS, active=ACTIVE, seed=3)], atoms) < 0.75


def test_autoencoders_side_by_side_learn_what_each_would_alone() -> None:
    several = np.stack([_sparse(seed, 600)[0] for seed in (1, 2, 3)])
    sized = {"latents": LATENTS, "active": ACTIVE, "steps": 60}
    together = dictionaries.autoencoders(several, seeds=[5, 6, 7], **sized)
    (alone,) = dictionaries.autoencoders(several[1:2], seeds=[6], **sized)
    np.testing.assert_allclose(together[1].directions, alone.directions, atol=1e-5)
    np.testing.assert_allclose(together[1].codes(several[1]), alone.codes(several[1]), atol=1e-3)
    assert np.abs(together[0].directions - alone.directions).max() > 0.1
    again = dictionaries.autoencoders(several, seeds=[5, 6, 7], **sized)
    np.testing.assert_array_equal(again[2].directions, together[2].directions)


def test_codes_are_the_autoencoders_own_in_the_unit_of_the_rows() -> None:
    rows = torch.from_numpy(_sparse(1, 600)[0][None]).float()
    scale = sparse_autoencoders.scale(rows)
    model = sparse_autoencoders.autoencoders(rows / scale, latents=LATENTS, active=ACTIVE, seeds=[3], steps=60)
    (found,) = dictionaries.autoencoders(rows.numpy(), latents=LATENTS, active=ACTIVE, seeds=[3], steps=60)
    np.testing.assert_allclose(found.codes(rows[0].numpy()), (model.codes(rows / scale) * scale)[0], atol=1e-4)
    rebuilt = found.codes(rows[0].numpy()) @ found.directions + (model.center * scale)[0].numpy()
    np.testing.assert_allclose(rebuilt, (model(rows / scale) * scale)[0], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(found.directions, axis=1), 1, atol=1e-5)


def test_a_transcoder_writes_a_layer_that_it_does_not_read() -> None:
    rows, atoms = _sparse(1)
    turned = np.linalg.qr(np.random.default_rng(2).normal(size=(WIDTH, WIDTH)))[0]
    several = np.stack([rows] * 3)
    found = dictionaries.transcoders(several, 3 * several @ turned + 1, latents=LATENTS, active=ACTIVE, seeds=[3, 4, 5])
    assert _near(found, atoms @ turned) >= 0.85
    assert _near(found, atoms) < 0.8
    assert found[0].codes(rows).shape == (len(rows), LATENTS)


def _all(rows: np.ndarray) -> dict[str, Dictionary]:
    sized = {"latents": LATENTS, "active": ACTIVE, "seed": 1}
    return {
        "neurons": dictionaries.neurons(rows, active=ACTIVE),
        "principal": dictionaries.principal(rows, active=ACTIVE),
        "independent": dictionaries.independent(rows, active=ACTIVE, seed=1),
        "parts": dictionaries.parts(rows, **sized),
        "clusters": dictionaries.clusters(rows, **sized),
        "random": dictionaries.random(rows, **sized),
        "autoencoder": dictionaries.autoencoders(rows[None], latents=LATENTS, active=ACTIVE, seeds=[1], steps=50)[0],
    }


@pytest.mark.parametrize("rows", [np.abs(_sparse(1, 600)[0]), np.zeros((600, WIDTH))], ids=["active", "dead"])
def test_every_dictionary_keeps_the_form(rows: np.ndarray) -> None:
    for name, found in _all(rows).items():
        codes = found.codes(rows)
        assert codes.shape == (len(rows), len(found.directions)), name
        assert found.directions.shape[1] == WIDTH, name
        assert np.isfinite(codes).all(), name
        assert (codes >= 0).all(), name
        assert ((codes > 0).sum(1) <= ACTIVE).all(), name
        np.testing.assert_allclose(np.linalg.norm(found.directions, axis=1)[codes.any(0)], 1, atol=1e-5)
        assert np.array_equal(codes, _all(rows)[name].codes(rows)), name


def test_the_largest_are_kept() -> None:
    values = np.array([[1.0, 5.0, 3.0, -9.0], [-1.0, -2.0, 4.0, -3.0], [2.0, 1.0, 7.0, 8.0]])
    np.testing.assert_array_equal(dictionaries.keep_largest(values, 2), [[0, 5, 3, 0], [0, 0, 4, 0], [0, 0, 7, 8]])
    np.testing.assert_array_equal(dictionaries.keep_largest(values, 4), np.maximum(values, 0))


def test_neurons_are_the_activations_themselves_and_of_two_signs_where_they_go_below_0() -> None:
    rows = np.abs(np.random.default_rng(1).normal(size=(50, 4)))
    np.testing.assert_array_equal(dictionaries.neurons(rows, active=4).codes(rows), rows)
    codes = dictionaries.neurons(-rows, active=4).codes(-rows)
    np.testing.assert_array_equal(codes, np.hstack([np.zeros_like(rows), rows]))


def test_principal_components_are_read_from_the_mean_to_both_sides() -> None:
    generator = np.random.default_rng(1)
    axes = np.linalg.qr(generator.normal(size=(5, 5)))[0]
    scores = generator.normal(size=(4_000, 5)) * [5, 3, 2, 1, 0.5]
    found = dictionaries.principal(scores @ axes.T + 7, active=10)
    assert dictionaries.largest_cosines(found.directions, axes.T).min() > 0.99
    codes = found.codes(scores @ axes.T + 7)
    np.testing.assert_allclose(np.abs(codes[:, 0] - codes[:, 5]), np.abs(scores[:, 0] - scores[:, 0].mean()), atol=1)


def test_independent_components_are_found_where_principal_ones_are_not() -> None:
    generator = np.random.default_rng(1)
    mixed = _unit(generator.normal(size=(4, 4)))
    sources = generator.laplace(size=(8_000, 4))
    found = dictionaries.independent(sources @ mixed, active=8, seed=1)
    assert found.converged
    assert dictionaries.largest_cosines(found.directions, mixed).mean() > 0.98
    assert (
        dictionaries.largest_cosines(dictionaries.principal(sources @ mixed, active=8).directions, mixed).mean() < 0.95
    )
    rebuilt = found.codes(sources @ mixed) @ found.directions + (sources @ mixed).mean(0)
    np.testing.assert_allclose(rebuilt, sources @ mixed, atol=1e-6)


def test_nonnegative_parts_are_found() -> None:
    generator = np.random.default_rng(1)
    known = np.repeat(np.eye(3), 4, axis=1)
    amounts = generator.exponential(size=(1_000, 3)) * (generator.random((1_000, 3)) < 0.4)
    found = dictionaries.parts(amounts @ known, latents=3, active=3, seed=1)
    assert dictionaries.largest_cosines(found.directions, known).min() > 0.98
    with pytest.raises(ValueError, match="nonnegative parts"):
        dictionaries.parts(-known, latents=3, active=3, seed=1)


def test_cluster_centers_are_found_and_the_nearest_is_the_largest_latent() -> None:
    generator = np.random.default_rng(1)
    centers = 20 * _unit(generator.normal(size=(6, 5)))
    own = generator.integers(6, size=2_000)
    rows = centers[own] + generator.normal(size=(2_000, 5))
    found = dictionaries.clusters(rows, latents=6, active=1, seed=1)
    codes = found.codes(rows)
    assert ((codes > 0).sum(1) == 1).all()
    latent_of = np.array([np.bincount(codes[own == k].argmax(1), minlength=6).argmax() for k in range(6)])
    assert sorted(latent_of) == list(range(6))
    np.testing.assert_array_equal(codes.argmax(1), latent_of[own])
    expected = _unit(centers - rows.mean(0))
    np.testing.assert_allclose(found.directions[latent_of], expected, atol=0.02)


def _alike(rows: np.ndarray) -> Dictionary:
    return dictionaries.clusters(np.repeat(rows[:2], 100, axis=0), latents=8, active=2, seed=1)


@pytest.mark.parametrize(
    "fit",
    [
        _alike,
        lambda rows: dictionaries.parts(rows, latents=12, active=2, seed=1),
        lambda rows: dictionaries.independent(rows, active=2, seed=1),
    ],
    ids=["clusters", "parts", "independent"],
)
def test_a_fit_that_does_not_end_by_itself_says_so_and_warns_nobody(
    monkeypatch: pytest.MonkeyPatch, fit: Callable[[np.ndarray], Dictionary]
) -> None:
    monkeypatch.setattr(dictionaries, "_DESCENT", 2)
    monkeypatch.setattr(dictionaries, "_COMPONENTS_IN", 2)
    rows = np.abs(np.random.default_rng(1).normal(size=(500, 8)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not fit(rows).converged


def test_the_largest_cosine_is_taken_for_each_known_direction() -> None:
    known = np.array([[3.0, 0.0], [0.0, 2.0]])
    found = dictionaries.largest_cosines(np.array([[1.0, 0.0], [0.6, 0.8]]), known)
    np.testing.assert_allclose(found, [1.0, 0.8])
