"""Canvases of four digits: where digits stand, against slices by hand; how often, against exact probabilities."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from mnist_interp.data import canvases, mnist


def _drawn(empty: float, n: int, *, seed: int = 0, n_images: int = 50) -> torch.Tensor:
    return canvases.draw(torch.Generator().manual_seed(seed), n, empty=empty, n_images=n_images)


def test_a_small_digit_is_the_mean_over_two_by_two_pixels_and_the_last_one_is_blank() -> None:
    small, whole = canvases.reduced("test"), mnist.load("test")
    assert small.n_images == len(whole) == 10_000
    by_hand = np.array(
        [[whole.images[3, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean() / 255 for j in range(14)] for i in range(14)]
    )
    np.testing.assert_allclose(small.images[3].view(14, 14), by_hand, atol=1e-6)
    assert not small.images[-1].any()
    assert small.images.shape == (10_001, 196)
    np.testing.assert_array_equal(small.targets, [*whole.labels, canvases.BLANK])


@pytest.mark.parametrize("empty", [0.0, 0.1, 0.5, 0.97])
def test_slots_are_filled_as_often_as_probability_says(empty: float) -> None:
    """Against all fifteen patterns of filled slots, by the definition: independent, given that one is filled."""
    n = 20_000
    filled = (_drawn(empty, n) < 50).numpy()
    assert filled.any(1).all()
    for pattern in product([False, True], repeat=4):
        exact = np.prod([1 - empty if one else empty for one in pattern]) / (1 - empty**4) if any(pattern) else 0.0
        share, error = (filled == pattern).all(1).mean(), np.sqrt(exact * (1 - exact) / n)
        assert share == pytest.approx(exact, abs=4.5 * error + 1e-12), pattern
    assert filled.sum(1).mean() == pytest.approx(canvases.digits_each(empty), abs=0.03)


def test_every_image_is_as_likely_in_every_slot() -> None:
    drawn = _drawn(0.0, 20_000, n_images=20)
    for column in drawn.T:
        counts = np.bincount(column, minlength=20)
        assert np.square(counts - 1_000).sum() / 1_000 < 50  # chi-squared of 19 degrees of freedom
    assert (drawn[:, 0] == drawn[:, 1]).double().mean() == pytest.approx(1 / 20, abs=0.01)


def test_a_generator_decides_what_is_drawn() -> None:
    assert torch.equal(_drawn(0.5, 100), _drawn(0.5, 100))
    assert not torch.equal(_drawn(0.5, 100), _drawn(0.5, 100, seed=1))


@pytest.mark.parametrize("empty", [1.0, -0.1, 1.5])
def test_blank_canvases_are_refused(empty: float) -> None:
    with pytest.raises(ValueError, match="expected 0 to below 1"):
        _drawn(empty, 3)


def test_a_digit_stands_where_its_target_says() -> None:
    digits = canvases.reduced("test")
    blank = digits.n_images
    which = torch.tensor([[4, blank, 7, 2], [blank, 9, blank, blank]])
    pictures = canvases.compose(digits.images, which).view(2, 28, 28)
    present = canvases.targets(digits.targets, which).view(2, 4, 10)
    corners = [(0, 0), (0, 14), (14, 0), (14, 14)]  # of the slots, by hand: row by row
    for picture, row, features in zip(pictures, which, present, strict=True):
        for slot, (top, left) in enumerate(corners):
            part = picture[top : top + 14, left : left + 14]
            assert torch.equal(part.reshape(-1), digits.images[row[slot]])
            expected = torch.zeros(10)
            if row[slot] != blank:
                expected[digits.targets[row[slot]]] = 1
            assert torch.equal(features[slot], expected)


def test_any_leading_axes_will_do() -> None:
    digits = canvases.reduced("test")
    which = _drawn(0.5, 6, n_images=digits.n_images)
    flat, folded = (canvases.compose(digits.images, one) for one in (which, which.view(2, 3, 4)))
    assert torch.equal(flat.view(2, 3, 784), folded)
    assert canvases.targets(digits.targets, which.view(2, 3, 4)).shape == (2, 3, 40)
