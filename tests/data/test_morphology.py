"""Shape of digits: drawn figures whose slant, thickness and loops are known."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.data import mnist, morphology

ROWS, COLUMNS = np.mgrid[:28, :28]


def bar(width: float, tangent: float = 0.0) -> np.ndarray:
    """Draw an upright or leaning bar, twenty rows high, its edges antialiased."""
    middle = 13.5 - tangent * (ROWS - 13.5)
    inside = np.clip(width / 2 + 0.5 - np.abs(COLUMNS - middle), 0, 1)
    return np.where((ROWS >= 4) & (ROWS < 24), inside, 0.0)


def ring(inner: float, outer: float) -> np.ndarray:
    radius = np.hypot(ROWS - 13.5, COLUMNS - 13.5)
    return np.clip(outer + 0.5 - radius, 0, 1) * np.clip(radius - inner + 0.5, 0, 1)


@pytest.mark.parametrize("tangent", [-0.4, 0.0, 0.25, 0.5])
def test_slant_of_a_leaning_bar(tangent: float) -> None:
    assert morphology.slant(bar(3, tangent)[None])[0] == pytest.approx(tangent, abs=0.02)


@pytest.mark.parametrize("width", [2.0, 3.0, 4.0])
def test_thickness_of_a_bar_and_of_a_ring(width: float) -> None:
    ends = width * 20 / (width + 20)  # twice the area over the outline of a rectangle
    assert morphology.thickness(bar(width)[None])[0] == pytest.approx(ends, rel=0.12)
    assert morphology.thickness(ring(6, 6 + width)[None])[0] == pytest.approx(width, rel=0.12)


@pytest.mark.parametrize("inner", [3.0, 6.0])
def test_loop_of_a_ring(inner: float) -> None:
    assert morphology.loop(ring(inner, inner + 3)[None])[0] == pytest.approx(np.pi * inner**2, rel=0.15)
    assert morphology.loop(bar(3)[None])[0] == 0


def test_mirroring_turns_slant_about_and_nothing_else() -> None:
    images = mnist.load("test").images[:50]
    one, mirrored = morphology.describe(images), morphology.describe(images[:, :, ::-1])
    np.testing.assert_allclose(mirrored[:, 0], -one[:, 0], atol=1e-9)
    np.testing.assert_allclose(mirrored[:, 2], one[:, 2])


def test_no_ink_is_no_shape() -> None:
    np.testing.assert_array_equal(morphology.describe(np.zeros((2, 28, 28))), 0)


def test_zeros_have_loops_and_ones_have_none() -> None:
    digits = mnist.load("test")
    loops = morphology.loop(digits.images[:500] / 255)
    labels = digits.labels[:500]
    assert (loops[labels == 0] > 0).mean() > 0.75  # thin, faint strokes leave some open
    assert (loops[labels == 1] > 0).mean() < 0.05
