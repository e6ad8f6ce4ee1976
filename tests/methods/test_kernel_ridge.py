"""A reader that is not linear: what is a function of the sources it finds, of noise nothing."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import probes, similarity

GENERATOR = np.random.default_rng(41)
SOURCES = GENERATOR.normal(size=(600, 2)) * [1, 100]  # of unequal scale, which does not matter


def test_a_bent_function_is_found_where_a_linear_one_sees_nothing() -> None:
    bent = np.column_stack([SOURCES[:, 0] ** 2, 1e4 + SOURCES[:, 1], GENERATOR.normal(size=600)])
    parts = (SOURCES[:300], bent[:300], SOURCES[300:], bent[300:])
    found = probes.kernel_r_squared(*parts)
    assert found[0] > 0.7
    assert found[1] > 0.8
    assert abs(found[2]) < 0.2
    assert similarity.linear_r_squared(*parts)[0] < 0.1


def test_it_is_the_closed_form() -> None:
    target = np.sin(SOURCES[:, :1])
    scaled = (SOURCES - SOURCES[:300].mean(0)) / SOURCES[:300].std(0)
    kernel = np.exp(-np.square(scaled[:, None] - scaled[:300]).sum(2) / 2)
    center, scale = target[:300].mean(), target[:300].std()
    dual = np.linalg.solve(kernel[:300] + 3 * np.eye(300), (target[:300] - center) / scale)
    left = target[300:] - center - scale * kernel[300:] @ dual
    found = probes.kernel_r_squared(SOURCES[:300], target[:300], SOURCES[300:], target[300:])
    assert found[0] == pytest.approx(1 - (left**2).mean() / target[300:].var())


def test_what_never_varies_is_not_explained() -> None:
    still = np.ones((300, 1))
    assert probes.kernel_r_squared(SOURCES[:300], still, SOURCES[300:], still) == 0
