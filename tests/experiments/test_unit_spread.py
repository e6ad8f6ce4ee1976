"""A layer's spread within units: by hand, and blind to where the units' means lie."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.experiments import unit_spread
from tests.experiments import little


def test_the_spread_within_units_and_digits_is_that_of_numpy() -> None:
    generator = np.random.default_rng(0)
    labels = np.arange(60) % 10
    values = generator.normal(size=(60, 4)) + labels[:, None]
    within = np.sqrt(values.var(0).mean())
    by_digit = np.sqrt(np.mean([values[labels == digit].var(0).mean() for digit in range(10)]))
    assert unit_spread.parts(values, labels) == pytest.approx([within, by_digit])
    assert by_digit < within / 2


def test_units_far_apart_do_not_count() -> None:
    labels = np.arange(60) % 10
    values = np.random.default_rng(0).normal(size=(60, 4))
    moved = unit_spread.parts(values + np.array([0, 10, -20, 50]), labels)
    assert moved == pytest.approx(unit_spread.parts(values, labels))


def test_a_population_is_labeled(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    found = unit_spread.measured(little.population(6, 7), (0, 1))["spread"]
    assert dict(found.sizes) == {"seed": 2, "checkpoint": 2, "layer": 3, "part": 2}
    assert (found.sel(part="within units and digits") <= found.sel(part="within units") + 1e-9).all()
