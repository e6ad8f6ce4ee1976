"""The dossier's frames against direct counts."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.chapters.neurons import dossier
from mnist_interp.data import mnist
from mnist_interp.methods import activations
from mnist_interp.training import registry


@pytest.fixture(scope="module")
def run() -> training.Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def book(run: training.Run) -> dossier.Dossier:
    return dossier.of(run)


def test_the_dossier_covers_every_unit_and_its_shares_add_up(book: dossier.Dossier) -> None:
    assert sorted(book.words["unit"]) == sorted(book.names.values()) == list(range(48))
    np.testing.assert_allclose(book.counts.groupby(["unit", "digit"])["value"].sum(), 1)
    assert (book.spread["high"] >= book.spread["low"]).all()
    assert book.images.groupby(["unit", "end"]).size().eq(dossier.SHOWN).all()
    assert book.maps.shape == (48, 28, 28)


def test_the_dossiers_numbers_are_those_of_the_network(run: training.Run, book: dossier.Dossier) -> None:
    labels, first = mnist.load("test").labels, book.names["layer 2, neuron 0"]
    values = activations.record(run.model(), mnist.load("test").pixels, ["relu2"])["relu2"].numpy()
    silent = book.counts[book.counts["bin"] == 0].set_index(["unit", "digit"])["value"]
    assert silent[first, 7] == pytest.approx((values[labels == 7, 0] == 0).mean(), abs=2e-3)
    np.testing.assert_allclose(
        book.votes[book.votes["unit"] == book.names["layer 2, neuron 8"]]["value"],
        run.weights["output.weight"][-1][:, 8],
        rtol=1e-6,
    )
    most = book.images.query("unit == @first and end == 'most'")["image"]
    assert values[most, 0].min() >= np.sort(values[:, 0])[-dossier.SHOWN]
    for layer, unit in ((1, 0), (2, 14)):
        assert book.addresses[f"neuron={layer}:{unit}"] == book.names[f"layer {layer}, neuron {unit}"]
    assert sorted(book.addresses.values()) == list(range(48))
    text = book.words.set_index("unit")["text"]
    assert text[first].startswith("**Layer 2, neuron 0: ")
    assert "Its favorite digit is 1," in text[first]
    assert text[book.names["layer 2, neuron 11"]].startswith("**Layer 2, neuron 11: dead.**")
