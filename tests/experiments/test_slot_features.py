"""What canvas networks represent: by hand on little networks, and on one whose interference is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr
from sklearn.metrics import roc_auc_score

from mnist_interp.data import canvases
from mnist_interp.experiments import slot_features
from tests.experiments import little_canvases


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    little_canvases.canvases(monkeypatch)


@pytest.mark.usefixtures("few")
def test_test_canvases_are_half_empty_and_the_same_for_all() -> None:
    drawn = slot_features.test_canvases()
    assert drawn.pixels.shape == (1_000, 784)
    assert (drawn.labels < 10).any(1).all()
    assert (drawn.labels == canvases.BLANK).mean() == pytest.approx(1 - canvases.digits_each(0.5) / 4, abs=0.03)
    assert torch.equal(drawn.which, slot_features.test_canvases().which)
    assert torch.equal(drawn.present.view(-1, 4, 10).sum(2) > 0, torch.from_numpy(drawn.labels < 10))


@pytest.mark.usefixtures("few")
def test_canvases_to_fit_on_and_those_of_home_are_as_empty_as_the_recipes_own() -> None:
    for kind, split in ((slot_features.fit_canvases, "train"), (slot_features.own_canvases, "test")):
        drawn, digits = kind(little_canvases.RECIPE), canvases.reduced(split)
        assert (drawn.labels < 10).mean() == pytest.approx(canvases.digits_each(0.3) / 4, abs=0.03)
        np.testing.assert_array_equal(drawn.labels, digits.targets[drawn.which])
        assert torch.equal(drawn.pixels, canvases.compose(digits.images, drawn.which))


def test_an_auroc_is_taken_among_canvases_whose_slot_holds_a_digit() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 15, (600, 4)).clip(max=canvases.BLANK)
    values = generator.normal(size=(600, 3)) + (labels[:, [1]] == 4) + 9 * (labels[:, [2]] == canvases.BLANK)
    found = slot_features.aurocs(values, labels)
    assert found.shape == (3, 4, 10)
    for unit, slot, digit in [(0, 1, 4), (1, 2, 7), (2, 3, 0)]:
        some = labels[:, slot] < 10
        expected = roc_auc_score(labels[some, slot] == digit, values[some, unit])
        assert found[unit, slot, digit] == pytest.approx(expected)
    logits = generator.normal(size=(600, 40))
    own = slot_features.own_aurocs(logits, labels)
    np.testing.assert_allclose(own.ravel(), slot_features.aurocs(logits, labels).reshape(40, 40).diagonal())


def test_occupancy_alone_scores_one_half() -> None:
    labels = np.random.default_rng(0).integers(0, 15, (900, 4)).clip(max=canvases.BLANK)
    occupied = np.repeat(labels < 10, 10, axis=1).astype(float)
    np.testing.assert_allclose(slot_features.own_aurocs(occupied, labels), 0.5)


def test_accuracy_counts_digits_by_the_largest_logit_of_their_slot() -> None:
    labels = np.array([[3, 10, 10, 10], [1, 2, 10, 0]])
    logits = np.zeros((2, 4, 10))
    logits[0, 0, 3] = logits[1, 0, 1] = logits[1, 1, 5] = logits[1, 3, 0] = 1
    logits[:, 2, 4] = 50
    assert slot_features.slot_accuracy(logits.reshape(2, 40), labels) == pytest.approx(3 / 4)


def test_accuracy_by_how_many_digits_there_are() -> None:
    labels = np.array([[3, 10, 10, 10], [10, 10, 10, 4], [1, 2, 10, 0], [1, 2, 3, 4]])
    logits = np.zeros((4, 4, 10))
    for canvas, slot, digit in [(0, 0, 3), (2, 0, 1), (2, 1, 2), (2, 3, 9), (3, 0, 1)]:
        logits[canvas, slot, digit] = 1
    found = slot_features.accuracy_by_count(logits.reshape(4, 40), labels)
    np.testing.assert_allclose(found, [1 / 2, np.nan, 2 / 3, 1 / 4])


def test_both_of_two_digits_are_right_or_not() -> None:
    labels = np.array([[3, 10, 10, 4], [1, 2, 10, 10], [10, 10, 0, 0], [1, 10, 10, 10]])
    logits = np.zeros((4, 4, 10))
    for canvas, slot, digit in [(0, 0, 3), (0, 3, 4), (1, 0, 1), (3, 0, 1)]:
        logits[canvas, slot, digit] = 1
    assert slot_features.both_right(logits.reshape(4, 40), labels) == pytest.approx(2 / 3), (
        "of equals the first is read"
    )
    assert np.isnan(slot_features.both_right(logits[3:].reshape(1, 40), labels[3:]))


class _Ink(torch.nn.Module):
    """Logit of feature (slot, digit): the ink of the slot, and for its digit 2 more of the slot before."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        slots = x.view(-1, 2, 14, 2, 14).sum((2, 4)).flatten(1)
        logits = slots.repeat_interleave(10, dim=1).view(-1, 4, 10).clone()
        logits[:, :, 2] += 3 * slots.roll(1, dims=1)
        return logits.flatten(1)


@pytest.mark.usefixtures("few")
def test_interference_is_what_a_digit_adds_to_logits_of_all_slots() -> None:
    test = slot_features.test_canvases()
    logits = _Ink()(test.pixels)
    found = slot_features.interference(_Ink(), logits).reshape(4, 10, 4, 10)
    small, (without, within) = canvases.reduced("test"), slot_features.put()
    deviation = logits.numpy().std(0).reshape(4, 10)
    for slot in range(4):
        assert (without[slot, :, slot] == small.n_images).all(), "it was empty"
        for digit in (0, 7):
            put = within[slot, digit]
            assert (small.targets[put[:, slot]] == digit).all()
            others = [other for other in range(4) if other != slot]
            assert torch.equal(put[:, others], without[slot][:, others])
            ink = float(small.images[put[:, slot]].sum(1).mean())
            np.testing.assert_allclose(found[slot, :2, slot, digit], ink / deviation[slot, :2], rtol=1e-4)
            after = (slot + 1) % 4
            assert found[after, 2, slot, digit] == pytest.approx(3 * ink / deviation[after, 2], rel=1e-4)
            np.testing.assert_allclose(found[after, 3:, slot, digit], 0, atol=1e-5)
            assert np.abs(found[(slot + 2) % 4, :, slot, digit]).max() < 1e-5


@pytest.mark.usefixtures("few")
def test_what_is_measured_belongs_to_the_network_and_its_state() -> None:
    networks = little_canvases.population(3, 8)
    found = slot_features.measured(networks)
    assert found["auroc"].dims == ("seed", "state", "slot", "digit")
    test = slot_features.test_canvases()
    for run in networks:
        for place, state in enumerate(slot_features.STATES):
            here: xr.Dataset = found.sel(seed=run.seed, state=state)
            logits = run.model(place)(test.pixels)
            np.testing.assert_allclose(here["auroc"], slot_features.own_aurocs(logits.numpy(), test.labels))
            home = slot_features.own_canvases(run.recipe)
            at_home = run.model(place)(home.pixels).numpy()
            assert float(here["home_accuracy"]) == slot_features.slot_accuracy(at_home, home.labels)
            by_count = slot_features.accuracy_by_count(logits.numpy(), test.labels)
            np.testing.assert_allclose(here["accuracy_by_count"], by_count)
            assert float(here["both_right"]) == slot_features.both_right(logits.numpy(), test.labels)
            assert int(here["home_represented"]) == (slot_features.own_aurocs(at_home, home.labels) >= 0.9).sum()
            assert int(here["represented"]) == (here["auroc"].to_numpy() >= 0.9).sum()
            values = np.linalg.svd(run.weights["output.weight"][place].astype(float))[1] ** 2
            assert float(here["effective_dimension"]) == pytest.approx(values.sum() ** 2 / (values**2).sum())
            assert float(here["psi"]) == pytest.approx(int(here["represented"]) / float(here["effective_dimension"]))
            moved = here["interference"].to_numpy()
            np.testing.assert_allclose(moved, slot_features.interference(run.model(place), logits))
            assert 0 < float(here["dimensionality"].min()) <= float(here["dimensionality"].max()) <= 1
