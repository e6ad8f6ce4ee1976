"""The two parts of a layer that a readout tells apart: what moves logits apart, and what cannot."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import readout_spaces

GENERATOR = np.random.default_rng(31)
WEIGHT = GENERATOR.normal(size=(10, 16))


@pytest.mark.parametrize(("n_units", "rank"), [(16, 9), (9, 9), (5, 5)])
def test_together_they_are_the_layer(n_units: int, rank: int) -> None:
    weight = GENERATOR.normal(size=(10, n_units))
    row, null = readout_spaces.row_space(weight), readout_spaces.null_space(weight)
    assert row.shape == (n_units, rank)
    assert null.shape == (n_units, n_units - rank)
    both = np.hstack([row, null])
    np.testing.assert_allclose(both.T @ both, np.eye(n_units), atol=1e-12)


def test_in_the_null_space_no_probability_changes() -> None:
    points = GENERATOR.normal(size=(50, 16))
    moved = points + GENERATOR.normal(size=(50, 7)) @ readout_spaces.null_space(WEIGHT).T
    logits, other = points @ WEIGHT.T, moved @ WEIGHT.T
    assert not np.allclose(logits, other), "all logits of an image move, by as much"
    np.testing.assert_allclose(logits - logits.mean(1, keepdims=True), other - other.mean(1, keepdims=True), atol=1e-9)


def test_the_row_space_holds_all_that_logits_say() -> None:
    points = GENERATOR.normal(size=(50, 16))
    row = readout_spaces.row_space(WEIGHT)
    centered = readout_spaces.centered(WEIGHT)
    np.testing.assert_allclose(points @ row @ row.T @ centered.T, points @ centered.T, atol=1e-9)
    assert np.abs(centered.sum(0)).max() < 1e-12
