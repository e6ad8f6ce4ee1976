"""Two digits in one neuron: closed forms of each trace, and networks made to leave it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import two_digit_neurons
from mnist_interp.runtime import labeled
from mnist_interp.training import models
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run
from tests.experiments import little

PAIRS = list(combinations(range(10), 2))


def test_correlations_are_those_of_numpy_pair_by_pair() -> None:
    rows = np.random.default_rng(0).normal(size=(2, 10, 30))
    rows[1, 4] = 7
    found = two_digit_neurons.pair_correlations(rows)
    for place, (first, second) in enumerate(PAIRS):
        assert found[0, place] == pytest.approx(np.corrcoef(rows[0, first], rows[0, second])[0, 1])
        assert np.isnan(found[1, place]) == (4 in (first, second))


def test_contributions_add_up_to_the_mean_input() -> None:
    generator = np.random.default_rng(0)
    means, weight = generator.random((10, 6)), generator.normal(size=(3, 6))
    np.testing.assert_allclose(two_digit_neurons.contributions(means, weight).sum(2), weight @ means.T)


def test_evidence_adds_up_to_the_mean_input_and_is_gradient_times_pixel() -> None:
    generator = torch.Generator().manual_seed(0)
    pixels, labels = torch.rand(60, 8, generator=generator), np.arange(60) % 10
    first, second = torch.randn(5, 8, generator=generator), torch.randn(3, 5, generator=generator)
    pixels.requires_grad_()
    hidden = pixels @ first.T
    inputs = hidden.relu() @ second.T
    found = two_digit_neurons.evidence(
        pixels.detach().numpy(), (hidden > 0).numpy(), labels, first.numpy(), second.numpy()
    )
    for unit in range(3):
        gradient = torch.autograd.grad(inputs[:, unit].sum(), pixels, retain_graph=True)[0]
        by_hand = (gradient * pixels).detach().numpy()
        np.testing.assert_allclose(found[unit], [by_hand[labels == k].mean(0) for k in range(10)], atol=1e-5)
        own = inputs[:, unit].detach().numpy()
        np.testing.assert_allclose(found[unit].sum(1), [own[labels == k].mean() for k in range(10)], atol=1e-4)


def test_favorites_are_the_tenth_that_moves_a_unit_most() -> None:
    labels = np.repeat(np.arange(10), 20)
    pixels = np.random.default_rng(0).random((200, 4))
    values = np.stack([pixels[:, 2], -pixels[:, 0]], axis=1)
    found = two_digit_neurons.favorites(pixels, values, labels)
    assert found.shape == (2, 10, 4)
    own = pixels[labels == 3]
    np.testing.assert_allclose(found[0, 3], own[np.argsort(-own[:, 2])[:2]].mean(0) - own.mean(0))
    assert (found[0, :, 2] > 0.2).all()
    assert (found[1, :, 0] < -0.2).all()


def test_a_unit_that_confuses_two_digits_is_told_from_one_that_does_not() -> None:
    """Unit 0 is what pushes 7s and 9s to the other's logit, unit 1 what holds them apart, unit 2 noise."""
    generator, n = np.random.default_rng(0), 2_000
    labels = generator.choice([0, 7, 9], n)
    labels[:30] = np.arange(30) % 10
    values = generator.random((n, 3))
    logits = np.zeros((n, 10))
    logits[np.arange(n), labels] = 2
    other = np.where(labels == 7, 9, 7)
    seven_or_nine = np.isin(labels, [7, 9])
    logits[seven_or_nine, other[seven_or_nine]] = 1.5 + (values[:, 0] - values[:, 1])[seven_or_nine]
    confused, margin, counts = two_digit_neurons.confusions(values, logits, labels)
    place = PAIRS.index((7, 9))
    assert counts[place] == (logits.argmax(1) != labels).sum() > 100
    assert confused[0, place] > 0.8 > 0.2 > confused[1, place]
    assert confused[2, place] == pytest.approx(0.5, abs=0.06)
    assert margin[0, place] == pytest.approx(-margin[1, place], abs=0.1)
    assert margin[1, place] > 0.6
    assert margin[2, place] == pytest.approx(0, abs=0.1)
    assert np.isnan(confused[:, PAIRS.index((0, 7))]).all(), "none is confused"


def test_rank_correlations_are_spearmans() -> None:
    generator = np.random.default_rng(0)
    one, columns = generator.normal(size=50), generator.normal(size=(50, 3)).round(1)
    columns[:, 2] = 4
    found = two_digit_neurons._rank_correlations(one, columns)
    assert found[:2].tolist() == pytest.approx([spearmanr(one, column).statistic for column in columns.T[:2]])
    assert np.isnan(found[2])


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    return little.images(monkeypatch)


def _network(kind: str) -> Run:
    """Make a network whose first unit of layer 2 reads 7s and 9s, by one unit of layer 1 or by two."""
    recipe = Recipe(options=(("hidden", (24, 14)),), epochs=1)
    model, _ = models.initialize(recipe, 1)
    state = {name: value.numpy().copy() for name, value in model.state_dict().items()}
    digits = two_digit_neurons.mnist.load("test")
    images = digits.pixels.numpy()
    means = np.stack([images[digits.labels == k].mean(0) for k in range(10)])
    state["linear1.weight"][:2] = 0
    seven, nine = means[7] - means.mean(0), means[9] - means.mean(0)
    state["linear1.weight"][0] = seven + nine if kind == "shared" else seven - nine
    state["linear1.weight"][1] = nine - seven
    state["linear1.bias"][:2] = 0
    state["linear2.weight"][0] = 0
    state["linear2.weight"][0, 0] = 1
    state["linear2.weight"][0, 1] = 0 if kind == "shared" else 1
    state["linear2.bias"][0] = 0
    weights = {name: np.repeat(value[None], 9, axis=0) for name, value in state.items()}
    return Run(recipe, 1, weights, np.zeros(1), np.zeros(1))


@pytest.mark.usefixtures("few")
def test_a_shared_stroke_comes_by_one_input_and_superposition_by_two() -> None:
    found = {kind: two_digit_neurons.measured(_network(kind)) for kind in ("shared", "superposed")}
    place = PAIRS.index((7, 9))
    assert tuple(int(found["shared"][end][place]) for end in ("first", "second")) == (7, 9)
    kept = labeled.unpack(labeled.pack(found["shared"]))
    np.testing.assert_array_equal(kept["first"], [pair[0] for pair in PAIRS], "the store keeps them")
    shared, superposed = (float(found[kind]["inputs"][0, place]) for kind in ("shared", "superposed"))
    assert shared == pytest.approx(1)
    assert superposed < 0.2
    assert float(found["shared"]["evidence"][0, place]) > float(found["superposed"]["evidence"][0, place]) + 0.5
    assert bool(found["shared"]["live"][0])


@pytest.mark.usefixtures("few")
def test_over_networks_the_two_best_digits_are_held_against_two_nulls() -> None:
    run = _network("shared")
    found = two_digit_neurons.shared_inputs(Population(run.recipe, (run,))).isel(seed=0)
    table = two_digit_neurons.measured(run)
    live = np.flatnonzero(table["live"])
    for unit in live:
        top = tuple(sorted(np.argsort(-table["means"][unit].to_numpy())[:2].tolist()))
        place = PAIRS.index(top)
        inputs = table["inputs"].to_numpy()
        assert float(found["own"][unit]) == pytest.approx(inputs[unit, place])
        others = [other for other in live if other != unit]
        assert float(found["other_units"][unit]) == pytest.approx(inputs[others, place].mean())
        assert float(found["other_pairs"][unit]) == pytest.approx(np.delete(inputs[unit], place).mean())
    dead = np.setdiff1d(np.arange(14), live)
    assert np.isnan(found["own"][dead]).all()
