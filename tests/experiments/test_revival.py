"""Dead units: found, pushed, and left alone as the control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import revival
from mnist_interp.training.runs import Population, Run
from tests.experiments import little


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    return little.images(monkeypatch)


def _alive(run: Run) -> Run:
    """Return the same network with a last unit of layer 2 like the others."""
    bias = run.weights["linear2.bias"].copy()
    bias[:, -1] = 1.0
    return replace(run, weights={**run.weights, "linear2.bias": bias})


def test_a_dead_unit_comes_back_when_it_is_pushed_and_never_by_itself(few: dict[str, Digits]) -> None:
    networks = little.population(1, 2)
    found = revival.measured(networks)
    for run in networks:
        (values,) = little.layers(run, "train", "linear2")
        here = found.sel(seed=run.seed)
        np.testing.assert_array_equal(here["dead"], (values <= 0).all(0))
        assert bool(here["dead"].sel(unit=little.DEAD))
        (start,) = little.layers(run, "train", "linear2", checkpoint=0)
        np.testing.assert_array_equal(here["born_dead"], (start <= 0).all(0))
        assert bool(here["born_dead"].sel(unit=little.DEAD))
        np.testing.assert_allclose(here["initial"], start.mean(0) / start.std(0), rtol=1e-3)
        assert not (here["revived"] & ~here["dead"]).any()
    assert found["revived"].sel(unit=little.DEAD).all()
    assert not found["alone"].any()


def test_nothing_is_tried_where_no_unit_is_dead(few: dict[str, Digits], monkeypatch: pytest.MonkeyPatch) -> None:
    run = _alive(little.run(1))
    assert (little.layers(run, "train", "linear2")[0] > 0).any(0).all()
    monkeypatch.setattr(revival.further_training, "trained_on", None)
    found = revival.measured(Population(run.recipe, (run,)))
    assert not found[["dead", "revived", "alone"]].to_array().any()


@pytest.mark.parametrize(("least", "expected"), [(0.09, True), (0.11, False)])
def test_a_bias_is_raised_until_the_unit_is_active_on_a_tenth(
    few: dict[str, Digits], monkeypatch: pytest.MonkeyPatch, least: float, expected: bool
) -> None:
    monkeypatch.setattr(revival, "ALIVE", least)
    networks = little.population(1, learning_rate=1e-12)
    assert bool(revival.measured(networks)["revived"].sel(unit=little.DEAD)) == expected


def test_a_unit_is_active_where_its_pre_activation_is_above_0(few: dict[str, Digits]) -> None:
    model = little.run(1).model()
    values = torch.nn.Sequential(*list(model.children())[:3])(few["train"].pixels)
    np.testing.assert_allclose(revival.active(model), (values > 0).double().mean(0), atol=1 / len(few["train"]))
