"""Tuning of a population: matching of roles, and the dossier's frames against direct counts."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.chapters.neurons import dossier
from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, unit_selectivity
from mnist_interp.methods import similarity
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


def test_tidy_lays_out_every_cell() -> None:
    frame = unit_selectivity.tidy(np.arange(6).reshape(2, 3), unit=[4, 5], digit=[0, 1, 2])
    assert frame[(frame["unit"] == 5) & (frame["digit"] == 1)]["value"].item() == 4


@pytest.fixture(scope="module")
def book() -> dossier.Dossier:
    return dossier.of(training.run(registry.PUBLISHED))


def test_the_dossier_covers_every_unit_and_its_shares_add_up(book: dossier.Dossier) -> None:
    assert sorted(book.words["unit"]) == list(range(48))
    np.testing.assert_allclose(book.counts.groupby(["unit", "digit"])["value"].sum(), 1)
    assert (book.spread["high"] >= book.spread["low"]).all()
    assert book.images.groupby(["unit", "end"]).size().eq(dossier.SHOWN).all()
    assert book.maps.shape == (48, 28, 28)


def test_the_dossiers_numbers_are_those_of_the_network(book: dossier.Dossier) -> None:
    run, labels = training.run(registry.PUBLISHED), mnist.load("test").labels
    values = recordings.hidden_units(run, "test")
    silent = book.counts[book.counts["bin"] == 0].set_index(["unit", "digit"])["value"]
    assert silent[32, 7] == pytest.approx((values[labels == 7, 32] == 0).mean())
    np.testing.assert_allclose(
        book.votes[book.votes["unit"] == 40]["value"], run.weights["output.weight"][-1][:, 8], rtol=1e-6
    )
    most = book.images.query("unit == 32 and end == 'most'")["image"]
    assert values[most, 32].min() >= np.sort(values[:, 32])[-dossier.SHOWN]
