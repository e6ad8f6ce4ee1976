"""The matched moment: against accuracies that are known."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mnist_interp import matched


def _run(monkeypatch: pytest.MonkeyPatch, accuracies: list[float]) -> SimpleNamespace:
    monkeypatch.setattr(matched, "_accuracy", lambda run, place, chosen=None: accuracies[place])
    return SimpleNamespace(steps=list(range(len(accuracies))))


def test_the_first_checkpoint_within_two_tenths_of_a_point(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, [0.1, 0.9, 0.9482, 0.95, 0.949, 0.98])
    assert matched.checkpoint(run, 0.95) == (2, 0.9482)


def test_the_nearest_where_training_steps_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, [0.1, 0.9, 0.945, 0.953, 0.97, 0.98])
    assert matched.checkpoint(run, 0.95) == (3, 0.953)


def test_the_nearest_of_all_where_none_comes_close(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(monkeypatch, [0.1, 0.3, 0.5])
    assert matched.checkpoint(run, 0.95) == (2, 0.5)
