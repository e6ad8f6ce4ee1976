"""Courses through training that were drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import courses

EPOCHS = [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ([0, 8, 10, 9, 8, 7, 7], True),
        ([-5, 3, 5, 4, 3, 2, 2], True),
        ([0, 5, 6, 7, 8, 9, 10], False),  # never declines
        ([0, 5, 6, 7, 8, 10, 9], False),  # late
        ([0, 8, 10, 10, 10, 10, 9.6], False),  # hardly declines
        ([0, 8, 10, 6, 5, 4, 4], False),  # not elevated
        ([10, 9, 8, 7, 7, 6, 6], False),  # never rises
        ([3, 3, 3, 3, 3, 3, 3], False),
    ],
)
def test_a_course_is_judged_as_it_is_said(course: list[float], expected: bool) -> None:
    assert courses.rises_then_declines(np.array(course, float), EPOCHS) == expected


def test_values_beside_each_other_are_judged_apart() -> None:
    first, second = np.array([0, 8, 10, 9, 8, 7, 7.0]), np.arange(7.0)
    found = courses.rises_then_declines(np.stack([first, second, first], 1), EPOCHS)
    assert found.tolist() == [True, False, True]
