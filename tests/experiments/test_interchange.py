"""Interchanges: what a direction swaps exactly, what nobody hears, and pairs that are read correctly."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import interchange
from mnist_interp.experiments.interchange import DIGITS, Pairs, Readout
from mnist_interp.methods import readout_spaces
from tests.experiments import little

UNITS = 13
FIRST, SECOND = DIGITS


@pytest.fixture(scope="module")
def readout() -> Readout:
    generator = torch.Generator().manual_seed(1)
    return Readout(torch.randn(10, UNITS, generator=generator), torch.randn(10, generator=generator))


@pytest.fixture(scope="module")
def layer(readout: Readout) -> tuple[torch.Tensor, np.ndarray]:
    """Return activations of 600 images, of which most are read as their labels say."""
    generator = torch.Generator().manual_seed(2)
    values = torch.randn(600, UNITS, generator=generator)
    labels = readout(values).argmax(1).numpy().astype(np.int64)
    labels[::7] = (labels[::7] + 5) % 10
    return values, labels


@pytest.fixture(scope="module")
def pairs(readout: Readout, layer: tuple[torch.Tensor, np.ndarray]) -> Pairs:
    return interchange.pairs(*layer, readout, count=200, seed=3)


def test_pairs_are_of_both_digits_and_read_correctly(
    readout: Readout, layer: tuple[torch.Tensor, np.ndarray], pairs: Pairs
) -> None:
    wanted = pairs.wanted.numpy()
    np.testing.assert_array_equal(wanted, [SECOND, FIRST] * 100)
    np.testing.assert_array_equal(readout(pairs.source).argmax(1), wanted)
    np.testing.assert_array_equal(readout(pairs.base).argmax(1), FIRST + SECOND - wanted)
    values, labels = layer
    places = [int((values == row).all(1).nonzero()) for row in pairs.source]
    np.testing.assert_array_equal(labels[places], wanted)
    assert len(set(places)) > 20


def test_a_digit_that_is_never_read_correctly_is_refused(
    readout: Readout, layer: tuple[torch.Tensor, np.ndarray]
) -> None:
    values, labels = layer
    wrong = np.where(labels == SECOND, 0, labels)
    with pytest.raises(ValueError, match=r"no correctly read image of one of \(4, 9\)"):
        interchange.pairs(values, wrong, readout, count=10, seed=0)


def test_a_neuron_is_taken_from_the_source_whatever_the_length_of_its_axis(readout: Readout, pairs: Pairs) -> None:
    for unit in (0, 7):
        changed = pairs.base.clone()
        changed[:, unit] = pairs.source[:, unit]
        expected = (readout(changed).argmax(1) == pairs.wanted).double().mean()
        for length in (1, -3):
            assert interchange.success(readout, pairs, length * torch.eye(UNITS)[unit]) == pytest.approx(
                float(expected)
            )


def test_the_direction_between_two_readout_rows_swaps_their_difference_exactly(readout: Readout, pairs: Pairs) -> None:
    direction = readout.weight[SECOND] - readout.weight[FIRST]
    seen = []

    class Watched(Readout):
        def __call__(self, values: torch.Tensor) -> torch.Tensor:
            seen.append(super().__call__(values))
            return seen[-1]

    interchange.success(Watched(readout.weight, readout.bias), pairs, direction)
    (changed,), source = seen, readout(pairs.source)
    torch.testing.assert_close(
        changed[:, SECOND] - changed[:, FIRST], source[:, SECOND] - source[:, FIRST], atol=1e-4, rtol=1e-4
    )


@pytest.fixture(scope="module")
def between(readout: Readout) -> Readout:
    """Return a readout that says 4 or 9 whatever it reads."""
    bias = torch.full((10,), -1e3)
    bias[list(DIGITS)] = readout.bias[list(DIGITS)]
    return Readout(readout.weight, bias)


def test_where_only_two_digits_are_read_that_direction_always_succeeds(between: Readout, pairs: Pairs) -> None:
    assert interchange.success(between, pairs, between.weight[SECOND] - between.weight[FIRST]) == 1


def test_a_fitted_direction_is_of_unit_length_and_beats_where_it_began(readout: Readout, pairs: Pairs) -> None:
    fitted = interchange.fitted_direction(readout, pairs)
    assert float(fitted.norm()) == pytest.approx(1, abs=1e-6)
    assert not fitted.requires_grad
    sign = torch.where(pairs.wanted == SECOND, 1.0, -1.0)
    began = (sign[:, None] * (pairs.source - pairs.base)).mean(0)
    best = max(interchange.success(readout, pairs, axis) for axis in torch.eye(UNITS))
    assert interchange.success(readout, pairs, fitted) > max(best, interchange.success(readout, pairs, began))


def test_the_silent_half_changes_nothing_and_the_sum_works_through_it(between: Readout, pairs: Pairs) -> None:
    silent = torch.from_numpy(readout_spaces.null_space(between.weight.double().numpy())).float()
    assert silent.shape == (UNITS, UNITS - 9)
    away = silent @ torch.ones(UNITS - 9)
    moved, still = between(pairs.base + 5 * away), between(pairs.base)
    torch.testing.assert_close(
        moved - moved.mean(1, keepdim=True), still - still.mean(1, keepdim=True), atol=1e-2, rtol=1e-4
    )
    sign = torch.where(pairs.wanted == SECOND, 1.0, -1.0)[:, None]
    apart = sign * 60 * away / away.norm()  # so far do the digits lie apart where nobody hears it
    told = interchange.illusion(between, Pairs(pairs.base, pairs.source + apart, pairs.wanted), silent)
    assert told["silent"] == 0
    assert told["dormant"] < 0.6
    assert told["sum"] > 0.95


def test_untrained_layers_are_read_by_a_readout_fitted_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    few: dict[str, Digits] = little.images(monkeypatch)
    monkeypatch.setattr(interchange, "PAIRS", 30)
    monkeypatch.setattr(interchange, "_FITTED", little.FITTED_ON)
    (run,) = networks = little.population(3)
    found = interchange.successes(networks).sel(seed=3)
    for state in ("trained", "untrained"):
        here = {name: float(value) for name, value in found.sel(state=state).items()}
        assert 0 <= min(here[name] for name in here if name != "unit") <= max(here.values())
        assert here["silent"] == 0
        assert here["direction"] >= here["neuron"]
    weight, bias = little.readout(run)
    (values,), unit = little.layers(run, "test", "relu2"), int(found["unit"].sel(state="trained"))
    own = Readout(torch.from_numpy(weight).float(), torch.from_numpy(bias).float())
    scored = interchange.pairs(torch.from_numpy(values).float(), few["test"].labels, own, count=30, seed=4)
    best = interchange.success(own, scored, torch.eye(len(values.T))[unit])
    assert float(found["neuron"].sel(state="trained")) == pytest.approx(best)


def test_only_fours_and_nines_are_seen_and_nothing_else_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of perceptrons, `at` the end is what `successes` says of trained ones, to the bit."""
    little.images(monkeypatch)
    monkeypatch.setattr(interchange, "PAIRS", 30)
    monkeypatch.setattr(interchange, "_FITTED", little.FITTED_ON)
    networks = little.population(3, 8)
    whole = interchange.successes(networks).sel(state="trained")
    found = interchange.at(networks, "relu2")
    assert tuple(found) == interchange.NAMES == tuple(whole)
    for name in interchange.NAMES:
        np.testing.assert_array_equal(found[name], whole[name])
    earlier = interchange.at(networks, "relu2", [4, -1])
    np.testing.assert_array_equal(earlier["direction"][1], whole["direction"][1])
    assert earlier["both_correct"][0] != whole["both_correct"][0]


def test_of_a_network_that_reads_no_9_nothing_is_swapped(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(interchange, "PAIRS", 30)
    monkeypatch.setattr(interchange, "_FITTED", little.FITTED_ON)
    networks = little.population(3)
    networks[0].weights["output.bias"][:, SECOND] = -1e6
    found = interchange.at(networks, "relu2")
    assert {name: float(value[0]) for name, value in found.items()} == dict.fromkeys(interchange.NAMES, 0.0)
