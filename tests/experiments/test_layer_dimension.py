"""Intrinsic dimension: clouds of known dimension, whatever the space around them."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import intrinsic_dimension

GENERATOR = np.random.default_rng(5)


@pytest.mark.parametrize("true", [1, 2, 5])
def test_flat_clouds_have_the_dimension_they_were_drawn_in(true: int) -> None:
    flat = GENERATOR.random((3_000, true)) @ GENERATOR.normal(size=(true, 16))
    assert intrinsic_dimension.intrinsic(flat) == pytest.approx(true, rel=0.12)


def test_a_bent_sheet_still_has_two() -> None:
    along, across = GENERATOR.random((2, 3_000))
    roll = np.column_stack([along * np.cos(9 * along), across, along * np.sin(9 * along)])
    assert intrinsic_dimension.intrinsic(roll) == pytest.approx(2, rel=0.12)


def test_duplicates_change_nothing() -> None:
    flat = GENERATOR.random((800, 3))
    assert intrinsic_dimension.intrinsic(np.vstack([flat, flat[:500]])) == pytest.approx(
        intrinsic_dimension.intrinsic(flat)
    )


def test_a_silent_layer_has_none() -> None:
    assert intrinsic_dimension.intrinsic(np.zeros((500, 16))) == 0
