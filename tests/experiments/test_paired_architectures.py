"""Pairs of networks of any kind: the same network twice, one whose axes are turned, and the measures of chapter 5."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.data import mnist
from mnist_interp.experiments import cross_seed_similarity, paired_architectures, pixel_components
from mnist_interp.training.runs import Population
from tests.experiments import little

N = 20


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(paired_architectures, "PER_CLASS", N)
    monkeypatch.setattr(paired_architectures, "_pixels_within", paired_architectures._pixels_within.__wrapped__)
    axes = np.linalg.qr(np.random.default_rng(0).normal(size=(784, 16)))[0]
    monkeypatch.setattr(pixel_components, "basis", lambda: {"mean": np.zeros(784), "components": axes})


def test_a_network_beside_itself_is_explained_whole() -> None:
    run = little.run(3)
    found = paired_architectures._compared(run, run, (-1, -1))
    for name in ("cka_within", "together_share", "partner_share", "live_partner"):
        assert float(found[name]) == pytest.approx(1, abs=1e-6)
    assert float(found["live_rotated"]) < 0.9
    assert float(found["logits_share"]) < 1
    assert float(found["pixels_share"]) < 1


def test_each_network_is_taken_at_its_own_checkpoint() -> None:
    one, other = networks = little.population(3, 8)
    found = paired_architectures.of_pairs(networks, [2, 4])
    assert found["pair"].values.tolist() == ["3 and 8"]
    expected = paired_architectures._compared(one, other, (2, 4))
    for name, value in expected.items():
        assert float(found[name][0]) == pytest.approx(float(value))


def test_units_of_the_first_are_explained_by_the_second() -> None:
    one, other = little.population(3, 8)
    found = paired_architectures._compared(one, other, (-1, -1))
    chosen = mnist.sample("train", N)
    (hidden,), (target,) = (little.layers(run, "train", "relu2") for run in (other, one))
    test = [little.layers(run, "test", "relu2")[0] for run in (other, one)]
    live = [unit for unit in range(target.shape[1]) if target[chosen, unit].max() > 0]
    assert little.DEAD not in live
    shares = []
    for unit in live:
        sources = np.column_stack([hidden[chosen], np.ones(len(chosen))])
        weights = np.linalg.lstsq(sources, target[chosen, unit], rcond=None)[0]
        left = test[1][:, unit] - np.column_stack([test[0], np.ones(len(test[0]))]) @ weights
        shares.append(1 - (left**2).mean() / test[1][:, unit].var())
    assert float(found["together_share"]) == pytest.approx(np.mean(shares), abs=1e-6)


def test_the_measures_of_chapter_5_come_out_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same images and pairs: privilege and geometry within digits, by the other module."""
    monkeypatch.setattr(cross_seed_similarity, "FITTED_PER_CLASS", N)
    monkeypatch.setattr(cross_seed_similarity, "_pixels_within", cross_seed_similarity._pixels_within.__wrapped__)
    networks = little.population(3, 8)
    theirs = cross_seed_similarity.of_pairs(Population(networks.recipe, networks.runs)).sel(state="trained")
    found = paired_architectures.of_pairs(networks)
    for name in ("cka_within", "cka_pixels"):
        assert float(found[name][0]) == pytest.approx(float(theirs[name][0]), abs=1e-5)
    assert float(found["together_share"][0]) == pytest.approx(float(theirs["together_share"][0]), abs=0.05)
